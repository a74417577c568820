"""Multi-reader multi-case analysis of any figure of merit, by the jackknife."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from observers.analysis.checks import ReadingsError
from observers.analysis.covariance import FigureOfMerit, jackknife_of, leave_one_out
from observers.analysis.hillis import Interval
from observers.analysis.mrmc import ObuchowskiRockette, obuchowski_rockette
from observers.analysis.mrmc_dbm import (
    DorfmanBerbaumMetz,
    dorfman_berbaum_metz,
    pseudovalues,
)
from observers.analysis.operating import operating_point
from observers.analysis.readings import Readings
from observers.analysis.roc import RocCurve, empirical_auc, roc_curve
from observers.analysis.roc_partial import (
    Axis,
    partial_area,
    sensitivity_at,
    specificity_at,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
T = TypeVar("T")
Build = Callable[[str, list[float]], "Figure | None"]
AS_WRITTEN = (
    "auc, partial-auc:LOW:HIGH, partial-auc-sensitivity:LOW:HIGH, sensitivity:CUT, "
    "specificity:CUT, sensitivity-at:SPECIFICITY or specificity-at:SENSITIVITY"
)


@dataclass(frozen=True)
class Figure:
    """
    A figure of merit: how it is computed, and its range.

    Attributes
    ----------
    name : str
        As it was written.
    value : callable
        ``value(truth, score)`` of one score vector.
    limits : tuple of float
        Least and greatest possible value.
    """

    name: str
    value: FigureOfMerit
    limits: Interval = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class FigureResult:
    """
    A figure of merit of a crossed study, with its analyses.

    Attributes
    ----------
    figure : Figure
        The figure of merit.
    theta : ndarray of float, shape (R, M)
        Its values.
    covariance : ndarray of float, shape (R * M, R * M)
        Jackknife covariance over cases.
    rockette : ObuchowskiRockette
        Obuchowski-Rockette's three analyses.
    dbm : DorfmanBerbaumMetz or None
        The same by pseudovalues; None with one reader or modality.
    """

    figure: Figure
    theta: Floats
    covariance: Floats
    rockette: ObuchowskiRockette
    dbm: DorfmanBerbaumMetz | None


def figure_named(name: str) -> Figure:
    """
    Read the name of a figure of merit.

    Parameters
    ----------
    name : str
        One of `AS_WRITTEN`; a partial area is raw, over specificities (or
        sensitivities) from LOW to HIGH.

    Returns
    -------
    Figure
        The figure of merit.

    Raises
    ------
    ReadingsError
        If there is no such figure, or its numbers do not fit.

    Examples
    --------
    >>> figure_named("partial-auc:0.9:1").limits
    (0.0, 0.1)
    """
    kind, *parts = name.split(":")
    n_numbers, build = _KINDS.get(kind, (-1, _area))
    figure = build(name, _numbers(parts)) if n_numbers == len(parts) else None
    if figure is None:
        msg = f"figure: {name!r} is not {AS_WRITTEN}"
        raise ReadingsError(msg)
    return figure


def analyse_figure(
    readings: Readings, figure: Figure, *, alpha: float = 0.05
) -> FigureResult:
    """
    Analyse any figure of merit of a crossed study.

    Parameters
    ----------
    readings : Readings
        The readings; every reader scored every case in every modality.
    figure : Figure
        The figure of merit, see `figure_named`.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    FigureResult
        Values, covariance and analyses.

    Raises
    ------
    ReadingsError
        If a score is missing, or a class has fewer than two cases.
    """
    if not readings.is_crossed:
        msg = "score: a figure of merit other than AUC needs a complete design"
        raise ReadingsError(msg)
    if min(readings.n_original, readings.n_manipulated) < 2:
        msg = "truth: the jackknife needs at least 2 cases in each class"
        raise ReadingsError(msg)
    n_r, n_m, n_c = readings.shape
    vectors = readings.score.reshape(-1, n_c)
    values = [figure.value(readings.truth, row) for row in vectors]
    theta = np.array(values, np.float64).reshape(n_r, n_m)
    left_out = leave_one_out(readings.truth, vectors, figure.value)
    covariance = jackknife_of(left_out)
    pseudo = pseudovalues(theta, left_out.reshape(n_r, n_m, n_c))
    several = min(n_r, n_m) > 1
    limits = figure.limits
    return FigureResult(
        figure=figure,
        theta=theta,
        covariance=covariance,
        rockette=obuchowski_rockette(theta, covariance, alpha=alpha, limits=limits),
        dbm=dorfman_berbaum_metz(pseudo, alpha=alpha, limits=limits)
        if several
        else None,
    )


def _numbers(parts: list[str]) -> list[float]:
    # What is no number becomes NaN, which no figure takes.
    numbers = []
    for part in parts:
        try:
            numbers.append(float(part))
        except ValueError:
            numbers.append(math.nan)
    return numbers


def _area(name: str, _numbers: list[float]) -> Figure:
    return Figure(name, lambda truth, score: _sure(empirical_auc(truth, score)))


def _partial(axis: Axis) -> Build:
    def build(name: str, numbers: list[float]) -> Figure | None:
        low, high = numbers
        if not 0 <= low < high <= 1:
            return None

        def value(truth: Bools, score: Floats) -> float:
            curve = _sure(roc_curve(truth, score))
            return partial_area(curve, low, high, axis=axis).raw

        return Figure(name, value, (0.0, round(high - low, 12)))

    return build


def _rate(which: str) -> Build:
    def build(name: str, numbers: list[float]) -> Figure | None:
        if not math.isfinite(numbers[0]):
            return None

        def value(truth: Bools, score: Floats) -> float:
            point = operating_point(truth, score, numbers[0])
            return float(_sure(getattr(point, which)))

        return Figure(name, value)

    return build


def _read_off(read: Callable[[RocCurve, float], float]) -> Build:
    def build(name: str, numbers: list[float]) -> Figure | None:
        if not 0 <= numbers[0] <= 1:
            return None

        def value(truth: Bools, score: Floats) -> float:
            return read(_sure(roc_curve(truth, score)), numbers[0])

        return Figure(name, value)

    return build


def _sure(value: T | None) -> T:
    # Both classes have cases, so the value exists.
    assert value is not None  # noqa: S101 - checked by analyse_figure
    return value


_KINDS: dict[str, tuple[int, Build]] = {
    "auc": (0, _area),
    "partial-auc": (2, _partial("specificity")),
    "partial-auc-sensitivity": (2, _partial("sensitivity")),
    "sensitivity": (1, _rate("sensitivity")),
    "specificity": (1, _rate("specificity")),
    "sensitivity-at": (1, _read_off(sensitivity_at)),
    "specificity-at": (1, _read_off(specificity_at)),
}
