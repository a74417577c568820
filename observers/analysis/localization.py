"""Marks brought to arrays: who marked what, where, and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.checks import ReadingsError
from observers.analysis.tidy import natural_key

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int_]
Cell = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Localization:
    """
    Marks of a free-response study, one rating per lesion and per case.

    A lesion here is a true place of manipulation, not the photograph's group.

    Attributes
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case has at least one lesion (is manipulated).
    highest_miss : ndarray of float, shape (R, M, C)
        Highest rating of marks that hit no lesion; ``-inf`` without such marks.
    hit : ndarray of float, shape (R, M, L)
        Highest rating of marks on each lesion; ``-inf`` where it is unmarked.
    n_miss : ndarray of int, shape (R, M, C)
        Number of marks that hit no lesion.
    lesion_case : ndarray of int, shape (L,)
        Position of each lesion's case.
    weight : ndarray of float, shape (L,)
        Weight of each lesion; those of a case sum to 1.
    readers : tuple of str
        Names.
    modalities : tuple of str
        Names.
    cases : tuple of str
        Names.
    """

    truth: Bools
    highest_miss: Floats
    hit: Floats
    n_miss: Ints
    lesion_case: Ints
    weight: Floats
    readers: tuple[str, ...]
    modalities: tuple[str, ...]
    cases: tuple[str, ...]

    @property
    def highest(self) -> Floats:
        """
        Highest rating of each case, whatever was marked.

        Returns
        -------
        ndarray of float, shape (R, M, C)
            Inferred ROC rating; ``-inf`` without any mark.
        """
        rating = self.highest_miss.copy()
        for lesion, case in enumerate(self.lesion_case.tolist()):
            rating[:, :, case] = np.maximum(rating[:, :, case], self.hit[:, :, lesion])
        return rating


def from_marks(
    cases: Mapping[str, bool],
    lesions: Mapping[tuple[str, str], float],
    marks: Iterable[Mapping[str, Any]],
) -> Localization:
    """
    Collect marks that are already matched with lesions.

    Parameters
    ----------
    cases : mapping of str to bool
        Truth of every case that each reader read.
    lesions : mapping of tuple to float
        Weight of each lesion, by case and lesion name.
    marks : iterable of mapping
        ``reader, modality, case, lesion, score``; lesion is empty for a mark
        that hits none.

    Returns
    -------
    Localization
        The arrays, names in natural order; two marks on one lesion count as the
        higher.

    Raises
    ------
    ReadingsError
        If a mark or a lesion names an unknown case or lesion, a manipulated case
        has no lesion, or there is no mark at all.
    """
    rows = list(marks)
    if not rows:
        msg = "marks: there is none, so readers and modalities are unknown"
        raise ReadingsError(msg)
    _check_lesions(cases, lesions)
    names = tuple(sorted(cases, key=natural_key))
    places = sorted(lesions, key=lambda key: (natural_key(key[0]), natural_key(key[1])))
    readers, modalities = (
        tuple(sorted({str(row[field]) for row in rows}, key=natural_key))
        for field in ("reader", "modality")
    )
    shape = (len(readers), len(modalities))
    found = Localization(
        truth=np.array([cases[name] for name in names], bool),
        highest_miss=np.full((*shape, len(names)), -np.inf),
        hit=np.full((*shape, len(places)), -np.inf),
        n_miss=np.zeros((*shape, len(names)), int),
        lesion_case=np.array([names.index(case) for case, _ in places], int),
        weight=_weights(places, lesions),
        readers=readers,
        modalities=modalities,
        cases=names,
    )
    _place(found, rows, {key: k for k, key in enumerate(places)})
    return found


def match_marks(points: Floats, masks: Bools, tolerance: float = 0.0) -> Ints:
    """
    Match marked points with the masks of lesions.

    Parameters
    ----------
    points : ndarray of float, shape (P, 2)
        Marked places, x (column) and y (row) in pixels of the image.
    masks : ndarray of bool, shape (L, H, W)
        One mask per lesion.
    tolerance : float, optional
        Distance in pixels from a mask that still counts as a hit.

    Returns
    -------
    ndarray of int, shape (P,)
        Index of the nearest lesion within tolerance, -1 where none is.
    """
    nearest = np.full(len(points), np.inf)
    found = np.full(len(points), -1)
    for index, mask in enumerate(masks):
        rows, columns = np.nonzero(mask)
        if not rows.size:
            continue
        # Distance from a point to the mask's nearest pixel, 0 within that pixel.
        dx = np.maximum(np.abs(points[:, :1] - columns) - 0.5, 0)  # (P, pixels)
        dy = np.maximum(np.abs(points[:, 1:] - rows) - 0.5, 0)
        distance = np.hypot(dx, dy).min(axis=1)
        better = (distance <= tolerance) & (distance < nearest)
        found[better], nearest[better] = index, distance[better]
    return found


def _check_lesions(
    cases: Mapping[str, bool], lesions: Mapping[tuple[str, str], float]
) -> None:
    with_lesion = {case for case, _ in lesions}
    for case in with_lesion - set(cases):
        msg = f"lesion: case {case!r} is not in the list of cases"
        raise ReadingsError(msg)
    for case, is_manipulated in cases.items():
        if is_manipulated != (case in with_lesion):
            has = "has no lesion" if is_manipulated else "is original but has a lesion"
            msg = f"truth: case {case!r} {has}"
            raise ReadingsError(msg)


def _weights(
    places: list[tuple[str, str]], lesions: Mapping[tuple[str, str], float]
) -> Floats:
    raw = np.array([lesions[key] for key in places], float)
    total: dict[str, float] = {}
    for (case, _), weight in zip(places, raw, strict=True):
        total[case] = total.get(case, 0.0) + weight
    return np.asarray(raw / np.array([total[case] for case, _ in places]))


def _place(
    found: Localization,
    rows: list[Mapping[str, Any]],
    lesion_of: dict[tuple[str, str], int],
) -> None:
    position = [
        {name: i for i, name in enumerate(names)}
        for names in (found.readers, found.modalities, found.cases)
    ]
    for row in rows:
        case, lesion = str(row["case"]), str(row.get("lesion") or "")
        if case not in position[2]:
            msg = f"case: mark on {case!r}, which is not in the list of cases"
            raise ReadingsError(msg)
        r, m = position[0][str(row["reader"])], position[1][str(row["modality"])]
        cell = (r, m, position[2][case])
        _rate(found, cell, lesion_of, (case, lesion), float(row["score"]))


def _rate(
    found: Localization,
    cell: Cell,
    lesion_of: dict[tuple[str, str], int],
    key: tuple[str, str],
    score: float,
) -> None:
    if not key[1]:
        found.n_miss[cell] += 1
        found.highest_miss[cell] = max(found.highest_miss[cell], score)
        return
    if key not in lesion_of:
        msg = f"lesion: mark on {key[1]!r} of case {key[0]!r}, which has no such lesion"
        raise ReadingsError(msg)
    place = (*cell[:2], lesion_of[key])
    found.hit[place] = max(found.hit[place], score)
