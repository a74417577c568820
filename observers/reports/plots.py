"""The figures of a report, as SVG for print and PNG for slides."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from observers.analysis.comparison_result import Comparison
from observers.analysis.figure_labels import Labels
from observers.analysis.figure_panel import Shown
from observers.analysis.figure_roc import roc_figure
from observers.analysis.figure_style import Kind
from observers.analysis.figures import experience_figure, forest_figure, rating_figure
from observers.analysis.layout import MACRO
from observers.analysis.readings import Readings

COLUMN = 4.4
"""Inches: a figure drawn for one column is brought down to 85 mm without harm."""
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


def _curves(comparison: Comparison) -> dict[str, Shown]:
    """Say what each ROC figure shows: the paper's Figures 5 and 7, and all in one."""
    shown = {
        "fig5": Shown(detector=False, title=_("Readers (Fig. 5)")),
        "roc": Shown(bands=False, title=_("Readers and detector")),
    }
    if comparison.detector is not None:
        shown["fig7"] = Shown(readers=False, title=_("Detector (Fig. 7)"))
    return shown


def all_figures(
    readings: Readings, comparison: Comparison, result: dict[str, Any]
) -> dict[str, bytes]:
    """Draw every figure in every format, by file name."""
    labels = labels_of(result)
    lesions = tuple(lesion["key"] for lesion in result["study"]["lesions"])
    curves = {name: (lesions, shown) for name, shown in _curves(comparison).items()}
    if len(lesions) > 1:
        curves["mean"] = ((MACRO,), Shown(title=_("ROC")))
    files: dict[str, bytes] = {}
    for kind in KINDS:
        drawn = {
            **{
                name: roc_figure(
                    readings,
                    comparison,
                    lesions=chosen,
                    labels=labels,
                    shown=shown,
                    kind=kind,
                )
                for name, (chosen, shown) in curves.items()
            },
            "forest": forest_figure(comparison, labels=labels, kind=kind),
            "experience": experience_figure(comparison, labels=labels, kind=kind),
            "ratings": rating_figure(readings, comparison, labels=labels, kind=kind),
        }
        files |= {f"{name}.{kind}": data for name, data in drawn.items()}
    return files


def journal_figures(
    readings: Readings, comparison: Comparison, result: dict[str, Any]
) -> dict[str, bytes]:
    """Draw what a journal prints as SVG: lesions in one figure, and one by one."""
    labels = labels_of(result)
    lesions = tuple(lesion["key"] for lesion in result["study"]["lesions"])
    alone = Shown(bands=False, title=_("ROC"))

    def roc(chosen: tuple[str, ...], shown: Shown) -> bytes:
        return roc_figure(
            readings, comparison, lesions=chosen, labels=labels, shown=shown
        )

    drawn = {name: roc(lesions, shown) for name, shown in _curves(comparison).items()}
    several = (*lesions, MACRO) if len(lesions) > 1 else lesions
    drawn |= {f"roc-{lesion}": roc((lesion,), alone) for lesion in several}
    drawn["forest"] = forest_figure(comparison, labels=labels)
    drawn["ratings"] = rating_figure(readings, comparison, labels=labels)
    drawn["experience"] = experience_figure(comparison, labels=labels, width=COLUMN)
    return {f"{name}.svg": data for name, data in drawn.items()}
