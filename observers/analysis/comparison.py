"""Detector and readers on the same cases, per lesion and over lesions (macro)."""

from __future__ import annotations

import numpy as np

from observers.analysis.accuracy import Gap, reader_accuracy
from observers.analysis.accuracy_means import (
    correlation_with_mean,
    gap_between,
    group_accuracy,
    macro_accuracy,
    macro_gap,
)
from observers.analysis.comparison_result import ByLesion, Comparison, Thresholds
from observers.analysis.experience import (
    Experience,
    ExperiencePoint,
    auc_by_experience,
)
from observers.analysis.intervals import LEVEL
from observers.analysis.layout import MACRO, Layout, lay_out
from observers.analysis.readings import Floats, Readings


def compare(
    readings: Readings,
    *,
    detector: str | None = "detector",
    modality: str | None = None,
    thresholds: Thresholds | None = None,
    level: float = LEVEL,
) -> Comparison:
    """
    Compare each group of readers with the detector on the same cases.

    Parameters
    ----------
    readings : Readings
        Readers in their modality and the detector, as one reader, in its own.
    detector : str or None, optional
        Name of the detector's modality; None, or a name that does not occur,
        leaves the detector out.
    modality : str, optional
        The readers' modality; needed only where there are several.
    thresholds : Thresholds, optional
        Thresholds of the calls; readers' ratings above 50 unless given.
    level : float, optional
        Confidence level.

    Returns
    -------
    Comparison
        All numbers, with definitions and reasons.

    Raises
    ------
    ReadingsError
        If the readers' modality is not clear, the detector's has several
        readers, or a lesion is called like the mean over lesions.
    """
    thresholds = thresholds or Thresholds()
    layout = lay_out(readings, detector, modality)
    readers = {
        name: _reader(layout, row, thresholds, level)
        for name, row in zip(layout.readers, layout.score, strict=True)
    }
    groups = {
        name: _group(layout, rows, readers, (thresholds, level))
        for name, rows in layout.groups.items()
    }
    alone = _detector(layout, thresholds, level)
    gaps = {
        name: _gaps(layout, rows, (alone, groups[name]), (thresholds, level))
        for name, rows in (layout.groups.items() if alone else ())
    }
    return Comparison(
        lesions=tuple(layout.lesions),
        readers=readers,
        group_of=dict(layout.group_of),
        groups=groups,
        detector=alone or None,
        differences=gaps,
        experience=_experience(layout, readers),
        thresholds=thresholds,
        level=level,
        notes=layout.notes,
        detector_modality=detector,
        readers_modality=modality,
    )


def _reader(
    layout: Layout, row: Floats, thresholds: Thresholds, level: float
) -> ByLesion:
    by_lesion = {
        lesion: reader_accuracy(
            layout.truth[cases], row[cases], thresholds.reader_cut, level=level
        )
        for lesion, cases in layout.lesions.items()
    }
    return _with_macro(by_lesion, level)


def _group(
    layout: Layout,
    rows: list[int],
    readers: dict[str, ByLesion],
    settings: tuple[Thresholds, float],
) -> ByLesion:
    thresholds, level = settings
    by_lesion = {
        lesion: group_accuracy(
            layout.truth[cases],
            layout.score[rows][:, cases],
            [readers[layout.readers[r]][lesion] for r in rows],
            thresholds.reader_cut,
            level=level,
        )
        for lesion, cases in layout.lesions.items()
    }
    return _with_macro(by_lesion, level)


def _detector(layout: Layout, thresholds: Thresholds, level: float) -> ByLesion:
    if layout.detector is None:
        return {}
    by_lesion = {
        lesion: reader_accuracy(
            layout.truth[cases],
            layout.detector[cases],
            thresholds.detector_cut(lesion),
            level=level,
        )
        for lesion, cases in layout.lesions.items()
    }
    return _with_macro(by_lesion, level)


def _gaps(
    layout: Layout,
    rows: list[int],
    sides: tuple[ByLesion, ByLesion],
    settings: tuple[Thresholds, float],
) -> dict[str, Gap]:
    (alone, group), (thresholds, level) = sides, settings
    by_lesion = {
        lesion: gap_between(
            alone[lesion],
            group[lesion],
            _correlations(layout, lesion, rows, thresholds),
            level=level,
        )
        for lesion in layout.lesions
    }
    macro = macro_gap(list(by_lesion.values()), level=level)
    return {**by_lesion, MACRO: macro}


# Correlations of the detector with the group's mean: areas, balanced accuracies.
def _correlations(
    layout: Layout, lesion: str, rows: list[int], thresholds: Thresholds
) -> tuple[float, float]:
    cases = layout.lesions[lesion]
    truth, score = layout.truth[cases], layout.score[rows][:, cases]
    own = np.asarray(layout.detector)[cases]
    cut = thresholds.detector_cut(lesion)
    area = correlation_with_mean(truth, own, score)
    if cut is None:
        return area, 0.0
    calls = thresholds.reader_cut.calls(score)
    return area, correlation_with_mean(truth, cut.calls(own), calls)


def _experience(layout: Layout, readers: dict[str, ByLesion]) -> Experience:
    points = []
    for reader, years in layout.years.items():
        auc = readers[reader][MACRO].auc
        if auc is not None:
            group = layout.group_of[reader]
            points.append(ExperiencePoint(reader, group, years, auc))
    return auc_by_experience(points)


def _with_macro(by_lesion: ByLesion, level: float) -> ByLesion:
    return {**by_lesion, MACRO: macro_accuracy(list(by_lesion.values()), level=level)}
