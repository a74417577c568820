"""Active reading time: what it depends on, and how it changes through a session."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from statsmodels.regression.mixed_linear_model import MixedLM

from observers.analysis.hillis import bounded_p

Floats = NDArray[np.float64]
FEW = "needs >= 2 readers, >= 10 times, and times that differ"


@dataclass(frozen=True)
class TimedReading:
    """
    One reading with its active time.

    Attributes
    ----------
    reader : str
        Reader.
    seconds : float
        Active time, above 0, pauses left out.
    is_manipulated : bool
        Truth of the case.
    is_correct : bool
        Whether the reader called it rightly at the protocol's cut.
    position : int
        Place in the reader's order, from 1.
    group : str
        Reader's group; empty where there is none.
    """

    reader: str
    seconds: float
    is_manipulated: bool
    is_correct: bool
    position: int
    group: str = ""


@dataclass(frozen=True)
class Effect:
    """
    What one thing does to reading time.

    Attributes
    ----------
    name : str
        The thing.
    ratio : float
        Times multiply by this.
    ci : tuple of float
        Confidence interval of the ratio.
    p : float
        Two-sided p-value (Wald).
    """

    name: str
    ratio: float
    ci: tuple[float, float]
    p: float


@dataclass(frozen=True)
class Timing:
    """
    Mixed model of log time.

    Attributes
    ----------
    n : int
        Readings used.
    n_readers : int
        Readers.
    median : float or None
        Median time in seconds.
    geometric_mean : float or None
        Geometric mean time in seconds.
    effects : tuple of Effect
        Effects that can be estimated.
    reader_sd : float or None
        Standard deviation between readers, of the log.
    residual_sd : float or None
        Standard deviation within readers, of the log.
    notes : tuple of str
        What was left out, and why.
    """

    n: int
    n_readers: int
    median: float | None
    geometric_mean: float | None
    effects: tuple[Effect, ...]
    reader_sd: float | None
    residual_sd: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trend:
    """
    How something changes with the place in the order.

    Attributes
    ----------
    reader : str
        Reader.
    n : int
        Readings used.
    slope : float or None
        Change per ten readings: a ratio of times, or a difference of shares.
    p : float or None
        Two-sided p-value.
    note : str
        Why there is none; empty where there is.
    """

    reader: str
    n: int
    slope: float | None
    p: float | None
    note: str = ""


def model_time(readings: Sequence[TimedReading], *, alpha: float = 0.05) -> Timing:
    """
    Model log time by truth, correctness, order and group, readers random.

    Parameters
    ----------
    readings : sequence of TimedReading
        The readings; times that are not above 0 are left out and counted.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    Timing
        Effects as ratios of times; order counts per ten readings.
    """
    used = [one for one in readings if np.isfinite(one.seconds) and one.seconds > 0]
    dropped = len(readings) - len(used)
    notes = [f"{dropped} readings without a time above 0 are left out"] * bool(dropped)
    n_readers = len({one.reader for one in used})
    seconds = np.array([one.seconds for one in used])
    if n_readers < 2 or len(used) < 10 or np.unique(seconds).size < 2:
        median = float(np.median(seconds)) if used else None
        mean = float(np.exp(np.log(seconds).mean())) if used else None
        return Timing(len(used), n_readers, median, mean, (), None, None, (*notes, FEW))
    names, design = _design(used)
    notes += _left_out(names)
    fit = _fit(np.log(seconds), design, [one.reader for one in used])
    if fit is None:
        notes.append("the model did not converge: no effects are given")
        names = []
    effects, reader_sd, residual_sd = _read(fit, names, alpha)
    return Timing(
        n=len(used),
        n_readers=n_readers,
        median=float(np.median(seconds)),
        geometric_mean=float(np.exp(np.log(seconds).mean())),
        effects=effects,
        reader_sd=reader_sd,
        residual_sd=residual_sd,
        notes=tuple(notes),
    )


def learning_curves(readings: Sequence[TimedReading]) -> tuple[Trend, ...]:
    """
    Trend of each reader's log time over the order.

    Parameters
    ----------
    readings : sequence of TimedReading
        The readings.

    Returns
    -------
    tuple of Trend
        Ratio of times per ten readings: below 1 where the reader gets faster.
    """
    used = [one for one in readings if one.seconds > 0]
    return tuple(
        _trend(reader, own, [np.log(one.seconds) for one in own], is_ratio=True)
        for reader, own in _by_reader(used).items()
    )


def fatigue_curves(readings: Sequence[TimedReading]) -> tuple[Trend, ...]:
    """
    Trend of each reader's share of correct calls over the order.

    Parameters
    ----------
    readings : sequence of TimedReading
        The readings.

    Returns
    -------
    tuple of Trend
        Change of the share per ten readings: below 0 where the reader tires.
    """
    return tuple(
        _trend(reader, own, [float(one.is_correct) for one in own], is_ratio=False)
        for reader, own in _by_reader(readings).items()
    )


def _by_reader(readings: Sequence[TimedReading]) -> dict[str, list[TimedReading]]:
    own: dict[str, list[TimedReading]] = {}
    for one in readings:
        own.setdefault(one.reader, []).append(one)
    return own


def _trend(
    reader: str, own: list[TimedReading], values: list[float], *, is_ratio: bool
) -> Trend:
    order = np.array([one.position for one in own], np.float64) / 10
    outcome = np.array(values)
    if len(own) < 3 or np.ptp(order) == 0:
        return Trend(reader, len(own), None, None, "needs >= 3 readings in order")
    if np.ptp(outcome) == 0:
        flat = 1.0 if is_ratio else 0.0
        return Trend(reader, len(own), flat, 1.0, "all alike: no change")
    fit = stats.linregress(order, outcome)
    slope = float(np.exp(fit.slope)) if is_ratio else float(fit.slope)
    return Trend(reader, len(own), slope, bounded_p(float(fit.pvalue))[0])


def _design(used: list[TimedReading]) -> tuple[list[str], Floats]:
    order = np.array([one.position for one in used], np.float64) / 10
    columns = {
        "manipulated": np.array([float(one.is_manipulated) for one in used]),
        "correct": np.array([float(one.is_correct) for one in used]),
        "order_per_10": order - order.mean(),
    }
    groups = sorted({one.group for one in used})
    for group in groups[1:]:
        own = np.array([float(one.group == group) for one in used])
        columns[f"group {group} to {groups[0]}"] = own
    design = np.ones((len(used), 1))
    names: list[str] = []
    for name, column in columns.items():
        wider = np.column_stack([design, column])
        if np.linalg.matrix_rank(wider) == wider.shape[1]:
            design, names = wider, [*names, name]
    return names, design


def _left_out(names: list[str]) -> list[str]:
    absent = [n for n in ("manipulated", "correct", "order_per_10") if n not in names]
    return [f"{name}: does not vary by itself, left out" for name in absent]


def _fit(outcome: Floats, design: Floats, readers: list[str]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance at its bound is no fault
        try:
            fit = MixedLM(outcome, design, groups=readers).fit(reml=True)
        except np.linalg.LinAlgError:
            return None
        return fit if np.isfinite(fit.bse_fe).all() else None


def _read(
    fit: Any, names: list[str], alpha: float
) -> tuple[tuple[Effect, ...], float | None, float | None]:
    if fit is None:
        return (), None, None
    z = float(special.ndtri(1 - alpha / 2))
    estimates, errors = fit.fe_params[1:], fit.bse_fe[1:]
    effects = tuple(
        Effect(
            name=name,
            ratio=float(np.exp(b)),
            ci=(float(np.exp(b - z * se)), float(np.exp(b + z * se))),
            p=bounded_p(2 * float(special.ndtr(-abs(b / se))))[0],
        )
        for name, b, se in zip(names, estimates, errors, strict=True)
    )
    between = float(np.sqrt(max(float(np.asarray(fit.cov_re)[0, 0]), 0.0)))
    return effects, between, float(np.sqrt(fit.scale))
