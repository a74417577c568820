"""Forest of AUCs: groups, their readers and the detector, lesion by lesion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from observers.analysis.accuracy import Accuracy
from observers.analysis.comparison_result import Comparison
from observers.analysis.figure_labels import Labels, with_interval
from observers.analysis.figure_style import (
    DETECTOR,
    HEAD,
    INK,
    PAPER,
    PAPER_DASHES,
    QUIET,
    RULE,
    Kind,
    Mark,
    drawing,
    finish,
    marks_of,
    new_figure,
    tidy,
)
from observers.analysis.layout import MACRO
from observers.analysis.paper import DETECTOR_AUC, GROUP_AUC, Cited

MOST_READERS = 12
"""With more, the forest shows groups alone."""


@dataclass(frozen=True)
class _Row:
    name: str
    accuracy: Accuracy
    mark: Mark
    cited: Cited | None
    is_reader: bool = False


def forest_figure(
    comparison: Comparison,
    *,
    labels: Labels | None = None,
    paper: bool = True,
    kind: Kind = "svg",
) -> bytes:
    """
    Draw the AUCs of groups and detector with their intervals, lesion by lesion.

    Up to twelve readers are drawn, too: each below the group, thinner.

    Parameters
    ----------
    comparison : Comparison
        The comparison.
    labels : Labels, optional
        Texts.
    paper : bool, optional
        Draw the paper's values where it has any.
    kind : {"svg", "png"}, optional
        Format.

    Returns
    -------
    bytes
        The file.
    """
    labels = labels or Labels()
    blocks = [
        (lesion, list(_rows(comparison, lesion, labels, paper=paper)))
        for lesion in (*labels.in_order(comparison.lesions), MACRO)
    ]
    lines = sum(1 + sum(_step(row) for row in rows) for _, rows in blocks)
    height = HEAD + 0.95 + 0.27 * lines
    with drawing():
        figure = new_figure(_WIDTH, height, automatic=False)
        axes = figure.add_axes(
            (_LEFT, 0.75 / height, _RIGHT - _LEFT, 1 - (0.95 + HEAD) / height)
        )
        tidy(axes)
        axes.spines["left"].set_visible(False)
        axes.axvline(0.5, color=RULE, linewidth=1, zorder=0)
        y = 0.0
        for lesion, rows in blocks:
            _text(axes, 0.02, y, labels.lesion(lesion), weight="bold")
            for row in rows:
                y += _step(row)
                _draw_row(axes, y, row)
            y += 1
        _text(axes, _RIGHT + 0.02, -1, f"AUC ({100 * comparison.level:g} % interval)")
        if any(row.cited for _, rows in blocks for row in rows):
            _text(axes, 0.92, -1, "paper", colour=QUIET)
            figure.text(0.02, 0.02, _PAPER_NOTE, fontsize=7.5, color=QUIET)
        least = min([0.5, *(_least(row) for _, rows in blocks for row in rows)])
        axes.set_ylim(y - 0.4, -1.4)
        axes.set_yticks([])
        axes.set_xlim(np.floor(least * 10) / 10, 1.0)
        axes.set_xlabel("AUC", fontsize=9, color=INK)
        return finish(figure, "AUC of readers and detector", labels, kind)


def _rows(
    comparison: Comparison, lesion: str, labels: Labels, *, paper: bool
) -> Iterator[_Row]:
    for group, mark in marks_of(comparison.groups).items():
        cited = GROUP_AUC.get(group, {}).get(lesion) if paper else None
        accuracy = comparison.groups[group][lesion]
        yield _Row(labels.group(group), accuracy, mark, cited)
        for reader, own in comparison.group_of.items():
            if own == group and len(comparison.readers) <= MOST_READERS:
                accuracy = comparison.readers[reader][lesion]
                yield _Row(reader, accuracy, mark, None, is_reader=True)
    if comparison.detector is not None:
        cited = DETECTOR_AUC.get(lesion) if paper else None
        yield _Row(labels.detector, comparison.detector[lesion], DETECTOR, cited)


# A reader's row is lower, its line thinner, its letters quieter.
def _step(row: _Row) -> float:
    return 0.72 if row.is_reader else 1.0


def _draw_row(axes: Axes, y: float, row: _Row) -> None:
    thick, size = (0.9, 3.8) if row.is_reader else (1.6, 6.5)
    colour = QUIET if row.is_reader else INK
    _text(axes, 0.045 if row.is_reader else 0.03, y, row.name, colour=colour)
    accuracy, ends = row.accuracy, row.accuracy.interval.ends
    if ends is not None:
        axes.hlines(y, *ends, color=row.mark.colour, linewidth=thick)
        axes.plot(
            ends,
            (y, y),
            marker="|",
            markersize=size,
            markeredgewidth=thick,
            color=row.mark.colour,
            linestyle="none",
            clip_on=False,
        )
    if accuracy.auc is not None:
        axes.plot(
            accuracy.auc,
            y,
            marker=row.mark.marker,
            markersize=size,
            color=row.mark.colour,
            markeredgecolor="white",
            markeredgewidth=0.4 if row.is_reader else 1.0,
            clip_on=False,
        )
    text = with_interval(accuracy.auc, accuracy.interval)
    _text(axes, _RIGHT + 0.02, y, text, colour=colour)
    if row.cited is not None:
        axes.vlines(
            row.cited.value,
            y - 0.42,
            y + 0.42,
            color=PAPER,
            linestyle=PAPER_DASHES,
            linewidth=1.4,
        )
        star = "*" if row.cited.status == "derived" else ""
        _text(axes, 0.92, y, f"{row.cited.value:g}{star}", colour=QUIET)


# Text at a place across the figure (0 to 1), beside a row of the axes.
def _text(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    weight: str = "normal",
    colour: str = INK,
) -> None:
    axes.text(
        x,
        y,
        text,
        transform=blended_transform_factory(axes.figure.transFigure, axes.transData),
        va="center",
        fontsize=8.5,
        fontweight=weight,
        color=colour,
    )


def _least(row: _Row) -> float:
    ends = row.accuracy.interval.ends
    return 1.0 if ends is None else ends[0]


_WIDTH, _LEFT, _RIGHT = 8.2, 0.25, 0.72  # inches; edges of the axes, 0 to 1
_PAPER_NOTE = (
    "Grey dashed: the paper's values (balanced accuracies printed as AUC); * derived "
    "from what it prints. Groups: mean over readers."
)
