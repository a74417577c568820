"""How readers read: agreement with each other and themselves, calibration, time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.agreement import icc, limits_of_agreement
from observers.analysis.agreement_kappa import krippendorff_alpha
from observers.analysis.calibration import calibrate
from observers.analysis.readings import Readings
from observers.analysis.timing import (
    TimedReading,
    fatigue_curves,
    learning_curves,
    model_time,
)

Floats = NDArray[np.float64]
ALL = "all"


def conduct(
    readings: Readings,
    timed: Sequence[TimedReading],
    *,
    repeated: Readings | None = None,
    scale: float = 100.0,
    probability: Sequence[float | None] = (),
    alpha: float = 0.05,
) -> dict[str, Any]:
    """
    Describe how the readers of one modality read.

    Parameters
    ----------
    readings : Readings
        Readings of one modality, 0 to ``scale``.
    timed : sequence of TimedReading
        Readings with their active times.
    repeated : Readings, optional
        Readings of those who read twice: each round is a modality.
    scale : float, optional
        Greatest possible score.
    probability : sequence of float or None, length C, optional
        The detector's probability of each case.
    alpha : float, optional
        One minus the confidence level.

    Returns
    -------
    dict
        ``agreement`` (by lesion, and of all), ``intra_reader``, ``calibration`` (by
        reader, and of the detector), ``timing, learning, fatigue``: plain data.
    """
    score = readings.score[:, 0]  # (R, C)
    own = np.array([np.nan if p is None else p for p in probability], np.float64)
    known = own.size and not np.isnan(own).all()
    return {
        "agreement": {
            lesion: _agreement(score[:, cases], alpha)
            for lesion, cases in _cases(readings).items()
        },
        "intra_reader": [] if repeated is None else _intra(repeated, alpha),
        "calibration": {
            "readers": {
                reader: asdict(calibrate(readings.truth, row, scale=scale))
                for reader, row in zip(readings.readers, score, strict=True)
            },
            "detector": asdict(calibrate(readings.truth, own, scale=1.0))
            if known
            else None,
        },
        "timing": asdict(model_time(timed, alpha=alpha)),
        "learning": [asdict(trend) for trend in learning_curves(timed)],
        "fatigue": [asdict(trend) for trend in fatigue_curves(timed)],
    }


def _cases(readings: Readings) -> dict[str, NDArray[np.int_]]:
    lesions = np.array(readings.lesions or ("",) * len(readings.cases))
    by_lesion = {
        name: np.flatnonzero(lesions == name) for name in readings.lesion_names
    }
    return {**by_lesion, ALL: np.arange(len(readings.cases))}


def _agreement(score: Floats, alpha: float) -> dict[str, Any]:
    return {
        "icc": {k: asdict(v) for k, v in icc(score, alpha=alpha).items()},
        "krippendorff": asdict(krippendorff_alpha(score, "interval")),
    }


def _intra(repeated: Readings, alpha: float) -> list[dict[str, Any]]:
    # Each two rounds of each reader: absolute agreement and limits of agreement.
    rows = []
    for r, reader in enumerate(repeated.readers):
        for a, b in combinations(range(len(repeated.modalities)), 2):
            pair = repeated.score[r, [a, b]]  # (2, C)
            both = pair[:, ~np.isnan(pair).any(axis=0)]
            limits = limits_of_agreement(both[0], both[1], alpha=alpha)
            rows.append(
                {
                    "reader": reader,
                    "first": repeated.modalities[a],
                    "second": repeated.modalities[b],
                    "n": both.shape[1],
                    "icc2": asdict(icc(both, alpha=alpha)["ICC2"]),
                    "limits": asdict(limits),
                }
            )
    return rows
