"""The cases of a report, filtered and sorted as an address asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Case = Mapping[str, Any]
SORTS = (
    "case",
    "lesion",
    "truth",
    "detector",
    "mean",
    "disagreement",
    "wrong",
    "seconds",
)
USUAL = "-disagreement"
TRUTHS = {"original": 0, "manipulated": 1}


def chosen_cases(cases: Sequence[Case], asked: Mapping[str, str]) -> list[Case]:
    """Filter by lesion, truth and family, then sort; what is missing comes last."""
    kept = [case for case in cases if _fits(case, asked)]
    sort = sort_of(asked)
    key, is_down = sort.lstrip("-"), sort.startswith("-")
    known = [case for case in kept if case[key] is not None]
    unknown = [case for case in kept if case[key] is None]
    known.sort(key=lambda case: (case[key], case["case"]), reverse=is_down)
    return known + unknown


def sort_of(asked: Mapping[str, str]) -> str:
    """Return the order that is asked for, or the usual one: most disagreement first."""
    sort = asked.get("sort", "")
    return sort if sort.removeprefix("-") in SORTS else USUAL


def _fits(case: Case, asked: Mapping[str, str]) -> bool:
    lesion, truth, family = (asked.get(k, "") for k in ("lesion", "truth", "family"))
    return (
        lesion in ("", case["lesion"])
        and (truth not in TRUTHS or TRUTHS[truth] == case["truth"])
        and family in ("", case["family"])
    )


def neighbours(cases: Sequence[Case], code: str) -> tuple[str, str]:
    """Give the codes before and after a case in an order; empty at its ends."""
    codes = [case["case"] for case in cases]
    if code not in codes:
        return "", ""
    place = codes.index(code)
    before = codes[place - 1] if place > 0 else ""
    after = codes[place + 1] if place + 1 < len(codes) else ""
    return before, after
