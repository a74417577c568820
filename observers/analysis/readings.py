"""Readings of a reader study: who read what, in which condition, and the score."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from observers.analysis.checks import (
    NAMES_BY_AXIS,
    Names,
    ReadingsError,
    check,
    frozen_array,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Readings:
    """
    Scores of readers in modalities on cases, with the cases' truth.

    Arrays are ordered (reader, modality, case) and made read-only. The whole is
    checked on creation, so that whoever holds an instance holds a sound one.

    Attributes
    ----------
    score : ndarray of float, shape (R, M, C)
        Confidence that the case is manipulated; higher means more. NaN where the
        reader did not score the case; ``-inf`` is the lowest possible score
        ("no mark") and ranks as such.
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    readers : tuple of str, length R
        Distinct names (pseudonyms) of the readers.
    modalities : tuple of str, length M
        Distinct names of the compared reading conditions.
    cases : tuple of str, length C
        Distinct names of the cases.
    groups : tuple of str, length R, optional
        Group of each reader; ``""`` where a reader belongs to none.
    lesions : tuple of str, length C, optional
        Lesion of each case; ``""`` where it has none.
    patients : tuple of str, length C, optional
        Patient (cluster) of each case; ``""`` where unknown.
    years : ndarray of float, shape (R,), optional
        Years of experience of each reader; NaN where unknown.

    Raises
    ------
    ReadingsError
        If a field has the wrong shape, a repeated or empty name, or a value out
        of its range; the message names the field.

    Examples
    --------
    >>> study = Readings(
    ...     score=[[[10.0, 80.0, np.nan]]],
    ...     truth=[False, True, True],
    ...     readers=("R1",),
    ...     modalities=("unaided",),
    ...     cases=("c1", "c2", "c3"),
    ... )
    >>> study.shape, study.n_missing
    ((1, 1, 3), 1)
    """

    score: Floats
    truth: Bools
    readers: Names
    modalities: Names
    cases: Names
    groups: Names | None = None
    lesions: Names | None = None
    patients: Names | None = None
    years: Floats | None = None

    def __post_init__(self) -> None:
        """Copy arrays to read-only ones, names to tuples of text, and check."""
        for field in ("score", "years"):
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, frozen_array(field, value, np.float64))
        object.__setattr__(self, "truth", frozen_array("truth", self.truth, np.bool_))
        for field in NAMES_BY_AXIS:
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, tuple(str(name) for name in value))
        check(self)

    @property
    def shape(self) -> tuple[int, int, int]:
        """
        Count readers, modalities and cases.

        Returns
        -------
        tuple of int
            (R, M, C).
        """
        return len(self.readers), len(self.modalities), len(self.cases)

    @property
    def n_original(self) -> int:
        """
        Number of cases that are original (n0).

        Returns
        -------
        int
            The count.
        """
        return int((~self.truth).sum())

    @property
    def n_manipulated(self) -> int:
        """
        Number of cases that are manipulated (n1).

        Returns
        -------
        int
            The count.
        """
        return int(self.truth.sum())

    @property
    def n_missing(self) -> int:
        """
        Number of empty cells in the (R, M, C) table.

        Returns
        -------
        int
            The count.
        """
        return int(np.isnan(self.score).sum())

    @property
    def is_crossed(self) -> bool:
        """
        Whether every reader scored every case in every modality.

        Returns
        -------
        bool
            True where no cell is empty.
        """
        return self.n_missing == 0

    @property
    def group_names(self) -> Names:
        """
        Distinct reader groups in order of first appearance, ``""`` left out.

        Returns
        -------
        tuple of str
            The names.
        """
        return _distinct(self.groups)

    @property
    def lesion_names(self) -> Names:
        """
        Distinct lesions in order of first appearance, ``""`` left out.

        Returns
        -------
        tuple of str
            The names.
        """
        return _distinct(self.lesions)

    def readers_of(self, modality: str) -> tuple[int, ...]:
        """
        Find the readers who scored at least one case in a modality.

        Parameters
        ----------
        modality : str
            Name of the modality.

        Returns
        -------
        tuple of int
            Indices into ``readers``, ascending.

        Raises
        ------
        ReadingsError
            If there is no such modality.
        """
        (m,) = _positions("modality", self.modalities, modality)
        unscored = np.isnan(self.score[:, m])  # (R, C)
        return tuple(np.flatnonzero(~unscored.all(axis=1)).tolist())

    def select(
        self,
        *,
        lesion: str | Collection[str] | None = None,
        modality: str | Collection[str] | None = None,
        group: str | Collection[str] | None = None,
    ) -> Readings:
        """
        Part of the readings.

        Parameters
        ----------
        lesion : str or collection of str, optional
            Keep only cases of these lesions.
        modality : str or collection of str, optional
            Keep only these modalities, and the readers who scored any case in
            them.
        group : str or collection of str, optional
            Keep only readers of these groups.

        Returns
        -------
        Readings
            The part, in the order of the whole.

        Raises
        ------
        ReadingsError
            If a name does not occur; the message lists those that do.
        """
        keep_c = _positions("lesion", self.lesions, lesion, len(self.cases))
        keep_m = _positions("modality", self.modalities, modality, len(self.modalities))
        keep_r = _positions("group", self.groups, group, len(self.readers))
        if modality is not None:
            readers = {r for m in keep_m for r in self.readers_of(self.modalities[m])}
            keep_r = [r for r in keep_r if r in readers]
        return self.take(keep_r, keep_m, keep_c)

    def take(
        self,
        readers: Collection[int],
        modalities: Collection[int],
        cases: Collection[int],
    ) -> Readings:
        """
        Part of the readings by position.

        Parameters
        ----------
        readers : collection of int
            Positions of the readers to keep.
        modalities : collection of int
            Positions of the modalities to keep.
        cases : collection of int
            Positions of the cases to keep.

        Returns
        -------
        Readings
            The part, in the order given.
        """
        r, m, c = (np.array(list(x), int) for x in (readers, modalities, cases))
        return replace(
            self,
            score=self.score[np.ix_(r, m, c)],
            truth=self.truth[c],
            readers=_picked(self.readers, r),
            modalities=_picked(self.modalities, m),
            cases=_picked(self.cases, c),
            groups=self.groups and _picked(self.groups, r),
            lesions=self.lesions and _picked(self.lesions, c),
            patients=self.patients and _picked(self.patients, c),
            years=None if self.years is None else self.years[r],
        )


def _distinct(names: Names | None) -> Names:
    return tuple(dict.fromkeys(name for name in names or () if name))


def _picked(names: Names, positions: NDArray[np.int_]) -> Names:
    return tuple(names[i] for i in positions)


def _positions(
    field: str,
    names: Names | None,
    wanted: str | Collection[str] | None,
    size: int = 0,
) -> list[int]:
    if wanted is None:
        return list(range(size))
    chosen = {wanted} if isinstance(wanted, str) else set(wanted)
    unknown = chosen - set(names or ())
    if unknown:
        known = ", ".join(_distinct(names)) or "none"
        msg = f"{field}: {min(unknown)!r} does not occur; there are: {known}"
        raise ReadingsError(msg)
    return [i for i, name in enumerate(names or ()) if name in chosen]
