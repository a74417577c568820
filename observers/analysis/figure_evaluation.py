"""Figures of a detector's evaluation: ROC curves by family, and reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from observers.analysis.figure_labels import Labels
from observers.analysis.figure_style import (
    DETECTOR,
    QUIET,
    RULE,
    Mark,
    drawing,
    finish,
    marks_of,
    new_figure,
    tidy,
)

Points = Sequence[Sequence[float]]
_COLUMNS = 3
_SIDE = 2.6  # inches


def family_curves(curves: Mapping[str, Mapping[str, Points]]) -> bytes:
    """
    Draw a panel a family with the ROC curve of every judge.

    Parameters
    ----------
    curves : mapping
        By judge and family, points of false and true positive rate; the first judge
        is the detector.

    Returns
    -------
    bytes
        An SVG.
    """
    judges = list(curves)
    families = sorted({family for one in curves.values() for family in one})
    rows = -(-len(families) // _COLUMNS)
    marks = _marks(judges)
    with drawing():
        figure = new_figure(_COLUMNS * _SIDE, rows * _SIDE + 0.9)
        for place, family in enumerate(families):
            axes = figure.add_subplot(rows, _COLUMNS, place + 1)
            tidy(axes)
            axes.plot([0, 1], [0, 1], color=RULE, linewidth=1, zorder=0)
            for judge in judges:
                points = curves[judge].get(family, [])
                mark = marks[judge]
                axes.plot(
                    [x for x, _ in points],
                    [y for _, y in points],
                    color=mark.colour,
                    linestyle=mark.dashes,
                    linewidth=1.6 if judge == judges[0] else 1,
                    label=judge if place == 0 else None,
                )
            axes.set_title(family, fontsize=8.5)
            axes.set_aspect("equal")
        figure.legend(loc="outside lower center", ncols=3, fontsize=7.5, frameon=False)
        return finish(figure, "ROC by family, matched and lossless", Labels(), "svg")


def reliability(bins: Mapping[str, Points]) -> bytes:
    """
    Draw how often a stated probability comes true.

    Parameters
    ----------
    bins : mapping
        By judge, mean probability, share manipulated and number of images a bin; the
        first judge is the detector.

    Returns
    -------
    bytes
        An SVG.
    """
    judges = list(bins)
    marks = _marks(judges)
    with drawing():
        figure = new_figure(4.6, 4.8)
        axes = figure.add_subplot()
        tidy(axes)
        axes.plot([0, 1], [0, 1], color=RULE, linewidth=1, zorder=0)
        for judge in judges:
            mark = marks[judge]
            axes.plot(
                [one[0] for one in bins[judge]],
                [one[1] for one in bins[judge]],
                color=mark.colour,
                linestyle=mark.dashes,
                marker=mark.marker,
                markersize=4,
                linewidth=1.6 if judge == judges[0] else 1,
                label=judge,
            )
        axes.set_xlabel("Stated probability", fontsize=8, color=QUIET)
        axes.set_ylabel("Share manipulated", fontsize=8, color=QUIET)
        axes.set_aspect("equal")
        axes.legend(fontsize=7, frameon=False)
        return finish(figure, "Reliability, all learned families", Labels(), "svg")


def _marks(judges: Sequence[str]) -> dict[str, Mark]:
    others = marks_of(dict.fromkeys(judges[1:]))
    return {judges[0]: DETECTOR} | others
