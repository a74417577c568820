"""Figures of a comparison, each as the bytes of an SVG or PNG file."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from observers.analysis.comparison_result import Comparison
from observers.analysis.figure_forest import forest_figure
from observers.analysis.figure_labels import Labels
from observers.analysis.figure_roc import roc_figure
from observers.analysis.figure_style import (
    DETECTOR,
    INK,
    MANIPULATED,
    ORIGINAL,
    PAPER,
    QUIET,
    RULE,
    Kind,
    drawing,
    finish,
    handle,
    marks_of,
    new_figure,
    tidy,
)
from observers.analysis.layout import MACRO, Layout, lay_out
from observers.analysis.readings import Floats, Readings

SCALE_NOTE = (
    "Rating: confidence that the image is manipulated, in %. Bars: share of the "
    "ratings of each truth. Grey line: readers call above it."
)
__all__ = [
    "Kind",
    "Labels",
    "experience_figure",
    "forest_figure",
    "rating_figure",
    "roc_figure",
]


def experience_figure(
    comparison: Comparison,
    *,
    labels: Labels | None = None,
    kind: Kind = "svg",
    width: float = 5.6,
) -> bytes:
    """
    Draw each reader's AUC against years of experience.

    Parameters
    ----------
    comparison : Comparison
        The comparison.
    labels : Labels, optional
        Texts.
    kind : {"svg", "png"}, optional
        Format.
    width : float, optional
        Width in inches.

    Returns
    -------
    bytes
        The file.
    """
    labels = labels or Labels()
    experience, marks = comparison.experience, marks_of(comparison.groups)
    with drawing():
        figure = new_figure(width, 4.0)
        axes = figure.subplots()
        tidy(axes)
        axes.axhline(0.5, color=RULE, linewidth=1, zorder=0)
        for point in experience.points:
            mark = marks.get(point.group, DETECTOR)
            ends = comparison.readers[point.reader][MACRO].interval.ends
            if ends is not None:
                axes.vlines(point.years, *ends, color=mark.colour, linewidth=1.2)
            axes.plot(
                point.years,
                point.auc,
                marker=mark.marker,
                markersize=7,
                color=mark.colour,
                markeredgecolor="white",
                linestyle="none",
            )
        axes.set_ylim(min(0.45, axes.get_ylim()[0]), 1.01)
        axes.set_xlim(left=0)
        axes.set_xlabel("Years of experience", fontsize=9, color=INK)
        axes.set_ylabel("AUC, mean over lesions", fontsize=9, color=INK)
        entries = [
            handle(mark, labels.group(group), width=1.2)
            for group, mark in marks.items()
        ]
        figure.legend(
            handles=entries,
            loc="outside lower right",
            ncols=max(len(entries), 1),
            frameon=False,
            fontsize=8,
        )
        text = experience.reason
        if experience.spearman is not None and experience.p is not None:
            text = (
                f"Spearman {experience.spearman:.2f}, p = {experience.p:.2g}, "
                f"{experience.method}, {len(experience.points)} readers"
            )
        axes.set_title(text, loc="left", fontsize=8, color=QUIET)
        return finish(figure, "AUC against years of experience", labels, kind)


def rating_figure(
    readings: Readings,
    comparison: Comparison,
    *,
    labels: Labels | None = None,
    kind: Kind = "svg",
) -> bytes:
    """
    Draw how readers use the scale, by truth, one panel a lesion and group.

    Parameters
    ----------
    readings : Readings
        The readings, rated 0 to 100.
    comparison : Comparison
        Their comparison.
    labels : Labels, optional
        Texts.
    kind : {"svg", "png"}, optional
        Format.

    Returns
    -------
    bytes
        The file.
    """
    labels = labels or Labels()
    layout = lay_out(
        readings, comparison.detector_modality, comparison.readers_modality
    )
    shape = len(layout.groups), len(layout.lesions)
    with drawing():
        figure = new_figure(0.6 + 2.3 * shape[1], 1.1 + 1.7 * shape[0])
        grid = figure.subplots(*shape, squeeze=False, sharex=True, sharey=True)
        for i, (group, rows) in enumerate(layout.groups.items()):
            for j, lesion in enumerate(labels.in_order(layout.lesions)):
                axes = grid[i, j]
                _bars(axes, layout, rows, layout.lesions[lesion].tolist())
                axes.axvline(comparison.thresholds.reader, color=PAPER, linewidth=0.8)
                if i == 0:
                    axes.set_title(labels.lesion(lesion), fontsize=9, color=INK)
            grid[i, 0].set_ylabel(labels.group(group), fontsize=8.5, color=INK)
        bars = [
            Patch(facecolor=ORIGINAL, label="original"),
            Patch(
                facecolor="white",
                edgecolor=MANIPULATED,
                hatch="/////",
                label="manipulated",
            ),
        ]
        figure.legend(
            handles=bars, loc="outside lower right", ncols=2, frameon=False, fontsize=8
        )
        figure.supxlabel(
            textwrap.fill(SCALE_NOTE, int(12 * figure.get_figwidth())),
            x=0.01,
            ha="left",
            fontsize=7.5,
            color=QUIET,
        )
        return finish(figure, "Ratings by truth", labels, kind)


def _bars(axes: Axes, layout: Layout, rows: list[int], cases: list[int]) -> None:
    tidy(axes)
    score, truth = layout.score[rows][:, cases], layout.truth[cases]
    for mask, offset, colours in (
        (~truth, -2.1, (ORIGINAL, ORIGINAL, "")),
        (truth, 2.1, ("white", MANIPULATED, "/////")),
    ):
        values: Floats = score[:, mask]
        tens = np.ceil(values[~np.isnan(values)] / 10).clip(1, 10)  # 1: 0 to 10
        counts = np.bincount(tens.astype(int), minlength=11)[1:]
        axes.bar(
            np.arange(5, 100, 10) + offset,
            counts / max(counts.sum(), 1),
            width=4.0,
            linewidth=0.6,
            facecolor=colours[0],
            edgecolor=colours[1],
            hatch=colours[2],
        )
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
