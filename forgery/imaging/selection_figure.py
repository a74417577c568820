"""The distributions that justify the selection's thresholds, as one figure."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forgery.imaging.selection import RULES, THRESHOLDS, Measures, Rule, Thresholds

_KEPT, _LEFT_OUT = "#3b6ea5", "#b5482f"
_COLUMNS = 4


def threshold_figure(
    measures: Sequence[Measures],
    thresholds: Thresholds = THRESHOLDS,
    *,
    kind: str = "svg",
) -> bytes:
    """
    Draw each measure's distribution with its bound.

    Parameters
    ----------
    measures : sequence of Measures
        One a photograph; at least one.
    thresholds : Thresholds
        The bounds to draw.
    kind : str
        ``svg`` or ``png``.

    Returns
    -------
    bytes
        The figure: one histogram a rule, what its bound cuts off in red. Equal
        measures give equal bytes.

    Raises
    ------
    ValueError
        If there are no measures, or the kind is another.
    """
    if not measures or kind not in {"svg", "png"}:
        msg = f"needs measures and svg or png, has {len(measures)} and {kind!r}"
        raise ValueError(msg)
    rows = -(-len(RULES) // _COLUMNS)
    with mpl.rc_context({"svg.hashsalt": "selection", "svg.fonttype": "path"}):
        figure = Figure(figsize=(3.2 * _COLUMNS, 2.6 * rows))
        figure.subplots_adjust(0.04, 0.07, 0.99, 0.93, wspace=0.2, hspace=0.35)
        axes = np.ravel(figure.subplots(rows, _COLUMNS, squeeze=False))
        for axis, rule in zip(axes, RULES, strict=False):
            _histogram(axis, rule, measures, thresholds)
        for axis in axes[len(RULES) :]:
            axis.set_axis_off()
        buffer = io.BytesIO()
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()


def _histogram(
    axis: Axes, rule: Rule, measures: Sequence[Measures], thresholds: Thresholds
) -> None:
    values = np.array([getattr(one, rule.measure) for one in measures], dtype=float)
    broken = np.array([rule.broken_by(one, thresholds) for one in measures])
    bound = getattr(thresholds, rule.bound)
    low, high = min(values.min(), bound), max(values.max(), bound)
    edges = np.linspace(low, high if high > low else low + 1, 41).tolist()
    axis.hist(
        [values[~broken], values[broken]], edges, color=[_KEPT, _LEFT_OUT], stacked=True
    )
    axis.axvline(bound, color=_LEFT_OUT, linewidth=1)
    axis.set_title(
        f"{rule.measure}: bound {bound:g}, {broken.sum()} of {len(values)} out",
        fontsize=9,
    )
    axis.tick_params(labelsize=7)
