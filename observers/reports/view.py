"""What the analysis pages draw, made once with the report and kept beside it.

A page of 200 readers would otherwise join 40,000 ratings on every click.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from observers.analysis.comparison_result import Comparison
from observers.analysis.curves import roc_panels
from observers.analysis.readings import Readings
from observers.models import CaseTruth, Study
from observers.selectors.runs import active_times, detector_probabilities
from observers.selectors.scores import DETECTOR

BINS = 10
Row = Mapping[str, Any]
CASE_COLUMNS = (
    "case",
    "lesion",
    "truth",
    "patient",
    "family",
    "detector",
    "probability",
    "n",
    "mean",
    "disagreement",
    "wrong",
    "seconds",
)


def build_view(
    study: Study,
    detector: str | None,
    rows: Sequence[Row],
    measured: tuple[Readings, Comparison],
) -> dict[str, Any]:
    """Lay out curves, histograms and cases from the rows of a run."""
    read = [row for row in rows if row["modality"] != DETECTOR]
    readers = list(dict.fromkeys(row["reader"] for row in read))
    return {
        "panels": roc_panels(*measured),
        "histograms": _histograms(study, read),
        "readers": readers,
        "cases": _cases(study, detector, rows, readers),
    }


def _histograms(study: Study, read: Iterable[Row]) -> dict[str, Any]:
    """Count ratings by lesion, group and truth in ten bins; 0 lies in the first."""
    width = study.rules.scale.maximum / BINS
    found: dict[str, Any] = {}
    for row in read:
        if row["score"] == "":
            continue
        groups = found.setdefault(row["lesion"], {})
        sides = groups.setdefault(row["group"], [[0] * BINS, [0] * BINS])
        place = min(BINS - 1, max(0, -int(-float(row["score"]) // width) - 1))
        sides[row["truth"]][place] += 1
    return found


def _cases(
    study: Study, detector: str | None, rows: Sequence[Row], readers: list[str]
) -> list[dict[str, Any]]:
    """Give one row a case: truth, scores, every rating, how far readers disagree."""
    times = active_times(study)
    probability = {} if detector is None else detector_probabilities(study, detector)
    families = _families(study)
    by_case: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_case[row["case"]].append(row)
    cut = study.rules.scale.maximum / 2
    made = []
    for code, own in sorted(by_case.items()):
        first = own[0]
        score = {r["reader"]: float(r["score"]) for r in own if r["score"] != ""}
        by_machine = score.pop(DETECTOR, None)
        ratings = [score.get(name) for name in readers]
        shown = {r["reader"]: r["elapsed_ms"] for r in own if r["reader"] != DETECTOR}
        seconds = [
            _seconds(times.get((name, code)), shown.get(name, "")) for name in readers
        ]
        made.append(
            {
                "case": code,
                "lesion": first["lesion"],
                "truth": first["truth"],
                "patient": first["patient"],
                "family": families.get(code, ""),
                "detector": by_machine,
                "probability": probability.get(code),
                "ratings": ratings,
                "times": seconds,
                **_summary(list(score.values()), seconds, first["truth"], cut),
            }
        )
    return made


def _seconds(active: int | None, elapsed: Any) -> float | None:
    """Active seconds of a reading; from first paint to rating where not sent."""
    return None if elapsed == "" else round((active or elapsed) / 1000, 3)


def _summary(
    scores: list[float], seconds: list[float | None], truth: int, cut: float
) -> dict[str, Any]:
    """Summarise a case's ratings; disagreement is their standard deviation."""
    wrong = [(score > cut) != bool(truth) for score in scores]
    known = [one for one in seconds if one is not None]
    return {
        "n": len(scores),
        "mean": statistics.fmean(scores) if scores else None,
        "disagreement": statistics.pstdev(scores) if scores else None,
        "wrong": sum(wrong) / len(wrong) if wrong else None,
        "seconds": statistics.median(known) if known else None,
    }


def _families(study: Study) -> dict[str, str]:
    """Name the recipe that made each manipulated case."""
    rows = CaseTruth.objects.filter(
        case__opt_set__study=study, manipulation__isnull=False
    )
    return dict(rows.values_list("case__code", "manipulation__manipulator__recipe"))
