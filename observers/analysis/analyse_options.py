"""What to compare and how: the settings of one analysis."""

from __future__ import annotations

from dataclasses import dataclass

from observers.analysis.checks import ReadingsError
from observers.analysis.covariance import METHODS
from observers.analysis.groups_strata import Vector
from observers.analysis.mrmc_figure import figure_named
from observers.analysis.readings import Readings


@dataclass(frozen=True)
class Options:
    """
    What to compare and how.

    Attributes
    ----------
    standalone : str or None
        ``modality:NAME`` or ``reader:NAME`` of the detector.
    covariance : str or None
        The covariance that leads: ``jackknife``, ``delong`` or ``unbiased``; by
        default the jackknife, and DeLong for fixed readers against a detector.
    alpha : float
        One minus the confidence level.
    margin : float or None
        Margin of non-inferiority and equivalence, fixed beforehand.
    seed : int
        Seed of what is random; recorded, so that it can be run again.
    figure : str or None
        A further figure of merit, see `mrmc_figure.figure_named`.
    binormal : bool
        Fit the binormal curve of each reader beside the empirical one.
    """

    standalone: str | None = None
    covariance: str | None = None
    alpha: float = 0.05
    margin: float | None = None
    seed: int = 1
    figure: str | None = None
    binormal: bool = False

    def __post_init__(self) -> None:
        """Refuse values without meaning."""
        if not 0 < self.alpha < 1:
            msg = f"alpha: {self.alpha} is not between 0 and 1"
            raise ReadingsError(msg)
        if self.margin is not None and not 0 < self.margin < 1:
            msg = f"margin: {self.margin} is not between 0 and 1"
            raise ReadingsError(msg)
        if self.covariance is not None and self.covariance not in METHODS:
            known = ", ".join(METHODS)
            msg = f"covariance: {self.covariance!r} is not one of: {known}"
            raise ReadingsError(msg)
        if self.figure is not None:
            figure_named(self.figure)


def standalone_vectors(readings: Readings, name: str | None) -> frozenset[Vector]:
    """
    Find the standalone detector's score vectors.

    Parameters
    ----------
    readings : Readings
        The readings.
    name : str or None
        ``modality:NAME`` or ``reader:NAME``.

    Returns
    -------
    frozenset of tuple
        (reader, modality) positions.

    Raises
    ------
    ReadingsError
        If it is not written so, does not occur, or is more than one reader.
    """
    if name is None:
        return frozenset()
    kind, _, value = name.partition(":")
    names = {"modality": readings.modalities, "reader": readings.readers}.get(kind)
    if names is None or not value:
        msg = f"standalone: {name!r} is not modality:NAME or reader:NAME"
        raise ReadingsError(msg)
    if value not in names:
        msg = f"standalone: no {kind} {value!r}; there are: {', '.join(names)}"
        raise ReadingsError(msg)
    if kind == "reader":
        r = readings.readers.index(value)
        return frozenset((r, m) for m in range(len(readings.modalities)))
    m, readers = readings.modalities.index(value), readings.readers_of(value)
    if len(readers) != 1:
        msg = f"standalone: modality {value!r} has {len(readers)} readers, not 1"
        raise ReadingsError(msg)
    return frozenset({(readers[0], m)})
