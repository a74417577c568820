"""The only door from the tables to the statistics.

Readers appear by pseudonym, cases by their random code, patients by numbers that
mean nothing outside the study. A rating's last version counts; a case that could
not be rated, or was never reached, is missing.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from observers.analysis.readings import Readings
from observers.analysis.tidy import from_rows
from observers.models import CaseTruth, OptSet, PlanItem, Rating, Study
from observers.models.protocol_parts import KEEP

UNAIDED = "unaided"
COLUMNS = (
    "reader",
    "modality",
    "case",
    "truth",
    "score",
    "group",
    "lesion",
    "patient",
    "years",
    "set_position",
    "position",
    "version",
    "cannot_rate",
    "elapsed_ms",
    "received_at",
)


def latest_versions(study: Study) -> QuerySet[Rating]:
    """Return the rating that counts for every rated item."""
    newest = (
        Rating.objects.filter(item=OuterRef("item"))
        .order_by("-version")
        .values("version")[:1]
    )
    return Rating.objects.filter(
        session__enrolment__study=study,
        session__opt_set__block=OptSet.Block.MAIN,
        version=Subquery(newest),
    )


def patient_codes(study: Study) -> dict[int, str]:
    """Give each patient cluster of the study a code: P001, in the order of codes."""
    pairs = (
        CaseTruth.objects.filter(
            case__opt_set__study=study, case__opt_set__block=OptSet.Block.MAIN
        )
        .order_by("case__code")
        .values_list("image__cluster_id", flat=True)
    )
    return {c: f"P{i:03d}" for i, c in enumerate(dict.fromkeys(pairs), start=1)}


def tidy_rows(study: Study) -> Iterator[dict[str, Any]]:
    """Give one row per reader and planned case, whether rated or not.

    Columns are `COLUMNS`; truth is 0 or 1; an empty score is missing.
    """
    ratings: dict[int, Any] = {
        r["item_id"]: r
        for r in latest_versions(study).values(
            "item_id", "score", "version", "cannot_rate", "elapsed_ms", "received_at"
        )
    }
    patients = patient_codes(study)
    first = 0 if study.rules.practice else 1  # practice has position 0
    for item in plan_rows(study):
        rating: dict[str, Any] = ratings.get(item["id"], {})
        yield {
            "reader": item["session__enrolment__pseudonym"],
            "modality": modality(item["session__round"]),
            "case": item["case__code"],
            "truth": int(item["case__truth__truth"] == CaseTruth.Truth.MANIPULATED),
            "score": plain(rating.get("score")),
            "group": item["session__enrolment__group__key"],
            "lesion": item["session__opt_set__lesion"],
            "patient": patients[item["case__truth__image__cluster_id"]],
            "years": plain(item["session__enrolment__years"]),
            "set_position": item["session__position"] + first,
            "position": item["position"],
            "version": rating.get("version", ""),
            "cannot_rate": rating.get("cannot_rate", ""),
            "elapsed_ms": rating.get("elapsed_ms", ""),
            "received_at": rating["received_at"].isoformat() if rating else "",
        }


def modality(reading_round: int) -> str:
    """Name the condition: a further reading of the same set is one of its own."""
    return UNAIDED if reading_round == 1 else f"{UNAIDED}, round {reading_round}"


def plan_rows(study: Study) -> QuerySet[PlanItem, Any]:
    """Return every planned reading with its reader, case and truth: no practice."""
    return (
        PlanItem.objects.filter(
            counted(study),
            session__enrolment__study=study,
            session__opt_set__block=OptSet.Block.MAIN,
        )
        .order_by(
            "session__enrolment__position",
            "session__opt_set__position",
            "session__round",
            "case__code",
        )
        .values(
            "id",
            "position",
            "case__code",
            "case__truth__truth",
            "case__truth__image__cluster_id",
            "session__position",
            "session__round",
            "session__opt_set__lesion",
            "session__enrolment__pseudonym",
            "session__enrolment__years",
            "session__enrolment__group__key",
        )
    )


def counted(study: Study) -> Q:
    """Which readers count: the excluded never, withdrawn ones as the consent says."""
    is_in = Q(session__enrolment__excluded_at=None)
    if study.rules.withdrawal == KEEP:
        return is_in
    return is_in & Q(session__enrolment__withdrawn_at=None)


def plain(value: Any) -> str:
    """Write a decimal without trailing zeros; nothing for a missing one."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def first_round(study: Study) -> Iterator[dict[str, Any]]:
    """Give the rows that the statistics take: further rounds are in the table alone."""
    return (row for row in tidy_rows(study) if row["modality"] == UNAIDED)


def readings_table(study: Study) -> Readings:
    """Return the study's readings as the statistics take them."""
    return from_rows(first_round(study), source=study.name)


def data_hash(study: Study) -> str:
    """SHA-256 of the tidy table as CSV: what the lock fixes."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(tidy_rows(study))
    return hashlib.sha256(text.getvalue().encode()).hexdigest()
