"""What readers marked on a case, after the lock."""

from __future__ import annotations

from typing import Any

from observers.models import Case, OptSet, Rating


def marks_of_case(case: Case) -> list[dict[str, Any]]:
    """Give every reader's marks in the rating that counts, by pseudonym and group."""
    rows = (
        Rating.objects.filter(
            item__case=case, session__opt_set__block=OptSet.Block.MAIN
        )
        .order_by("item_id", "version")
        .values_list(
            "item_id",
            "marks",
            "session__enrolment__pseudonym",
            "session__enrolment__group__key",
        )
    )
    newest = {row[0]: row for row in rows}
    return [
        {**mark, "reader": reader, "group": group}
        for _item, marks, reader, group in newest.values()
        for mark in marks
    ]
