"""The parts of a protocol, its named options, and the paper's groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

LATIN_SQUARE = "latin-square"
SAME_ORDER = "same-order"
MATCHED, UNEQUAL = "matched", "unequal"
NO_REVIEW, REVIEW = "none", "before-finish"
SLIDER, ORDINAL, BINARY = "slider", "ordinal", "binary"
NO_MARKS, POINT, ELLIPSE, BOTH = "none", "point", "ellipse", "both"
TOOLS = ("zoom", "magnifier", "adjust", "red-free", "invert")
RESET_VIEW, KEEP_VIEW = "reset", "keep"
LEAVE_OUT, KEEP = "leave-out", "keep"
UNEQUAL_WARNING = (
    "Unequal filters: originals skip the last blur that manipulated images get, as in "
    "the paper. Readers and detectors can then tell the classes by sharpness alone; "
    "results say so."
)


@dataclass(frozen=True)
class Group:
    """One group of readers whose figures are reported together."""

    key: str
    """Short name in addresses, files and result.json."""
    name: str
    """Name in tables and figures."""
    n_readers: int = 0
    """How many readers are planned; the desk shows who is missing."""
    min_years: float = 0.0
    """Least experience in years, as the paper states it."""


@dataclass(frozen=True)
class Scale:
    """The rating scale: confidence that the image is manipulated."""

    kind: str = SLIDER
    """``slider``, ``ordinal`` (one of five or six labels) or ``binary`` (a decision
    and how confident it is); each is stored as 0 to 100."""
    minimum: int = 0
    maximum: int = 100
    step: int = 1
    low: str = "not at all"
    middle: str = "undecided"
    high: str = "certain"
    labels: tuple[str, ...] = ()
    """Labels of an ordinal scale, from surely original to surely manipulated."""


@dataclass(frozen=True)
class Profile:
    """How every case of either class is rendered (forgery's ReaderProfile)."""

    name: str = "reader"
    version: int = 1
    size: int = 512
    sharpen: bool = False
    blur_sigma: float = 0.0


def planned_groups(
    groups: Iterable[Group], planned: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return groups as a document has them, with other numbers of planned readers."""
    return [
        asdict(replace(group, n_readers=planned.get(group.key, group.n_readers)))
        for group in groups
    ]


PAPER_GROUPS = (
    Group("ophthalmologists", "Ophthalmologists", 3, 10.0),
    Group("general-doctors", "General doctors", 2, 5.0),
)
