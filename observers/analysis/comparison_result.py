"""Result of comparing readers with the detector, and the thresholds it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from observers.analysis.accuracy import Accuracy, Cut, Gap
from observers.analysis.accuracy_means import OVER_LESIONS, OVER_READERS
from observers.analysis.experience import Experience

ByLesion = dict[str, Accuracy]
"""Accuracy by lesion, and ``macro``."""

DEFINITIONS = {
    "auc": "area under the empirical ROC curve, ties one half, never flipped",
    "ci": (
        "one reader or the detector: Newcombe 2006 method 5 when a class has fewer "
        "than 10 cases, the area is beyond 0.05 to 0.95 or DeLong's variance is zero, "
        "else logit-DeLong; means and differences: recovered from these (MOVER) with "
        "DeLong's correlation between readers"
    ),
    "groups": OVER_READERS,
    "macro": f"{OVER_LESIONS}; of a group: over its readers, then over lesions",
    "balanced_accuracy": (
        "(sensitivity + specificity) / 2 at the threshold: what the paper prints as AUC"
    ),
    "table3": "precision, recall and F1 of each class at the threshold",
    "differences": "detector minus group, also in per cent points (times 100)",
}


@dataclass(frozen=True)
class Thresholds:
    """
    Thresholds that turn scores into calls.

    Attributes
    ----------
    reader : float
        A reader calls a case manipulated when the rating is above this.
    detector : float, mapping of str to float, or None
        The detector calls a case manipulated when its score is at least this: its
        validation threshold, for all lesions or for each; None where unknown.
    """

    reader: float = 50.0
    detector: float | Mapping[str, float] | None = None

    @property
    def reader_cut(self) -> Cut:
        """
        Rule of the readers' calls.

        Returns
        -------
        Cut
            Above the threshold.
        """
        return Cut(self.reader, inclusive=False)

    def detector_cut(self, lesion: str) -> Cut | None:
        """
        Give the rule of the detector's calls in a lesion.

        Parameters
        ----------
        lesion : str
            The lesion.

        Returns
        -------
        Cut or None
            At least the threshold; None where there is none.
        """
        threshold = self.detector
        if isinstance(threshold, Mapping):
            threshold = threshold.get(lesion)
        return None if threshold is None else Cut(float(threshold), inclusive=True)


@dataclass(frozen=True)
class Comparison:
    """
    Accuracy of readers, groups and detector, per lesion and macro.

    Attributes
    ----------
    lesions : tuple of str
        The lesions, in order; each mapping below has these keys and ``macro``.
    readers : dict of str to dict of str to Accuracy
        By reader, then lesion.
    group_of : dict of str to str
        Group of each reader.
    groups : dict of str to dict of str to Accuracy
        By group, then lesion.
    detector : dict of str to Accuracy, or None
        By lesion; None without a detector.
    differences : dict of str to dict of str to Gap
        Detector minus group, by group, then lesion.
    experience : Experience
        Macro AUC of readers against their years of experience.
    thresholds : Thresholds
        As given.
    level : float
        Confidence level of every interval.
    notes : tuple of str
        What a reader of the whole must know.
    detector_modality : str or None
        The detector's modality, as given.
    readers_modality : str or None
        The readers' modality, as given.
    """

    lesions: tuple[str, ...]
    readers: dict[str, dict[str, Accuracy]]
    group_of: dict[str, str]
    groups: dict[str, dict[str, Accuracy]]
    detector: dict[str, Accuracy] | None
    differences: dict[str, dict[str, Gap]]
    experience: Experience
    thresholds: Thresholds
    level: float
    notes: tuple[str, ...]
    detector_modality: str | None
    readers_modality: str | None

    def to_dict(self) -> dict[str, Any]:
        """
        Give the comparison as plain data, ready for JSON, in full precision.

        Returns
        -------
        dict
            ``lesions, readers, groups, detector, differences, experience,
            thresholds, level, definitions, notes``.
        """
        threshold = self.thresholds.detector
        return {
            "lesions": list(self.lesions),
            "readers": {
                reader: {"group": self.group_of[reader], **_plain(by_lesion)}
                for reader, by_lesion in self.readers.items()
            },
            "groups": {name: _plain(part) for name, part in self.groups.items()},
            "detector": None if self.detector is None else _plain(self.detector),
            "differences": {
                name: _plain(part) for name, part in self.differences.items()
            },
            "experience": self.experience.to_dict(),
            "thresholds": {
                "reader": self.thresholds.reader,
                "detector": (
                    dict(threshold) if isinstance(threshold, Mapping) else threshold
                ),
            },
            "level": self.level,
            "definitions": dict(DEFINITIONS),
            "notes": list(self.notes),
        }


def _plain(by_lesion: Mapping[str, Accuracy | Gap]) -> dict[str, Any]:
    return {lesion: part.to_dict() for lesion, part in by_lesion.items()}
