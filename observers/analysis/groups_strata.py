"""Who is compared with whom: readers by group within comparable readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observers.analysis.readings import Readings
from observers.analysis.ustatistic_moments import ReaderSet

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Vector = tuple[int, int]


@dataclass(frozen=True)
class Stratum:
    """
    Score vectors that may be averaged and compared with each other.

    Attributes
    ----------
    modality : str or None
        The modality, or None where each reader read in one modality only.
    groups : mapping of str to tuple
        (reader, modality) positions of each group's vectors.
    """

    modality: str | None
    groups: Mapping[str, tuple[Vector, ...]]

    @property
    def everyone(self) -> tuple[Vector, ...]:
        """
        Give the vectors of all groups.

        Returns
        -------
        tuple
            (reader, modality) positions.
        """
        return tuple(vector for group in self.groups.values() for vector in group)


def scored(readings: Readings) -> Bools:
    """
    Tell which reader scored anything in which modality.

    Parameters
    ----------
    readings : Readings
        The readings.

    Returns
    -------
    ndarray of bool, shape (R, M)
        True where at least one case has a score.
    """
    return np.asarray(~np.isnan(readings.score).all(axis=2))


def is_nested(readings: Readings) -> bool:
    """
    Whether no reader read in two modalities, of which there are several.

    Parameters
    ----------
    readings : Readings
        The readings.

    Returns
    -------
    bool
        True where readers are nested in modalities.
    """
    table = scored(readings)
    return bool(table.shape[1] > 1 and (table.sum(axis=1) <= 1).all())


def strata(
    readings: Readings, without: frozenset[Vector] = frozenset()
) -> list[Stratum]:
    """
    Divide readers into groups that can be compared.

    Where readers are nested in modalities there is one stratum, its groups named
    by ``groups`` or else by modality; otherwise each modality is a stratum, its
    groups named by ``groups`` or else one group of all.

    Parameters
    ----------
    readings : Readings
        The readings.
    without : frozenset of tuple, optional
        (reader, modality) positions to leave out: the standalone detector.

    Returns
    -------
    list of Stratum
        Strata with at least one vector.
    """
    pairs = np.argwhere(scored(readings)).tolist()
    vectors = [(r, m) for r, m in pairs if (r, m) not in without]
    nested = len({m for _, m in vectors}) > 1 and _distinct_readers(vectors)
    if nested:
        names = [_group(readings, r) or readings.modalities[m] for r, m in vectors]
        return [_stratum(None, vectors, names)]
    found = []
    for m, modality in enumerate(readings.modalities):
        own = [vector for vector in vectors if vector[1] == m]
        if own:
            names = [_group(readings, r) or "all" for r, _ in own]
            found.append(_stratum(modality, own, names))
    return found


def vector_scores(readings: Readings, vectors: tuple[Vector, ...]) -> Floats:
    """
    Give the scores of some vectors.

    Parameters
    ----------
    readings : Readings
        The readings.
    vectors : tuple
        (reader, modality) positions.

    Returns
    -------
    ndarray of float, shape (V, C)
        Their scores; NaN where missing.
    """
    r, m = np.array(vectors, int).reshape(-1, 2).T
    return np.asarray(readings.score[r, m])


def reader_set(readings: Readings, vectors: tuple[Vector, ...]) -> ReaderSet:
    """
    Name vectors as `PairSums` of all (R * M) vectors knows them.

    Parameters
    ----------
    readings : Readings
        The readings.
    vectors : tuple
        (reader, modality) positions.

    Returns
    -------
    ReaderSet
        The set.
    """
    r, m = np.array(vectors, int).reshape(-1, 2).T
    return ReaderSet(r * len(readings.modalities) + m, r)


def _group(readings: Readings, reader: int) -> str:
    return readings.groups[reader] if readings.groups else ""


def _distinct_readers(vectors: list[Vector]) -> bool:
    return len({r for r, _ in vectors}) == len(vectors)


def _stratum(modality: str | None, vectors: list[Vector], names: list[str]) -> Stratum:
    groups: dict[str, tuple[Vector, ...]] = {}
    for vector, name in zip(vectors, names, strict=True):
        groups[name] = (*groups.get(name, ()), vector)
    return Stratum(modality, groups)
