"""Rows of the analysis on request: another figure of merit, binormal curves."""

from __future__ import annotations

from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np

from observers.analysis.analyse_rows import inference_of
from observers.analysis.checks import ReadingsError
from observers.analysis.groups_strata import scored
from observers.analysis.mrmc_figure import analyse_figure, figure_named
from observers.analysis.readings import Readings
from observers.analysis.roc_binormal import binormal_fit

KEYS = ("rrrc", "frrc", "rrfc")


def figure_rows(readings: Readings, name: str, alpha: float) -> dict[str, Any]:
    """
    Analyse another figure of merit by the jackknife.

    Parameters
    ----------
    readings : Readings
        The readings.
    name : str
        The figure of merit, see `mrmc_figure.figure_named`.
    alpha : float
        One minus the confidence level.

    Returns
    -------
    dict
        ``name``, its ``values`` by modality and reader, ``modalities, pairs`` with
        the three analyses, and ``notes``: why there is none, if so.
    """
    try:
        found = analyse_figure(readings, figure_named(name), alpha=alpha)
    except ReadingsError as fault:
        return {"name": name, "notes": [str(fault)]}
    modalities = readings.modalities
    analyses = {key: getattr(found.rockette, key) for key in KEYS}
    return {
        "name": name,
        "values": [
            {"modality": modality, "reader": reader, "value": found.theta[r, m]}
            for m, modality in enumerate(modalities)
            for r, reader in enumerate(readings.readers)
        ],
        "modalities": [
            {
                "modality": modality,
                "value": float(found.theta[:, m].mean()),
                **{k: inference_of(one.modalities[m]) for k, one in analyses.items()},
            }
            for m, modality in enumerate(modalities)
        ],
        "pairs": [
            {
                "a": modalities[a],
                "b": modalities[b],
                "difference": float(np.diff(found.theta[:, [b, a]]).mean()),
                **{
                    key: inference_of(one.differences[a, b])
                    for key, one in analyses.items()
                },
            }
            for a, b in combinations(range(len(modalities)), 2)
        ],
        "notes": ["jackknife covariance; p-values are not adjusted for other figures"],
    }


def binormal_rows(readings: Readings) -> list[dict[str, Any]]:
    """
    Fit each score vector's binormal curve.

    Parameters
    ----------
    readings : Readings
        The readings.

    Returns
    -------
    list of dict
        ``modality, reader`` and the fields of `roc_binormal.BinormalFit`.
    """
    return [
        {
            "modality": readings.modalities[m],
            "reader": readings.readers[r],
            **asdict(binormal_fit(readings.truth, readings.score[r, m])),
        }
        for m, r in np.argwhere(scored(readings).T).tolist()
    ]
