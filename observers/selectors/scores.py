"""A detector's scores of a study, as the statistics take them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet

from detector.models import DetectorModel, DetectorScore
from detector.services.shipped import NAME
from forgery.models import Reservation
from observers.analysis.standalone_table import ScoredCases
from observers.models import CaseTruth, OptSet, Study
from observers.selectors.readings import patient_codes

View = DetectorScore.View
Role = Reservation.Role
DETECTOR = "detector"
"""Name of the detector's modality, and of its one 'reader'."""


def detectors_of(study: Study) -> list[str]:
    """Names of the detectors that have scored the study's pool, newest first."""
    rows = DetectorModel.objects.filter(scores__image__pool=study.pool)
    return list(
        dict.fromkeys(rows.order_by("-created_at").values_list("name", flat=True))
    )


def known_detectors(study: Study) -> list[str]:
    """Names of the pool's detectors, newest first, and the shipped one."""
    rows = DetectorModel.objects.filter(pool=study.pool).order_by("-created_at")
    return list(dict.fromkeys([*rows.values_list("name", flat=True), NAME]))


def calibrated(score: DetectorScore) -> float:
    """
    Give the score on the scale whose zero is the model's validation threshold.

    Cross-fitted models have thresholds of their own; on this scale all are cut at 0.
    """
    model = score.detector
    return (score.score - model.threshold) / model.temperature


def case_scores(study: Study, detector: str) -> dict[int, DetectorScore]:
    """Find the scores of the study's cases as they were shown, by case."""
    truths = CaseTruth.objects.filter(
        case__opt_set__study=study, case__opt_set__block=OptSet.Block.MAIN
    )
    rows = _scores(detector, View.READER)
    by_source = {(row.image_id, row.manipulation_id): row for row in rows}
    return {
        truth.case_id: by_source[truth.image_id, truth.manipulation_id]
        for truth in truths
        if (truth.image_id, truth.manipulation_id) in by_source
    }


def detector_rows(study: Study, detector: str) -> Iterator[dict[str, Any]]:
    """Give the detector's tidy rows, one a case: reader and modality ``detector``."""
    scores = case_scores(study, detector)
    patients = patient_codes(study)
    truths = (
        CaseTruth.objects.filter(
            case__opt_set__study=study, case__opt_set__block=OptSet.Block.MAIN
        )
        .select_related("case__opt_set", "image")
        .order_by("case__opt_set__position", "case__code")
    )
    for truth in truths:
        row = scores.get(truth.case_id)
        yield {
            "reader": DETECTOR,
            "modality": DETECTOR,
            "case": truth.case.code,
            "truth": int(truth.truth == CaseTruth.Truth.MANIPULATED),
            "score": "" if row is None else repr(calibrated(row)),
            "group": DETECTOR,
            "lesion": truth.case.opt_set.lesion,
            "patient": patients[truth.image.cluster_id],
        }


@dataclass(frozen=True)
class TestScores:
    """Scores of test twins in one view, and those of the one-feature baseline."""

    detector: ScoredCases
    baseline: ScoredCases


def twin_scores(study: Study, detector: str, view: str) -> TestScores:
    """Read the scores of both twins of every OPT-side test cluster."""
    roles = (Role.OPT, Role.CROSSFIT)
    rows = _scores(detector, view).filter(
        image__pool=study.pool, image__cluster__reservation__role__in=roles
    )
    return _test_scores(list(_own(rows, study)), view)


def paper_test_scores(study: Study, detector: str) -> TestScores:
    """
    Read the scores of the paper's own test (S8).

    The study's cases as shown, and as many at random from the test clusters: 45
    originals and 5 manipulated a lesion, or what there is.
    """
    shown = list(case_scores(study, detector).values())
    rows = _scores(detector, View.MATCHED).filter(
        image__pool=study.pool, image__cluster__reservation__role=Role.TEST
    )
    rules = study.rules
    rng = np.random.default_rng([rules.seed, 8])
    by_lesion: dict[str, dict[int, list[DetectorScore]]] = {}
    for row in _own(rows, study):
        pairs = by_lesion.setdefault(row.image.lesion, {})
        pairs.setdefault(row.image_id, []).append(row)
    for lesion in sorted(by_lesion):
        pairs = by_lesion[lesion]
        keys = sorted(pairs, key=lambda pk: pairs[pk][0].image.content_hash)
        order = [keys[i] for i in rng.permutation(len(keys))]
        n_forged = min(rules.n_manipulated, len(order) // 2)
        wanted = {pk: place < n_forged for place, pk in enumerate(order)}
        limit = n_forged + rules.n_original
        shown += [
            row
            for pk in order[:limit]
            for row in pairs[pk]
            if (row.manipulation_id is not None) == wanted[pk]
        ]
    return _test_scores(shown, View.MATCHED)


def _scores(detector: str, view: str) -> QuerySet[DetectorScore]:
    """Read a detector's scores in a view with all that they are judged by."""
    return (
        DetectorScore.objects.filter(detector__name=detector, view=view)
        .select_related("detector", "image__cluster")
        .defer("image__thumbnail", "image__measures")
        .order_by("image__content_hash", "manipulation_id")
    )


def _own(rows: QuerySet[DetectorScore], study: Study) -> Iterator[DetectorScore]:
    """Keep originals, and manipulated images of the study's own manipulators."""
    names = set(study.rules.manipulators)
    for row in rows.select_related("manipulation__manipulator"):
        made_by = row.manipulation
        if made_by is None or made_by.manipulator.name in names:
            yield row


def _test_scores(rows: list[DetectorScore], view: str) -> TestScores:
    """Lay scores out for the detector and for the baseline."""
    key = View.UNMATCHED if view == View.UNMATCHED else View.MATCHED
    truth = np.array([row.manipulation_id is not None for row in rows], dtype=bool)
    lesion = tuple(row.image.lesion for row in rows)
    cluster = tuple(row.image.cluster.name for row in rows)

    def cases(score: list[float], threshold: list[float]) -> ScoredCases:
        return ScoredCases(
            np.array(score, dtype=float),
            truth,
            lesion,
            cluster,
            np.array(threshold, dtype=float),
        )

    is_unmatched = view == View.UNMATCHED
    cuts = [
        row.detector.metrics.get("unmatched_threshold", row.detector.threshold)
        if is_unmatched
        else row.detector.threshold
        for row in rows
    ]
    scores = cases([row.score for row in rows], cuts)
    bases = [row.detector.metrics.get("baseline", {}).get(key.value) for row in rows]
    if None in bases:  # the shipped detector has none: it was validated elsewhere
        nothing = ScoredCases(np.empty(0), np.empty(0, dtype=bool), (), (), np.empty(0))
        return TestScores(scores, nothing)
    details = [
        row.detail * base["direction"] for row, base in zip(rows, bases, strict=True)
    ]
    return TestScores(scores, cases(details, [base["threshold"] for base in bases]))
