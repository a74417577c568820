"""Texts on figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from observers.analysis.intervals import Interval


@dataclass(frozen=True)
class Labels:
    """
    Texts on figures.

    Attributes
    ----------
    groups : mapping of str to str
        Name to show for each group's key; the key itself, made readable, where
        absent.
    lesions : mapping of str to str
        Name to show for each lesion's key, likewise.
    detector : str
        Name to show for the detector.
    banner : str
        Badge on the figure, such as "simulated readers"; empty for none.
    """

    groups: Mapping[str, str] = field(default_factory=dict)
    lesions: Mapping[str, str] = field(default_factory=dict)
    detector: str = "Detector"
    banner: str = ""

    def group(self, key: str) -> str:
        """
        Name a group.

        Parameters
        ----------
        key : str
            The group's key.

        Returns
        -------
        str
            The name to show.
        """
        return self.groups.get(key, readable(key))

    def in_order(self, keys: Iterable[str]) -> list[str]:
        """
        Order lesions as they are named here; others follow as they came.

        Parameters
        ----------
        keys : iterable of str
            Keys of lesions.

        Returns
        -------
        list of str
            The same keys.
        """
        places = {key: place for place, key in enumerate(self.lesions)}
        return sorted(keys, key=lambda key: places.get(key, len(places)))

    def lesion(self, key: str) -> str:
        """
        Name a lesion, or the mean over lesions.

        Parameters
        ----------
        key : str
            The lesion's key.

        Returns
        -------
        str
            The name to show.
        """
        plain = "Mean over lesions" if key == "macro" else readable(key)
        return self.lesions.get(key, plain)


def readable(key: str) -> str:
    """
    Turn a key into words.

    Parameters
    ----------
    key : str
        Such as ``general-doctors``.

    Returns
    -------
    str
        Such as ``General doctors``.
    """
    words = key.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def with_interval(value: float | None, interval: Interval) -> str:
    """
    Write an estimate with its interval to two digits.

    Parameters
    ----------
    value : float or None
        The estimate.
    interval : Interval
        Its interval.

    Returns
    -------
    str
        Such as ``0.77 (0.61-0.89)``; ``not defined`` where there is none.
    """
    if value is None:
        return "not defined"
    if interval.ends is None:
        return f"{value:.2f} (no interval)"
    return f"{value:.2f} ({interval.ends[0]:.2f}\N{EN DASH}{interval.ends[1]:.2f})"
