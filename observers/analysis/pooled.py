"""All lesions together: each reader's mean area over lesions, with its covariance.

An area over the cases of all lesions at once would compare a manipulated case of one
lesion with an original of another. Here areas are taken within lesions and averaged,
and their covariance adds over lesions: the same readers read all of them, and a
patient whose images stand in two lesions is one patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observers.analysis.covariance import (
    METHODS,
    Placements,
    delong_covariance,
    jackknife_covariance,
    placements,
    unbiased_covariance,
)
from observers.analysis.covariance_cluster import (
    cluster_numbers,
    clustered_covariance_of,
    has_clusters,
)
from observers.analysis.groups_strata import Vector, vector_scores
from observers.analysis.readings import Readings
from observers.analysis.ustatistic_sums import pair_sums

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
BY_PATIENT = "delong_by_patient"
INCOMPLETE = "a score is missing, or a lesion has fewer than 2 cases of a class"
NOBODY = "nobody read here"
ONE_LESION = "there is one lesion only"


@dataclass(frozen=True, eq=False)
class PooledAreas:
    """
    Mean areas over lesions, and their covariance over cases.

    Attributes
    ----------
    auc : ndarray of float, shape (V,)
        Mean area of each score vector, lesions with equal weight.
    covariance : dict of str to ndarray, shape (V, V)
        By method: ``jackknife, delong, unbiased``, and ``delong_by_patient`` where
        patients give several cases, in one lesion or in several.
    """

    auc: Floats
    covariance: dict[str, Floats]

    def leading(self, wanted: str | None) -> str:
        """
        Choose the covariance that leads.

        Parameters
        ----------
        wanted : str or None
            A named method, or None.

        Returns
        -------
        str
            The one named, else by patient where patients repeat, else jackknife.
        """
        by_default = BY_PATIENT if BY_PATIENT in self.covariance else "jackknife"
        return wanted or by_default


def pooled_areas(readings: Readings, vectors: Sequence[Vector]) -> PooledAreas | str:
    """
    Average the areas of score vectors over lesions.

    Parameters
    ----------
    readings : Readings
        The readings, with lesions; cases without one are left out.
    vectors : sequence of tuple
        (reader, modality) positions.

    Returns
    -------
    PooledAreas or str
        Areas and covariances, or the reason why there are none.
    """
    names = readings.lesion_names
    if len(names) < 2:
        return ONE_LESION
    if not vectors:
        return NOBODY
    parts = [readings.select(lesion=name) for name in names]
    rows = [vector_scores(part, tuple(vectors)) for part in parts]  # (V, c)
    if any(map(_is_unfit, parts, rows)):
        return INCOMPLETE
    placed = [
        placements(part.truth, row) for part, row in zip(parts, rows, strict=True)
    ]
    covariance = {
        "jackknife": _added([jackknife_covariance(one) for one in placed]),
        "delong": _added([delong_covariance(one) for one in placed]),
        "unbiased": _added(
            [
                unbiased_covariance(pair_sums(part.truth, row))
                for part, row in zip(parts, rows, strict=True)
            ]
        ),
    }
    assert tuple(covariance) == METHODS  # noqa: S101 - the same names everywhere
    if has_clusters(_patients(parts)):
        by_patient = _by_patient(parts, placed)
        if np.isfinite(by_patient).all():
            covariance[BY_PATIENT] = by_patient
    auc = np.mean([one.auc for one in placed], axis=0)
    return PooledAreas(np.asarray(auc), covariance)


def _is_unfit(part: Readings, rows: Floats) -> bool:
    few = min(part.n_original, part.n_manipulated) < 2
    return few or bool(np.isnan(rows).any())


def _added(by_lesion: Sequence[Floats]) -> Floats:
    return np.asarray(np.sum(by_lesion, axis=0) / len(by_lesion) ** 2)


def _patients(parts: Sequence[Readings]) -> list[str]:
    return [
        name for part in parts for name in (part.patients or ("",) * len(part.cases))
    ]


def _by_patient(parts: Sequence[Readings], placed: Sequence[Placements]) -> Floats:
    # What a case adds to its lesion's area, so that the cases of all lesions add up.
    added: list[list[Floats]] = [[], []]
    for one in placed:
        for k, part in enumerate((one.manipulated, one.original)):
            added[k].append((part - one.auc[:, None]) / part.shape[1])
    truth = np.concatenate([part.truth for part in parts])
    number = cluster_numbers(_patients(parts))
    of_manipulated, of_original = (np.concatenate(d, axis=1) for d in added)
    found = clustered_covariance_of(
        (of_manipulated, number[truth]), (of_original, number[~truth])
    )
    return np.asarray(found / len(placed) ** 2)
