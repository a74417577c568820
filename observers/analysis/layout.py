"""Which part of the readings is readers, groups, lesions and the detector."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from observers.analysis.checks import ReadingsError
from observers.analysis.readings import Bools, Floats, Readings
from observers.analysis.roc import Ints

MACRO = "macro"
ALL_CASES = "all cases"
ALL_READERS = "all readers"


@dataclass(frozen=True, eq=False)
class Layout:
    """
    Readings laid out for the comparison of readers with the detector.

    Attributes
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    score : ndarray of float, shape (R, C)
        Scores of the readers in their modality.
    detector : ndarray of float, shape (C,), or None
        Scores of the detector.
    readers : tuple of str
        The readers.
    group_of : mapping of str to str
        Group of each reader.
    years : mapping of str to float
        Years of experience, of the readers for whom they are known.
    groups : mapping of str to list of int
        Positions of each group's readers.
    lesions : mapping of str to ndarray of int
        Positions of each lesion's cases.
    notes : tuple of str
        What was left out, and what is shared between lesions.
    """

    truth: Bools
    score: Floats
    detector: Floats | None
    readers: tuple[str, ...]
    group_of: Mapping[str, str]
    years: Mapping[str, float]
    groups: Mapping[str, list[int]]
    lesions: Mapping[str, Ints]
    notes: tuple[str, ...]


def lay_out(readings: Readings, detector: str | None, modality: str | None) -> Layout:
    """
    Find readers, groups, lesions and the detector in readings.

    Parameters
    ----------
    readings : Readings
        The readings.
    detector : str or None
        Name of the detector's modality; one that does not occur counts as None.
    modality : str or None
        The readers' modality; None where there is only one beside the detector's.

    Returns
    -------
    Layout
        The parts.

    Raises
    ------
    ReadingsError
        If the readers' modality is not clear, the detector has several readers, or
        a lesion is called like the mean over lesions.
    """
    unaided = readings.select(modality=_readers_modality(readings, detector, modality))
    groups, group_notes = _groups(unaided)
    lesions, lesion_notes = _lesions(readings)
    years = () if unaided.years is None else unaided.years.tolist()
    pairs = zip(unaided.readers, years, strict=False)
    named = unaided.groups or ("",) * len(unaided.readers)
    return Layout(
        truth=readings.truth,
        score=unaided.score[:, 0],
        detector=_detector_scores(readings, detector),
        readers=unaided.readers,
        group_of=dict(zip(unaided.readers, named, strict=True)),
        years={reader: y for reader, y in pairs if not np.isnan(y)},
        groups=groups,
        lesions=lesions,
        notes=group_notes + lesion_notes,
    )


def _readers_modality(
    readings: Readings, detector: str | None, modality: str | None
) -> str:
    if modality is not None:
        return modality
    others = [name for name in readings.modalities if name != detector]
    if len(others) != 1:
        known = ", ".join(others) or "none"
        msg = (
            f"modality: choose the readers' one; beside the detector there are: {known}"
        )
        raise ReadingsError(msg)
    return others[0]


def _detector_scores(readings: Readings, detector: str | None) -> Floats | None:
    if detector not in readings.modalities:
        return None
    alone = readings.select(modality=detector)
    if len(alone.readers) != 1:
        names = ", ".join(alone.readers) or "none"
        msg = f"modality: {detector!r} must have one reader, the detector; has: {names}"
        raise ReadingsError(msg)
    scores: Floats = alone.score[0, 0]
    return scores


def _groups(readings: Readings) -> tuple[dict[str, list[int]], tuple[str, ...]]:
    everyone = list(range(len(readings.readers)))
    if readings.groups is None or not readings.group_names:
        return {ALL_READERS: everyone}, ()
    groups = {
        name: [r for r in everyone if readings.groups[r] == name]
        for name in readings.group_names
    }
    outside = [readings.readers[r] for r in everyone if not readings.groups[r]]
    note = (f"readers in no group's mean: {', '.join(outside)}",) if outside else ()
    return groups, note


def _lesions(readings: Readings) -> tuple[dict[str, Ints], tuple[str, ...]]:
    if readings.lesions is None or not readings.lesion_names:
        return {ALL_CASES: np.arange(len(readings.cases))}, ()
    if MACRO in readings.lesion_names:
        msg = f"lesion: {MACRO!r} is the name of the mean over lesions; rename it"
        raise ReadingsError(msg)
    names = np.array(readings.lesions)
    notes = []
    without = int((names == "").sum())
    if without:
        notes.append(f"cases without a lesion, left out: {without}")
    shared = _shared_patients(readings)
    if shared:
        notes.append(
            f"patients with cases in several lesions: {shared}; intervals of means "
            "over lesions take the lesions as independent"
        )
    lesions = {name: np.flatnonzero(names == name) for name in readings.lesion_names}
    return lesions, tuple(notes)


def _shared_patients(readings: Readings) -> int:
    seen = defaultdict(set)
    pairs = zip(readings.patients or (), readings.lesions or (), strict=False)
    for patient, lesion in pairs:
        if patient and lesion:
            seen[patient].add(lesion)
    return sum(len(lesions) > 1 for lesions in seen.values())
