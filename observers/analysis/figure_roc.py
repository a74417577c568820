"""ROC curves of readers, groups and detector: the paper's Figures 5 and 7."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

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
    handle,
    marks_of,
    new_figure,
    tidy,
)
from observers.analysis.layout import Layout, lay_out
from observers.analysis.paper import DETECTOR_AUC, GROUP_AUC, RECONSTRUCTION, Cited
from observers.analysis.readings import Floats, Readings
from observers.analysis.roc import RocCurve, roc_curve
from observers.analysis.roc_average import diagonal_average

CURVES_NOTE = (
    "Thin: each reader. Bold: mean over the group's readers (diagonal average). "
    "Points: calls at the threshold."
)
PAPER_NOTE = (
    "Grey dashed: the paper's values. Its readers: all points with the balanced "
    "accuracy it prints as AUC. Its detector: the one operating point behind its "
    "Fig. 7 (derived)."
)


@dataclass(frozen=True)
class _Panel:
    axes: Axes
    layout: Layout
    comparison: Comparison
    lesion: str
    labels: Labels


def roc_figure(
    readings: Readings,
    comparison: Comparison,
    *,
    lesions: tuple[str, ...] | None = None,
    labels: Labels | None = None,
    paper: bool = True,
    kind: Kind = "svg",
) -> bytes:
    """
    Draw the ROC curves of readers, groups and detector, one panel a lesion.

    Parameters
    ----------
    readings : Readings
        The readings.
    comparison : Comparison
        Their comparison.
    lesions : tuple of str, optional
        Lesions to draw; all unless given.
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
    chosen = lesions or comparison.lesions
    layout = lay_out(
        readings, comparison.detector_modality, comparison.readers_modality
    )
    columns = min(len(chosen), 2)
    n_entries = (2 if paper else 1) * (len(comparison.groups) + 1)
    cell = _SIDE + _AROUND + _ENTRY * n_entries
    with drawing():
        width = columns * _COLUMN
        height = HEAD + cell * -(-len(chosen) // columns) + _FOOT / columns
        figure = new_figure(width, height, automatic=False)
        shown = False
        for i, lesion in enumerate(chosen):
            left = _COLUMN * (i % columns) + _LEFT
            top = height - HEAD - cell * (i // columns) - _TITLE
            place = left / width, (top - _SIDE) / height, _SIDE / width, _SIDE / height
            panel = _Panel(figure.add_axes(place), layout, comparison, lesion, labels)
            shown = _draw(panel, paper=paper) or shown
            if len(chosen) > 1:
                _name(panel)
        note = f"{CURVES_NOTE} {PAPER_NOTE}" if shown else CURVES_NOTE
        wrapped = textwrap.fill(note, 88 * columns)
        figure.text(0.012, 0.08 / height, wrapped, fontsize=7, color=QUIET)
        title = "ROC curves"
        if len(chosen) == 1:
            title = f"ROC curves: {labels.lesion(chosen[0])}"
        return finish(figure, title, labels, kind)


def _draw(panel: _Panel, *, paper: bool) -> bool:
    _frame(panel)
    marks = marks_of(panel.comparison.groups)
    entries = [_draw_group(panel, group, mark) for group, mark in marks.items()]
    if panel.comparison.detector is not None:
        entries.append(_draw_detector(panel, panel.comparison.detector))
    cited = _draw_paper(panel, marks) if paper else []
    panel.axes.legend(
        handles=entries + cited,
        loc="upper left",
        bbox_to_anchor=(-0.03, -0.14),
        frameon=False,
        fontsize=7.6,
        handlelength=4.2,
        borderaxespad=0,
        labelcolor=INK,
    )
    return bool(cited)


def _frame(panel: _Panel) -> None:
    axes = panel.axes
    tidy(axes)
    axes.plot([0, 1], [0, 1], color=RULE, linewidth=1, zorder=0)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.set_xlabel("1 \N{MINUS SIGN} specificity", fontsize=8.5, color=INK)
    axes.set_ylabel("Sensitivity", fontsize=8.5, color=INK)
    truth = panel.layout.truth[panel.layout.lesions[panel.lesion]]
    counts = f"{int((~truth).sum())} original + {int(truth.sum())} manipulated"
    axes.text(
        1, 0.01, counts, ha="right", fontsize=7.5, color=QUIET, transform=axes.transAxes
    )


def _name(panel: _Panel) -> None:
    panel.axes.set_title(
        panel.labels.lesion(panel.lesion),
        loc="left",
        fontsize=9.5,
        fontweight="bold",
        color=INK,
    )


def _draw_group(panel: _Panel, group: str, mark: Mark) -> Line2D:
    curves = []
    for r in panel.layout.groups[group]:
        curve = _curve(panel, panel.layout.score[r])
        if curve is None:
            continue
        curves.append(curve)
        panel.axes.plot(
            curve.false_positive_rate,
            curve.true_positive_rate,
            color=mark.colour,
            linewidth=0.8,
            alpha=0.45,
        )
        accuracy = panel.comparison.readers[panel.layout.readers[r]][panel.lesion]
        _draw_point(panel.axes, accuracy, mark, size=3.6)
    if curves:
        mean = diagonal_average(curves)
        panel.axes.plot(
            mean.false_positive_rate,
            mean.true_positive_rate,
            color=mark.colour,
            linestyle=mark.dashes,
            linewidth=2.4,
        )
    accuracy = panel.comparison.groups[group][panel.lesion]
    _draw_point(panel.axes, accuracy, mark, size=7)
    name = panel.labels.group(group)
    return handle(mark, f"{name}  {with_interval(accuracy.auc, accuracy.interval)}")


def _draw_detector(panel: _Panel, alone: Mapping[str, Accuracy]) -> Line2D:
    accuracy = alone[panel.lesion]
    curve = _curve(panel, np.asarray(panel.layout.detector))
    if curve is not None:
        panel.axes.plot(
            curve.false_positive_rate,
            curve.true_positive_rate,
            color=DETECTOR.colour,
            linewidth=1.8,
        )
    _draw_point(panel.axes, accuracy, DETECTOR, size=6.5)
    name = panel.labels.detector
    text = f"{name}  {with_interval(accuracy.auc, accuracy.interval)}"
    return handle(DETECTOR, text, width=1.8)


# Readers have counts, groups the mean of their readers' rates (Table 3's recalls).
def _draw_point(axes: Axes, accuracy: Accuracy, mark: Mark, *, size: float) -> None:
    table = accuracy.table3
    if table is None or table.original_recall is None:
        return
    if table.manipulated_recall is None:
        return
    axes.plot(
        [1 - table.original_recall],
        [table.manipulated_recall],
        marker=mark.marker,
        markersize=size,
        markerfacecolor="white" if size < _BOLD else mark.colour,
        markeredgecolor=mark.colour if size < _BOLD else "white",
        markeredgewidth=0.9,
        linestyle="none",
        zorder=4,
        clip_on=False,
    )


def _draw_paper(panel: _Panel, marks: Mapping[str, Mark]) -> list[Line2D]:
    entries = []
    for group, mark in marks.items():
        cited = GROUP_AUC.get(group, {}).get(panel.lesion)
        if cited is not None:
            lift = 2 * cited.value - 1  # sensitivity - (1 - specificity)
            ends = np.array([0, 1 - lift]), np.array([lift, 1])
            name = panel.labels.group(group).lower()
            entries.append(_paper_line(panel.axes, ends, mark.marker, name, cited))
    detector = DETECTOR_AUC.get(panel.lesion)
    if panel.comparison.detector is not None and detector is not None:
        point = RECONSTRUCTION[panel.lesion]
        x, y = 1 - (point.specificity or 0), point.sensitivity or 0
        corner = np.array([0, x, 1]), np.array([0, y, 1])
        name = panel.labels.detector.lower()
        entries.append(_paper_line(panel.axes, corner, "D", name, detector))
    return entries


def _paper_line(
    axes: Axes, points: tuple[Floats, Floats], marker: str, name: str, cited: Cited
) -> Line2D:
    derived = ", derived" if cited.status == "derived" else ""
    (line,) = axes.plot(
        *points,
        color=PAPER,
        linestyle=PAPER_DASHES,
        linewidth=1.0,
        marker=marker,
        markersize=4.5,
        markerfacecolor="white",
        markeredgewidth=0.9,
        zorder=1,
        label=f"The paper's {name}  {cited.value:g}{derived}",
    )
    if len(points[0]) > len("xy"):  # a corner: mark it alone, not the ends
        line.set_markevery([1])
    return line


def _curve(panel: _Panel, score: Floats) -> RocCurve | None:
    cases = panel.layout.lesions[panel.lesion]
    return roc_curve(panel.layout.truth[cases], score[cases])


_BOLD = 5.0  # size of a marker from which it is filled
_SIDE, _COLUMN, _LEFT = 3.45, 4.3, 0.62  # inches: axes, panel's width, its margin
_TITLE, _AROUND, _ENTRY, _FOOT = 0.26, 0.92, 0.165, 0.85
