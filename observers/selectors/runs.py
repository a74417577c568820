"""What an analysis run takes: its settings, its rows, its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from observers.analysis.readings import Readings
from observers.analysis.tidy import from_rows
from observers.analysis.timing import TimedReading
from observers.models import AnalysisRun, Case, Study
from observers.selectors.readings import (
    UNAIDED,
    first_round,
    latest_versions,
    tidy_rows,
)
from observers.selectors.scores import case_scores, detector_rows

Kind = AnalysisRun.Kind


@dataclass(frozen=True)
class RunSettings:
    """Everything that one run may do otherwise than another."""

    detector: str | None = None
    hypothesis: str = "superiority"
    margin: float = 0.05
    alpha: float = 0.05
    covariance: str = "jackknife"
    left_out: tuple[str, ...] = ()
    seed: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready data."""
        return {**asdict(self), "left_out": list(self.left_out)}


def planned(study: Study, detector: str | None) -> RunSettings:
    """Return the settings that the protocol fixed, with a detector."""
    plan = study.rules.analysis
    return RunSettings(
        detector=detector,
        hypothesis=plan.hypothesis,
        margin=plan.margin,
        alpha=plan.alpha,
        covariance=plan.covariance,
        seed=study.rules.seed,
    )


def asked(study: Study, changes: Mapping[str, Any]) -> RunSettings:
    """Return the planned settings with what a form or command changes of them."""
    plan = planned(study, changes.get("detector"))
    return replace(
        plan,
        covariance=changes.get("covariance") or plan.covariance,
        left_out=tuple(sorted(changes.get("left_out", ()))),
    )


def kind_of(study: Study, settings: RunSettings) -> Kind:
    """Tell what a run with these settings may be called.

    Leaving readers out is a sensitivity analysis if nothing else is changed. A study
    that was frozen before protocols had a plan fixed nothing beforehand.
    """
    if "analysis" not in study.protocol:
        return Kind.EXPLORATORY
    plan = planned(study, settings.detector)
    named = study.rules.analysis.detector
    if named and settings.detector != named:
        return Kind.EXPLORATORY
    if settings == plan:
        return Kind.PREREGISTERED
    same = {**settings.to_dict(), "left_out": []} == plan.to_dict()
    return Kind.SENSITIVITY if same else Kind.EXPLORATORY


def used_rows(
    study: Study, detector: str | None, left_out: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Give the tidy rows of the readers' first reading and of the detector."""
    absent = frozenset(left_out)
    rows = [row for row in first_round(study) if row["reader"] not in absent]
    return rows + (list(detector_rows(study, detector)) if detector else [])


def used_readings(study: Study, settings: RunSettings) -> Readings:
    """Lay the rows out as the statistics take them."""
    rows = used_rows(study, settings.detector, settings.left_out)
    return from_rows(iter(rows), source=study.name)


def timed_readings(study: Study, left_out: Iterable[str] = ()) -> list[TimedReading]:
    """Give every rated reading with its active time and whether it was right.

    Active time leaves out pauses, a hidden page and idleness; a browser that did not
    send it gives the time from first paint to rating.
    """
    scale = study.rules.scale
    cut = (scale.minimum + scale.maximum) / 2
    active = active_times(study)
    return [
        TimedReading(
            reader=row["reader"],
            seconds=(active[row["reader"], row["case"]] or row["elapsed_ms"]) / 1000,
            is_manipulated=bool(row["truth"]),
            is_correct=(float(row["score"]) > cut) == bool(row["truth"]),
            position=int(row["position"]),
            group=row["group"],
        )
        for row in used_rows(study, None, left_out)
        if row["score"] != "" and row["elapsed_ms"] != ""
    ]


def active_times(study: Study) -> dict[tuple[str, str], int]:
    """Give the active milliseconds of each reader and case in the first round."""
    rows = latest_versions(study).filter(session__round=1)
    names = ("session__enrolment__pseudonym", "item__case__code", "active_ms")
    return {(reader, case): ms for reader, case, ms in rows.values_list(*names)}


def repeated_rows(study: Study, left_out: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Give the tidy rows of all rounds of those who read a set more than once."""
    absent = frozenset(left_out)
    rows = [row for row in tidy_rows(study) if row["reader"] not in absent]
    again = {row["reader"] for row in rows if row["modality"] != UNAIDED}
    return [row for row in rows if row["reader"] in again]


def detector_probabilities(study: Study, detector: str) -> dict[str, float]:
    """Give the detector's probability of each case, by the case's code."""
    cases = case_scores(study, detector)
    own = Case.objects.filter(opt_set__study=study)
    codes = dict(own.values_list("id", "code"))
    return {codes[case]: row.probability for case, row in cases.items()}
