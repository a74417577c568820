"""What a check of images says, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


def sentence(row: Mapping[str, Any]) -> str:
    """Say what a score means: a calibrated probability, and the call."""
    if row["problem"]:
        return _("Not scored: {problem}").format(problem=row["problem"])
    text = (
        _(
            "Where half of all images are manipulated, this one is with probability "
            "{p}: called manipulated."
        )
        if row["manipulated"]
        else _(
            "Where half of all images are manipulated, this one is with probability "
            "{p}: called original."
        )
    )
    return text.format(p=f"{min(max(row['probability'], 0.001), 0.999):.3f}")


def caveat() -> str:
    """Say for which images the probability holds."""
    return _(
        "The probability was calibrated on the detector's validation images. It does "
        "not hold for other cameras, other processing or another kind of forgery, and "
        "it is no finding about a patient."
    )
