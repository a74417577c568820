"""ROC curves of readers, groups and detector as numbers: what a page draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from observers.analysis.accuracy import Accuracy
from observers.analysis.comparison_result import Comparison
from observers.analysis.layout import MACRO, Layout, lay_out
from observers.analysis.readings import Floats, Readings
from observers.analysis.roc import Ints, RocCurve, roc_curve, split_by_truth
from observers.analysis.roc_average import diagonal_average
from observers.analysis.roc_bands import Band, confidence_band, mean_band

DIGITS = 4
"""Decimals of a point: finer than a hundredth of a pixel on any page."""


def cases_over(layout: Layout, lesion: str) -> list[Ints]:
    """
    Find the cases of a lesion, or of each lesion.

    Parameters
    ----------
    layout : Layout
        Scores laid out by group and lesion.
    lesion : str
        The lesion, or ``macro``.

    Returns
    -------
    list of ndarray of int
        Positions of the lesion's cases; for the mean over lesions, one array each.
    """
    chosen = layout.lesions if lesion == MACRO else (lesion,)
    return [layout.lesions[name] for name in chosen]


def curve_over(layout: Layout, lesion: str, score: Floats) -> RocCurve | None:
    """
    Give one reader's curve in a lesion, or over lesions.

    Parameters
    ----------
    layout : Layout
        Scores laid out by group and lesion.
    lesion : str
        The lesion, or ``macro``.
    score : ndarray of float, shape (C,)
        The reader's scores of all cases.

    Returns
    -------
    RocCurve or None
        The lesion's curve; for the mean over lesions the diagonal average of
        theirs, whose area is the mean area. None where a lesion has none.
    """
    cases = cases_over(layout, lesion)
    curves = [roc_curve(layout.truth[own], score[own]) for own in cases]
    known = [curve for curve in curves if curve is not None]
    if len(known) < len(curves):
        return None
    if len(known) == 1:
        return known[0]
    mean = diagonal_average(known)
    x, y = mean.false_positive_rate, mean.true_positive_rate
    return RocCurve(x, y, np.full(x.size, np.nan))  # no one cut for all lesions


def band_over(
    layout: Layout, lesion: str, scores: Sequence[Floats], level: float
) -> Band | None:
    """
    Bound the mean curve of some readers in a lesion, or over lesions.

    Parameters
    ----------
    layout : Layout
        Scores laid out by group and lesion.
    lesion : str
        The lesion, or ``macro``.
    scores : sequence of ndarray of float, shape (C,)
        Each reader's scores of all cases.
    level : float
        Confidence level at each point.

    Returns
    -------
    Band or None
        The band; None without any curve.
    """
    own = [
        confidence_band(layout.truth[cases], score[cases], level=level)
        for score in scores
        for cases in cases_over(layout, lesion)
    ]
    return mean_band([one for one in own if one is not None])


def tied_share(layout: Layout, lesion: str, score: Floats) -> float | None:
    """
    Give the share of pairs, an original and a manipulated case, scored alike.

    Parameters
    ----------
    layout : Layout
        Scores laid out by group and lesion.
    lesion : str
        The lesion, or ``macro``.
    score : ndarray of float, shape (C,)
        Scores of all cases.

    Returns
    -------
    float or None
        Between 0 and 1, the mean over lesions where there are several; None where
        a class has no score.
    """
    shares = []
    for cases in cases_over(layout, lesion):
        x, y = split_by_truth(layout.truth[cases], score[cases])
        if x.size and y.size:
            shares.append(float((y[:, None] == x[None, :]).mean()))  # (n1, n0)
    return float(np.mean(shares)) if shares else None


def roc_panels(readings: Readings, comparison: Comparison) -> dict[str, Any]:
    """
    Lay the ROC curves of a comparison out as plain data, one panel a lesion.

    Parameters
    ----------
    readings : Readings
        The readings.
    comparison : Comparison
        Their comparison.

    Returns
    -------
    dict
        By lesion, and ``macro`` where there are several: ``n0, n1`` and
        ``readers, groups, detector``; each entry has its ``points`` as pairs of
        rates, the ``band`` as triples (groups and detector), its ``call`` at the
        threshold, ``auc``, ``ci`` and the share of ``ties``.
    """
    layout = lay_out(
        readings, comparison.detector_modality, comparison.readers_modality
    )
    several = len(layout.lesions) > 1
    lesions = (*layout.lesions, MACRO) if several else tuple(layout.lesions)
    return {lesion: _panel(layout, comparison, lesion) for lesion in lesions}


def _panel(layout: Layout, comparison: Comparison, lesion: str) -> dict[str, Any]:
    truth = layout.truth[np.concatenate(cases_over(layout, lesion))]
    detector = None
    if comparison.detector is not None:
        own = np.asarray(layout.detector)
        detector = {
            **_one(layout, lesion, own, comparison.detector[lesion]),
            "band": _band(layout, lesion, [own], comparison.level),
        }
    return {
        "n0": int((~truth).sum()),
        "n1": int(truth.sum()),
        "readers": [
            {
                "name": name,
                "group": layout.group_of[name],
                **_one(layout, lesion, score, comparison.readers[name][lesion]),
            }
            for name, score in zip(layout.readers, layout.score, strict=True)
        ],
        "groups": {
            group: _group(layout, comparison, lesion, group) for group in layout.groups
        },
        "detector": detector,
    }


def _one(
    layout: Layout, lesion: str, score: Floats, accuracy: Accuracy
) -> dict[str, Any]:
    curve = curve_over(layout, lesion, score)
    points = (
        []
        if curve is None
        else _points(curve.false_positive_rate, curve.true_positive_rate)
    )
    return {
        "points": points,
        **_summary(accuracy),
        "ties": tied_share(layout, lesion, score),
    }


def _group(
    layout: Layout, comparison: Comparison, lesion: str, group: str
) -> dict[str, Any]:
    scores = [layout.score[r] for r in layout.groups[group]]
    curves = [curve_over(layout, lesion, score) for score in scores]
    known = [curve for curve in curves if curve is not None]
    points = []
    if known:
        mean = diagonal_average(known)
        points = _points(mean.false_positive_rate, mean.true_positive_rate)
    ties = [tied_share(layout, lesion, score) for score in scores]
    shares = [share for share in ties if share is not None]
    return {
        "points": points,
        "band": _band(layout, lesion, scores, comparison.level),
        **_summary(comparison.groups[group][lesion]),
        "ties": float(np.mean(shares)) if shares else None,
    }


def _summary(accuracy: Accuracy) -> dict[str, Any]:
    ends, table = accuracy.interval.ends, accuracy.table3
    call = None
    if table is not None and None not in (
        table.original_recall,
        table.manipulated_recall,
    ):
        call = [1 - float(table.original_recall or 0), table.manipulated_recall]
    return {
        "auc": accuracy.auc,
        "ci": None if ends is None else list(ends),
        "call": call,
    }


def _points(x: Floats, y: Floats) -> list[list[float]]:
    # Rounded, and without the corners that lie on a straight line.
    both = np.column_stack([x, y]).round(DIGITS)  # (P, 2)
    step = np.diff(both, axis=0)
    turn = step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]
    keep = np.r_[True, np.abs(turn) > 0.5 * 10.0 ** (-2 * DIGITS), True]
    return [[float(a), float(b)] for a, b in both[keep]]


def _band(
    layout: Layout, lesion: str, scores: Sequence[Floats], level: float
) -> list[list[float]]:
    band = band_over(layout, lesion, scores, level)
    if band is None:
        return []
    rows = np.column_stack([band.false_positive_rate, band.lower, band.upper])
    return [[float(cell) for cell in row] for row in rows[::4].round(DIGITS)]
