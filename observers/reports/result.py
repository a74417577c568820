"""Everything a report says, as plain data: ``result.json``.

Built from a locked study and one detector's scores; the same lock, scores and code
give the same bytes, so nothing here asks the clock.
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from typing import Any

from django.utils.translation import gettext as _

from detector.models import DetectorModel, DetectorScore
from forgery.imaging import domain as domains
from forgery.imaging.versions import code_version
from forgery.models import Manipulator
from forgery.selectors import quality_summary, table1
from observers.analysis import comparison, paper
from observers.analysis.comparison_result import Comparison, Thresholds
from observers.analysis.readings import Readings
from observers.analysis.standalone_table import standalone_table
from observers.exceptions import WrongState
from observers.models import Enrolment, Study
from observers.reports import texts
from observers.selectors.blinding import last_audit
from observers.selectors.conduct import deviations
from observers.selectors.readings import first_round
from observers.selectors.runs import used_rows
from observers.selectors.scores import (
    DETECTOR,
    TestScores,
    paper_test_scores,
    twin_scores,
)

View = DetectorScore.View
MACRO = "macro"
LIBRARIES = (
    "Django",
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "opencv-python-headless",
)


def compare(study: Study, readings: Readings) -> Comparison:
    """Compare groups and detector, each at its own threshold."""
    cuts = Thresholds(reader=study.rules.scale.maximum / 2, detector=0.0)
    return comparison.compare(readings, detector=DETECTOR, thresholds=cuts)


def check_locked(study: Study) -> None:
    """Refuse to show results while ratings may still come."""
    if study.state != Study.State.LOCKED:
        msg = _("Study {study} is {state}: lock it before asking for results.").format(
            study=study.name, state=study.get_state_display()
        )
        raise WrongState(msg)


def build_result(
    study: Study, detector: str | None, compared: Comparison
) -> dict[str, Any]:
    """Put the whole report together as data."""
    parts = compared.to_dict()
    result: dict[str, Any] = {
        "schema": 1,
        "simulated_readers": study.is_simulated,
        "study": _study(study),
        "rows": _row_names(study),
        "table1": _table1(study),
        "quality": _quality(study),
        "groups": parts["groups"],
        "readers": parts["readers"],
        "differences": parts["differences"],
        "experience": parts["experience"],
        "definitions": parts["definitions"],
        "detector": _detector(study, detector, parts["detector"]),
        "paper": _paper(),
        "deviations": deviations(study),
        "blinding": last_audit(study),
        "provenance": _provenance(study, detector),
    }
    result["warnings"] = [
        *study.rules.warnings,
        *parts["notes"],
        *_left(result["study"]["left"]),
        *_missing(result["study"]["readers"]),
    ]
    return result | texts.for_result(study, result)


def _study(study: Study) -> dict[str, Any]:
    """Describe the study, its groups, and its readers by pseudonym."""
    subject = domains.get(study.pool.domain)
    groups = {group.key: group.name for group in study.groups.all()}
    counts: dict[str, list[int]] = {}
    for row in first_round(study):
        cell = counts.setdefault(row["reader"], [0, 0])
        cell[row["score"] == ""] += 1
    enrolled = list(study.enrolments.select_related("group", "successor"))
    return {
        "name": study.name,
        "title": study.title,
        "synthetic": study.pool.is_synthetic,
        "pool": study.pool.name,
        "protocol": study.protocol,
        "protocol_hash": study.protocol_hash,
        "locked_on": study.lock.created_at.date().isoformat(),
        "lesions": [
            {"key": key, "name": _(subject.lesion(key).name)}
            for key in study.rules.lesions
        ],
        "groups": [{"key": key, "name": name} for key, name in groups.items()],
        "readers": [
            {
                "reader": reader.pseudonym,
                "group": reader.group.key,
                "group_name": reader.group.name,
                "years": float(reader.years),
                "rated": counts[reader.pseudonym][0],
                "missing": counts[reader.pseudonym][1],
            }
            for reader in enrolled
            if reader.pseudonym in counts
        ],
        "left": [
            {
                "reader": reader.pseudonym,
                "group": reader.group.key,
                "because": reader.excluded_because,
                "replaced_by": successor_of(reader),
            }
            for reader in enrolled
            if reader.pseudonym not in counts
        ],
    }


def successor_of(reader: Enrolment) -> str:
    """Name who took a reader's place; empty where nobody did."""
    successor = getattr(reader, "successor", None)
    return "" if successor is None else str(successor.pseudonym)


def _row_names(study: Study) -> list[dict[str, str]]:
    """Name the rows of a table: the lesions, then their mean."""
    subject = domains.get(study.pool.domain)
    lesions = [
        {"key": key, "name": _(subject.lesion(key).name)} for key in study.rules.lesions
    ]
    return [*lesions, {"key": MACRO, "name": _("Mean over lesions")}]


def _table1(study: Study) -> dict[str, Any]:
    """Table 1 of the pool, the paper's beside it."""
    return {
        row.key: {
            "included": row.included,
            "excluded": {key: n for key, n in row.excluded.items() if n},
            "trainable": row.trainable,
            "paper": row.paper,
        }
        for row in table1(study.pool).rows
        if row.key in study.rules.lesions
    }


def _quality(study: Study) -> dict[str, Any]:
    """Table 2: quality of the images of the study's own manipulators, by lesion.

    The leading figures are against the equally processed original; those against
    the raw photograph, as the paper has them, end in ``_raw``.
    """
    made = Manipulator.objects.filter(name__in=study.rules.manipulators)
    found: dict[str, Any] = {}
    for name, row in quality_summary(made.select_related("quality")).items():
        metrics = row["metrics"]
        if not metrics:
            continue
        views = metrics["views"]
        found[row["lesion"]] = {
            "manipulator": name,
            "n": metrics["n"],
            "features": metrics["features"],
            **views["processed"],
            **{f"{key}_raw": value for key, value in views["raw"].items()},
            "floor": metrics["floor"],
            "paper": row["paper"],
        }
    return found


def _detector(
    study: Study, name: str | None, compared: dict[str, Any] | None
) -> dict[str, Any]:
    """Collect the detector's tables: study's cases, test twins, the paper's test."""
    tables: dict[str, Any] = {"name": name, **(compared or {})}
    for key in ("matched", "unmatched", "s8"):
        tables[key] = {}
    tables["baseline"] = {"matched": {}, "unmatched": {}, "s8": {}}
    if name is None:
        return tables
    for view in (View.MATCHED, View.UNMATCHED):
        _put(study, tables, view.value, twin_scores(study, name, view))
    _put(study, tables, "s8", paper_test_scores(study, name))
    return tables


def _put(study: Study, tables: dict[str, Any], key: str, scores: TestScores) -> None:
    """Evaluate the detector and the baseline on the same images."""
    lesions, seed = study.rules.lesions, study.rules.seed
    for target, cases in (
        (tables, scores.detector),
        (tables["baseline"], scores.baseline),
    ):
        rows = standalone_table(cases, lesions, seed)
        target[key] = {name: row.to_dict() for name, row in rows.items()}


def _paper() -> dict[str, Any]:
    """Give the paper's numbers, labelled, and laid out for the tables."""
    cited = paper.to_dict()

    def values(part: dict[str, Any]) -> dict[str, float]:
        return {key: entry["value"] for key, entry in part.items()}

    lesions = list(cited["detector"])
    order = [
        (state, figure)
        for state in ("original", "manipulated")
        for figure in ("precision", "recall", "f1")
    ]
    table3 = cited["table3"]
    return {
        "citation": cited["citation"],
        "auc": {
            **{group: values(part) for group, part in cited["groups"].items()},
            DETECTOR: values(cited["detector"]),
        },
        "table2": {
            lesion: {
                name: column[lesion]["value"]
                for name, column in cited["table2"].items()
            }
            for lesion in next(iter(cited["table2"].values()))
        },
        "table3": {
            lesion: [table3[state][figure][lesion]["value"] for state, figure in order]
            for lesion in lesions
            if lesion != MACRO
        },
        "cited": cited,
    }


def _left(left: list[dict[str, str]]) -> list[str]:
    """Say who was excluded or withdrew, why, and who took the place."""
    found = []
    for one in left:
        text = (
            _("{reader} was excluded and is left out: {because}")
            if one["because"]
            else _("{reader} withdrew and is left out.")
        )
        found.append(text.format(**one))
        if one["replaced_by"]:
            found.append(_("{replaced_by} took the place of {reader}.").format(**one))
    return found


def _missing(readers: list[dict[str, Any]]) -> list[str]:
    """Say which readings are missing; they are left out pairwise."""
    count = sum(reader["missing"] for reader in readers)
    if not count:
        return []
    return [
        _(
            "{n} readings have no score (cannot rate, or not read) and are left out."
        ).format(n=count)
    ]


def _provenance(study: Study, detector: str | None) -> dict[str, Any]:
    """Name data, models, code and seeds: all that is needed to run it again."""
    models = DetectorModel.objects.filter(name=detector) if detector else ()
    made = Manipulator.objects.filter(name__in=study.rules.manipulators)
    return {
        "data_hash": study.pool.data_hash,
        "protocol_hash": study.protocol_hash,
        "lock_hash": study.lock.data_hash,
        "rows_hash": _digest(used_rows(study, detector)),
        "code_version": code_version(),
        "model_hashes": {
            **{f"manipulator {one.name}": one.sha256 for one in made},
            **{f"detector {one}": one.sha256 for one in models},
        },
        "seeds": {
            "pool": study.pool.seed,
            "study": study.rules.seed,
            **{f"manipulator {one.name}": one.seed for one in made},
            **{f"detector {one}": one.seed for one in models},
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    }


def _digest(rows: list[dict[str, Any]]) -> str:
    """SHA-256 over the tidy rows."""
    return hashlib.sha256(repr(rows).encode()).hexdigest()
