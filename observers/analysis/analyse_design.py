"""What kind of study some readings are, and their counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.groups_strata import is_nested, scored
from observers.analysis.readings import Readings


def design_of(readings: Readings) -> str:
    """
    Name the reading design.

    Parameters
    ----------
    readings : Readings
        The readings.

    Returns
    -------
    str
        ``single`` (one modality or one reader), ``crossed`` (every reader read
        every case in every modality), ``nested`` (readers or cases of one
        modality are not those of another), ``split-plot`` (readers in blocks
        that read different cases) or ``missing`` (any other gap).
    """
    n_r, n_m, _ = readings.shape
    read = ~np.isnan(readings.score)  # (R, M, C)
    used = read[:, :, read.any(axis=(0, 1))]
    if n_m == 1 or n_r == 1:
        return "single"
    if used.all():
        return "crossed"
    if is_nested(readings) or _has_nested_cases(used):
        return "nested"
    return "split-plot" if _is_in_blocks(used) else "missing"


def counts_of(readings: Readings) -> dict[str, Any]:
    """
    Count readers, modalities, cases, groups and missing scores.

    Parameters
    ----------
    readings : Readings
        The readings.

    Returns
    -------
    dict
        Counts; ``missing`` counts cases without a score where the reader read in
        the modality at all, by reader and modality in ``missing_by``; gaps that
        a nested or split-plot design has on purpose are none.
    """
    table = scored(readings)
    planned = design_of(readings) in {"nested", "split-plot"}
    gaps = np.isnan(readings.score).sum(axis=2) * table  # (R, M)
    return {
        "readers": len(readings.readers),
        "modalities": len(readings.modalities),
        "cases": len(readings.cases),
        "n0": readings.n_original,
        "n1": readings.n_manipulated,
        "groups": len(readings.group_names),
        "readings": int((~np.isnan(readings.score)).sum()),
        "missing": 0 if planned else int(gaps.sum()),
        "missing_by": []
        if planned
        else [
            {
                "modality": readings.modalities[m],
                "reader": readings.readers[r],
                "missing": int(gaps[r, m]),
            }
            for m, r in np.argwhere(gaps.T > 0).tolist()
        ],
    }


def _has_nested_cases(read: NDArray[np.bool_]) -> bool:
    by_modality = np.asarray(read.any(axis=0))  # (M, C)
    apart = (by_modality.sum(axis=0) == 1).any()
    complete = (read == by_modality[None]).all()
    return bool(apart and complete)


def _is_in_blocks(read: NDArray[np.bool_]) -> bool:
    # Readers with the same cases form a block; blocks share no case.
    cases = np.asarray(read.any(axis=1))  # (R, C)
    blocks = np.unique(cases, axis=0)
    complete = all((read[r] == cases[r]).all() for r in range(len(read)))
    return bool(len(blocks) > 1 and complete and blocks.sum(axis=0).max() == 1)
