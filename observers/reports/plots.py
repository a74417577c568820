"""The figures of a report, as SVG for print and PNG for slides."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from observers.analysis.comparison_result import Comparison
from observers.analysis.figure_labels import Labels
from observers.analysis.figure_roc import roc_figure
from observers.analysis.figure_style import Kind
from observers.analysis.figures import experience_figure, forest_figure, rating_figure
from observers.analysis.readings import Readings

KINDS: tuple[Kind, ...] = ("svg", "png")


def labels_of(result: dict[str, Any]) -> Labels:
    """Name lesions and groups, and say what is simulated."""
    banner = [_("simulated readers")] if result["simulated_readers"] else []
    banner += [_("synthetic phantoms")] if result["study"]["synthetic"] else []
    return Labels(
        lesions={row["key"]: row["name"] for row in result["rows"]},
        groups={group["key"]: group["name"] for group in result["study"]["groups"]},
        detector=_("Detector"),
        banner=", ".join(banner),
    )


def all_figures(
    readings: Readings, comparison: Comparison, result: dict[str, Any]
) -> dict[str, bytes]:
    """Draw every figure in every format, by file name."""
    labels = labels_of(result)
    lesions = tuple(lesion["key"] for lesion in result["study"]["lesions"])
    files: dict[str, bytes] = {}
    for kind in KINDS:
        drawn = {
            "roc": roc_figure(
                readings, comparison, lesions=lesions, labels=labels, kind=kind
            ),
            "forest": forest_figure(comparison, labels=labels, kind=kind),
            "experience": experience_figure(comparison, labels=labels, kind=kind),
            "ratings": rating_figure(readings, comparison, labels=labels, kind=kind),
        }
        files |= {f"{name}.{kind}": data for name, data in drawn.items()}
    return files
