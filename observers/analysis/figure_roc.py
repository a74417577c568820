"""ROC curves of readers, groups and detector: the paper's Figures 5 and 7."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from observers.analysis.accuracy import Accuracy
from observers.analysis.comparison_result import Comparison
from observers.analysis.curves import band_over
from observers.analysis.figure_labels import Labels, with_interval
from observers.analysis.figure_panel import (
    DETECTOR_NOTE,
    PAPER_NOTE,
    READERS_NOTE,
    Panel,
    Shown,
    cases_of,
    curve_of,
    draw_paper,
)
from observers.analysis.figure_style import (
    DETECTOR,
    HEAD,
    INK,
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
from observers.analysis.layout import lay_out
from observers.analysis.readings import Floats, Readings
from observers.analysis.roc_average import diagonal_average

CURVES_NOTE = (
    "Thin: each reader. Bold: mean over the group's readers (diagonal average)."
)
POINTS_NOTE = "Points: calls at the threshold."
BANDS_NOTE = (
    "Shaded: 95 % at each point, distribution-free (Hilgers 1991); a group's is the "
    "mean of its readers'."
)


def roc_figure(
    readings: Readings,
    comparison: Comparison,
    *,
    lesions: tuple[str, ...] | None = None,
    labels: Labels | None = None,
    shown: Shown | None = None,
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
        Lesions to draw, ``macro`` for their mean; all lesions unless given.
    labels : Labels, optional
        Texts.
    shown : Shown, optional
        What to draw; everything unless given.
    kind : {"svg", "png"}, optional
        Format.

    Returns
    -------
    bytes
        The file.
    """
    labels, shown = labels or Labels(), shown or Shown()
    chosen = lesions or comparison.lesions
    layout = lay_out(
        readings, comparison.detector_modality, comparison.readers_modality
    )
    columns = min(len(chosen), 2)
    n_entries = (2 if shown.paper else 1) * (len(comparison.groups) + 1)
    cell = _SIDE + _AROUND + _ENTRY * n_entries
    with drawing():
        width = columns * _COLUMN
        height = HEAD + cell * -(-len(chosen) // columns) + _FOOT / columns
        figure = new_figure(width, height, automatic=False)
        cited = False
        for i, lesion in enumerate(chosen):
            left = _COLUMN * (i % columns) + _LEFT
            top = height - HEAD - cell * (i // columns) - _TITLE
            place = left / width, (top - _SIDE) / height, _SIDE / width, _SIDE / height
            axes = figure.add_axes(place)
            panel = Panel(axes, layout, comparison, lesion, labels, shown)
            cited = _draw(panel) or cited
            if len(chosen) > 1:
                _name(panel)
        notes = (
            (CURVES_NOTE, shown.readers),
            (POINTS_NOTE, True),
            (BANDS_NOTE, shown.bands),
            (PAPER_NOTE, cited),
            (READERS_NOTE, cited and shown.readers),
            (DETECTOR_NOTE, cited and shown.detector),
        )
        note = " ".join(text for text, is_due in notes if is_due)
        wrapped = textwrap.fill(note, 88 * columns)
        figure.text(0.012, 0.08 / height, wrapped, fontsize=7, color=QUIET)
        title = shown.title
        if len(chosen) == 1:
            title = f"{title}: {labels.lesion(chosen[0])}"
        return finish(figure, title, labels, kind)


def _draw(panel: Panel) -> bool:
    _frame(panel)
    marks = marks_of(panel.comparison.groups)
    entries = [_draw_group(panel, group, mark) for group, mark in marks.items()]
    if panel.comparison.detector is not None and panel.shown.detector:
        entries.append(_draw_detector(panel, panel.comparison.detector))
    cited = draw_paper(panel, marks) if panel.shown.paper else []
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


def _frame(panel: Panel) -> None:
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
    truth = panel.layout.truth[np.concatenate(cases_of(panel))]
    counts = f"{int((~truth).sum())} original + {int(truth.sum())} manipulated"
    axes.text(
        1, 0.01, counts, ha="right", fontsize=7.5, color=QUIET, transform=axes.transAxes
    )


def _name(panel: Panel) -> None:
    panel.axes.set_title(
        panel.labels.lesion(panel.lesion),
        loc="left",
        fontsize=9.5,
        fontweight="bold",
        color=INK,
    )


def _draw_group(panel: Panel, group: str, mark: Mark) -> Line2D:
    scores = [panel.layout.score[r] for r in panel.layout.groups[group]]
    if panel.shown.readers:
        _draw_band(panel, scores, mark)
        _draw_curves(panel, group, mark)
    accuracy = panel.comparison.groups[group][panel.lesion]
    _draw_point(panel.axes, accuracy, mark, size=7)
    name = panel.labels.group(group)
    return handle(mark, f"{name}  {with_interval(accuracy.auc, accuracy.interval)}")


def _draw_curves(panel: Panel, group: str, mark: Mark) -> None:
    curves = []
    for r in panel.layout.groups[group]:
        curve = curve_of(panel, panel.layout.score[r])
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


def _draw_band(panel: Panel, scores: list[Floats], mark: Mark) -> None:
    if not panel.shown.bands:
        return
    band = band_over(panel.layout, panel.lesion, scores, panel.comparison.level)
    if band is not None:
        panel.axes.fill_between(
            band.false_positive_rate,
            band.lower,
            band.upper,
            color=mark.colour,
            alpha=0.10,
            linewidth=0,
            zorder=0.5,
        )
        for edge in (band.lower, band.upper):
            panel.axes.plot(
                band.false_positive_rate,
                edge,
                color=mark.colour,
                linestyle=mark.dashes,
                linewidth=0.6,
                alpha=0.6,
                zorder=0.6,
            )


def _draw_detector(panel: Panel, alone: Mapping[str, Accuracy]) -> Line2D:
    accuracy = alone[panel.lesion]
    score = np.asarray(panel.layout.detector)
    _draw_band(panel, [score], DETECTOR)
    curve = curve_of(panel, score)
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


_BOLD = 5.0  # size of a marker from which it is filled
_SIDE, _COLUMN, _LEFT = 3.45, 4.3, 0.62  # inches: axes, panel's width, its margin
_TITLE, _AROUND, _ENTRY, _FOOT = 0.26, 0.92, 0.165, 0.85
