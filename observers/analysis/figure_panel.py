"""One panel of the ROC figure, and the paper's values in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from observers.analysis.comparison_result import Comparison
from observers.analysis.curves import cases_over, curve_over
from observers.analysis.figure_labels import Labels
from observers.analysis.figure_style import PAPER, PAPER_DASHES, Mark
from observers.analysis.layout import Layout
from observers.analysis.paper import DETECTOR_AUC, GROUP_AUC, RECONSTRUCTION, Cited
from observers.analysis.readings import Floats
from observers.analysis.roc import Ints, RocCurve

PAPER_NOTE = "Grey dashed: the paper's values."
READERS_NOTE = "Its readers: all points with the balanced accuracy it prints as AUC."
DETECTOR_NOTE = "Its detector: the one operating point behind its Fig. 7 (derived)."


@dataclass(frozen=True)
class Shown:
    """
    What an ROC figure shows.

    Attributes
    ----------
    readers : bool
        Curves of readers and group means; their operating points are always drawn.
    detector : bool
        The detector.
    bands : bool
        Confidence bands.
    paper : bool
        The paper's values where it has any.
    title : str
        Title of the figure.
    """

    readers: bool = True
    detector: bool = True
    bands: bool = True
    paper: bool = True
    title: str = "ROC curves"


@dataclass(frozen=True)
class Panel:
    """
    One lesion's panel with what is drawn in it.

    Attributes
    ----------
    axes : matplotlib.axes.Axes
        Where.
    layout : Layout
        Scores laid out by group and lesion.
    comparison : Comparison
        Their comparison.
    lesion : str
        The lesion.
    labels : Labels
        Texts.
    shown : Shown
        What to draw.
    """

    axes: Axes
    layout: Layout
    comparison: Comparison
    lesion: str
    labels: Labels
    shown: Shown


def cases_of(panel: Panel) -> list[Ints]:
    """
    Find the cases of a panel.

    Parameters
    ----------
    panel : Panel
        The panel.

    Returns
    -------
    list of ndarray of int
        Positions of the lesion's cases; for the mean over lesions, one array each.
    """
    return cases_over(panel.layout, panel.lesion)


def curve_of(panel: Panel, score: Floats) -> RocCurve | None:
    """
    Give a reader's curve in a panel.

    Parameters
    ----------
    panel : Panel
        The panel.
    score : ndarray of float, shape (C,)
        The reader's scores of all cases.

    Returns
    -------
    RocCurve or None
        The lesion's curve; for the mean over lesions the diagonal average of
        theirs, whose area is the mean area. None where a lesion has none.
    """
    return curve_over(panel.layout, panel.lesion, score)


def draw_paper(panel: Panel, marks: Mapping[str, Mark]) -> list[Line2D]:
    """
    Draw the paper's values of a lesion.

    Parameters
    ----------
    panel : Panel
        The panel.
    marks : mapping of str to Mark
        Marks of the groups.

    Returns
    -------
    list of matplotlib.lines.Line2D
        Entries of the legend; none where the paper has no value.
    """
    entries = []
    for group, mark in marks.items() if panel.shown.readers else ():
        cited = GROUP_AUC.get(group, {}).get(panel.lesion)
        if cited is not None:
            lift = 2 * cited.value - 1  # sensitivity - (1 - specificity)
            ends = np.array([0, 1 - lift]), np.array([lift, 1])
            name = panel.labels.group(group).lower()
            entries.append(_paper_line(panel.axes, ends, mark.marker, name, cited))
    detector = DETECTOR_AUC.get(panel.lesion)
    has_detector = panel.comparison.detector is not None and panel.shown.detector
    if has_detector and detector is not None and panel.lesion in RECONSTRUCTION:
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
