"""Numbers of the source paper, as cited reference data: never our results.

Kim, Song, Han: A Deepfake-Based Deep Learning Algorithm for Medical Data
Manipulation Detection. Whoever shows one shows its source and label beside it.
The groups' and the detector's AUCs are one-point values: the ROC curves printed
have a single corner, so they are (sensitivity + specificity) / 2 of pooled binary
calls, to be compared with our balanced accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal

from observers.analysis.operating import OperatingPoint

CITATION = (
    "Kim, Song, Han: A Deepfake-Based Deep Learning Algorithm for Medical Data "
    "Manipulation Detection"
)
LABEL = "the paper's value"
LESIONS = ("normal", "glaucoma", "diabetic-retinopathy", "macular-degeneration")
OPHTHALMOLOGISTS, GENERAL_DOCTORS = "ophthalmologists", "general-doctors"
MEAN = "macro"

Status = Literal["printed", "derived"]


@dataclass(frozen=True)
class Cited:
    """
    One number with where it comes from.

    Attributes
    ----------
    value : float
        The number.
    source : str
        Table, figure or passage of the paper.
    status : {"printed", "derived"}
        Whether the paper prints it, or it follows from what it prints.
    note : str
        How it was derived, or what contradicts it.
    """

    value: float
    source: str
    status: Status = "printed"
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """
        Give the number as plain data.

        Returns
        -------
        dict
            One entry per field, and the label.
        """
        return {**asdict(self), "label": LABEL, "citation": CITATION}


ByLesion = Mapping[str, Cited]


def _row(source: str, *values: float) -> dict[str, Cited]:
    return {k: Cited(v, source) for k, v in zip(LESIONS, values, strict=True)}


TABLE1: ByLesion = MappingProxyType(_row("Table 1: number of data", 114, 67, 78, 97))
"""Selected right eyes per lesion."""

TABLE2: Mapping[str, ByLesion] = MappingProxyType(
    {
        "rmse": _row("Table 2: RMSE", 38.58, 39.93, 36.76, 37.78),
        "ssim": _row("Table 2: SSIM", 0.65, 0.65, 0.61, 0.64),
        "fid": _row("Table 2: FID", 254.32, 310.90, 284.28, 253.49),
    }
)
"""Quality of the U-Net's manipulated images."""

_ERRATUM = "the abstract prints another mean (0.72 and 0.67); see ABSTRACT_MEANS"

GROUP_AUC: Mapping[str, ByLesion] = MappingProxyType(
    {
        OPHTHALMOLOGISTS: {
            "normal": Cited(0.715, "Fig. 5 and its text"),
            "glaucoma": Cited(0.752, "Fig. 5 and its text"),
            "diabetic-retinopathy": Cited(0.826, "Fig. 5 and its text"),
            "macular-degeneration": Cited(
                0.79,
                "text of Fig. 5: general doctors' 0.822 is 'about 3% higher'",
                "derived",
                "0.822 less about 0.03; the printed mean 0.77 gives 0.787",
            ),
            MEAN: Cited(0.77, "text after Fig. 5", note=_ERRATUM),
        },
        GENERAL_DOCTORS: {
            "normal": Cited(0.672, "Fig. 5 and its text"),
            "glaucoma": Cited(0.683, "Fig. 5 and its text"),
            "diabetic-retinopathy": Cited(
                0.66,
                "text after Fig. 5: mean 0.71 of the four lesions",
                "derived",
                "4 x 0.71 - 0.672 - 0.683 - 0.822 = 0.663",
            ),
            "macular-degeneration": Cited(0.822, "Fig. 5 and its text"),
            MEAN: Cited(0.71, "text after Fig. 5", note=_ERRATUM),
        },
    }
)
"""Readers' AUC per lesion and mean, by group."""

ABSTRACT_MEANS: Mapping[str, Cited] = MappingProxyType(
    {
        OPHTHALMOLOGISTS: Cited(
            0.72, "abstract", note="the text prints 0.77 for the same mean"
        ),
        GENERAL_DOCTORS: Cited(
            0.67, "abstract", note="the text prints 0.71 for the same mean"
        ),
    }
)
"""The means as the abstract prints them: an erratum of the paper."""

DETECTOR_AUC: ByLesion = MappingProxyType(
    {
        "normal": Cited(0.98, "Fig. 7 and its text"),
        "glaucoma": Cited(0.939, "text of Fig. 7", note="elsewhere printed 0.93"),
        "diabetic-retinopathy": Cited(
            0.839, "text of Fig. 7", note="elsewhere printed 0.83"
        ),
        "macular-degeneration": Cited(
            0.894, "text of Fig. 7", note="elsewhere printed 0.89"
        ),
        MEAN: Cited(0.913, "abstract", note="the text prints 'an average of 91%'"),
    }
)
"""The detector's AUC per lesion and mean."""

TABLE3: Mapping[str, Mapping[str, ByLesion]] = MappingProxyType(
    {
        "original": {
            "precision": _row("Table 3: origin, precision", 1.00, 0.99, 0.97, 0.98),
            "recall": _row("Table 3: origin, recall", 0.97, 0.98, 0.98, 0.99),
            "f1": _row("Table 3: origin, F1", 0.98, 0.98, 0.97, 0.98),
        },
        "manipulated": {
            "precision": _row(
                "Table 3: manipulated, precision", 0.97, 0.82, 0.78, 0.89
            ),
            "recall": _row("Table 3: manipulated, recall", 0.97, 0.90, 0.70, 0.80),
            "f1": _row("Table 3: manipulated, F1", 0.97, 0.86, 0.74, 0.84),
        },
    }
)
"""The detector's precision, recall and F1, by class."""


def _counts(false_positives: int, false_negatives: int) -> OperatingPoint:
    return OperatingPoint(
        threshold=0.5,  # not printed; a place holder for the counts
        inclusive=True,
        true_positives=10 - false_negatives,
        false_negatives=false_negatives,
        true_negatives=90 - false_positives,
        false_positives=false_positives,
    )


RECONSTRUCTION: Mapping[str, OperatingPoint] = MappingProxyType(
    {
        "normal": _counts(3, 0),
        "glaucoma": _counts(2, 1),
        "diabetic-retinopathy": _counts(2, 3),
        "macular-degeneration": _counts(1, 2),
    }
)
"""Counts behind Fig. 7 and Table 3: derived, with 90 originals and 10 manipulated."""

RECONSTRUCTION_NOTE = (
    "derived, not printed: with 90 originals and 10 manipulated images per lesion "
    "these counts give every printed AUC as (sensitivity + specificity) / 2 and every "
    "cell of Table 3 but the manipulated row of Normal (printed 0.97, 0.97, 0.97)"
)


def to_dict() -> dict[str, Any]:
    """
    Give all numbers of the paper as plain data.

    Returns
    -------
    dict
        By table or figure, each number with its source and label.
    """

    def plain(part: Any) -> Any:
        if isinstance(part, Cited):
            return part.to_dict()
        return {key: plain(value) for key, value in part.items()}

    return {
        "citation": CITATION,
        "table1": plain(TABLE1),
        "table2": plain(TABLE2),
        "table3": plain(TABLE3),
        "groups": plain(GROUP_AUC),
        "groups_abstract": plain(ABSTRACT_MEANS),
        "detector": plain(DETECTOR_AUC),
        "reconstruction": {
            "note": RECONSTRUCTION_NOTE,
            "counts": {
                lesion: {
                    "true_positives": point.true_positives,
                    "false_negatives": point.false_negatives,
                    "true_negatives": point.true_negatives,
                    "false_positives": point.false_positives,
                }
                for lesion, point in RECONSTRUCTION.items()
            },
        },
    }
