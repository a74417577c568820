"""The detector against each baseline on the same images: means, and cells lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from detector.services.judges import DEFAULT
from observers.analysis.detection_bootstrap import Resampled, mean
from observers.services.evaluation.tables import MACRO, Key, Table, plain


def differences(
    parts: Sequence[Table], *, by: str, names: Sequence[str] = ()
) -> dict[str, Any]:
    """
    Compare the mean over all cells by lesion; the draws of clusters are shared.

    ``by`` says what the parts are, ``names`` how each is called where that is not
    the family.
    """
    labels = names or ["" for _ in parts]
    judges = {key.judge for table in parts for key in table.cells}
    found: dict[str, Any] = {}
    own = _by_cell(parts, labels, DEFAULT)
    average = mean([*own.values()])
    found["mean"] = {DEFAULT: plain(asdict(average.estimate))}
    for judge in sorted(judges - {DEFAULT}):
        other = _by_cell(parts, labels, judge)
        theirs = mean([*other.values()])
        lost = [
            {
                by: label or key.family,
                "family": key.family,
                "lesion": key.lesion,
                "default": round(own[label, key].value, 4),
                "baseline": round(other[label, key].value, 4),
            }
            for label, key in own
            if other[label, key].value > own[label, key].value
        ]
        found["mean"][judge] = plain(asdict(theirs.estimate))
        found[judge] = {
            "difference": plain(asdict((average - theirs).estimate)),
            "cells": len(own),
            "lost": lost,
        }
    return found


def _by_cell(
    parts: Sequence[Table], labels: Sequence[str], judge: str
) -> dict[tuple[str, Key], Resampled]:
    return {
        (label, Key("", key.family, "", key.lesion)): area
        for label, table in zip(labels, parts, strict=True)
        for key, (_, area) in table.cells.items()
        if key.judge == judge and not key.target and key.lesion != MACRO
    }
