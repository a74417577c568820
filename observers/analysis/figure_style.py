"""Colours, markers and line styles of all figures, and how they become files.

Each group, the detector and the paper's values differ by colour, marker and line
style at once, so a figure survives black-and-white printing. Figures are made
without pyplot and are the same bytes for the same input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from threading import RLock
from typing import Any, Literal

import matplotlib as mpl
import pylopdf_fonts_ko
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.typing import RcKeyType

from observers.analysis.figure_labels import Labels
from observers.analysis.paper import GENERAL_DOCTORS, OPHTHALMOLOGISTS

Kind = Literal["svg", "png"]
NARROW = 7.0
"""Width in inches below which the badge is set smaller, to clear the title."""

INK, QUIET, RULE = "#1f2430", "#6b7280", "#d5d9e0"
PAPER = "#8a8f98"
ORIGINAL, MANIPULATED = "#1b9e77", "#c51b7d"
HEAD = 0.36
"""Room for title and badge, in inches."""


@dataclass(frozen=True)
class Mark:
    """
    How a group or the detector is drawn.

    Attributes
    ----------
    colour : str
        Colour.
    marker : str
        Marker of its points.
    dashes : tuple
        Line style, as offset and on-off lengths in points.
    """

    colour: str
    marker: str
    dashes: tuple[float, tuple[float, ...]]


DETECTOR = Mark("#000000", "D", (0, ()))  # solid
PAPER_DASHES = (0.0, (4.0, 2.5))
_KNOWN = {
    OPHTHALMOLOGISTS: Mark("#2166ac", "o", (0, (9.0, 1.4, 1.6, 1.4))),
    GENERAL_DOCTORS: Mark("#e08214", "s", (0, (4.2, 1.6))),
}
_OTHERS = (
    Mark("#762a83", "^", (0, (6.0, 1.5, 1.2, 1.5))),
    Mark("#1b7837", "v", (0, (2.2, 1.4))),
    Mark("#8c510a", "P", (0, (9.0, 1.5, 1.2, 1.5, 1.2, 1.5))),
    Mark("#01665e", "X", (0, (1.2, 1.2))),
)


def marks_of(groups: Mapping[str, Any]) -> dict[str, Mark]:
    """
    Give each group its mark.

    Parameters
    ----------
    groups : mapping
        Groups by key, in order.

    Returns
    -------
    dict of str to Mark
        The paper's two groups have fixed marks, others take the next free one.
    """
    others = [key for key in groups if key not in _KNOWN]
    spare = {key: _OTHERS[i % len(_OTHERS)] for i, key in enumerate(others)}
    return {key: _KNOWN.get(key) or spare[key] for key in groups}


def handle(mark: Mark, label: str, *, width: float = 2.2) -> Line2D:
    """
    Make a legend entry.

    Parameters
    ----------
    mark : Mark
        How it is drawn.
    label : str
        Its text.
    width : float, optional
        Line width in points.

    Returns
    -------
    matplotlib.lines.Line2D
        The entry.
    """
    return Line2D(
        [],
        [],
        color=mark.colour,
        linestyle=mark.dashes,
        linewidth=width,
        marker=mark.marker,
        markersize=5.5,
        label=label,
    )


def new_figure(width: float, height: float, *, automatic: bool = True) -> Figure:
    """
    Start an empty figure with room for title and badge on top.

    Parameters
    ----------
    width : float
        Width in inches.
    height : float
        Height in inches.
    automatic : bool, optional
        Lay the parts out automatically.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, white.
    """
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    if automatic:
        engine = ConstrainedLayoutEngine(
            h_pad=0.06, w_pad=0.06, rect=(0, 0, 1, 1 - HEAD / height)
        )
        figure.set_layout_engine(engine)
    return figure


def tidy(axes: Axes) -> None:
    """
    Give axes quiet spines and ticks.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    """
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(QUIET)
        axes.spines[side].set_linewidth(0.8)
    axes.tick_params(colors=INK, labelsize=8, width=0.8, length=3)


def finish(figure: Figure, title: str, labels: Labels, kind: Kind) -> bytes:
    """
    Add title and badge, and give the figure as a file's bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    title : str
        Its title.
    labels : Labels
        Supplies the badge.
    kind : {"svg", "png"}
        Format; PNG at 200 dots an inch.

    Returns
    -------
    bytes
        The file: the same for the same figure.
    """
    middle = 1 - 0.5 * HEAD / figure.get_figheight()
    figure.text(
        0.012,
        middle,
        title,
        va="center",
        fontsize=11,
        fontweight="bold",
        color=INK,
    )
    if labels.banner:
        figure.text(
            0.985,
            middle,
            labels.banner.upper(),
            ha="right",
            va="center",
            fontsize=8 if figure.get_figwidth() > NARROW else 6.5,
            fontweight="bold",
            color="white",
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "#b45309", "lw": 0},
        )
    named = f"{title} ({labels.banner})" if labels.banner else title
    metadata: dict[str, Any] = {"Title": named}
    if kind == "svg":
        metadata["Date"] = None
    else:
        metadata["Software"] = None
    file = BytesIO()
    figure.savefig(file, format=kind, dpi=200, metadata=metadata)
    return file.getvalue()


@contextmanager
def drawing() -> Iterator[None]:
    """
    Draw with this house's settings; one figure at a time, they are global.

    Yields
    ------
    None
        While the settings hold.
    """
    with _ONE_AT_A_TIME, mpl.rc_context(_SETTINGS):
        yield


_ONE_AT_A_TIME = RLock()
_SETTINGS: dict[RcKeyType, Any] = {
    "svg.hashsalt": "fundus-study",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans", "Noto Sans KR"],
}


def _register_fonts() -> None:
    folder = Path(pylopdf_fonts_ko.__file__).parent
    for file in sorted(folder.glob("NotoSans*.otf")):
        font_manager.fontManager.addfont(file)
        regular = font_manager.fontManager.ttflist[-1]
        bold = replace(regular, weight="bold")  # drawn regular: there is no other
        font_manager.fontManager.ttflist.append(bold)


_register_fonts()
