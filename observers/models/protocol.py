"""The protocol of a study: every rule as data, read by all and changed by nobody.

A frozen dataclass stands for the JSON document in ``Study.protocol``. Whatever a
document leaves out has the default that follows the paper (S6); whatever it says
too much or wrongly is refused, naming the field. The SHA-256 of the canonical
JSON is fixed when the study is frozen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from observers.models.analysis_plan import AnalysisPlan
from observers.models.protocol_checks import (
    check_choices,
    check_lists,
    check_numbers,
    check_reading,
    check_texts,
)
from observers.models.protocol_fields import (
    canonical,
    digest_of,
    known_fields,
    part,
    refuse,
    rows,
    texts,
)
from observers.models.protocol_parts import (
    KEEP_VIEW,
    LATIN_SQUARE,
    LEAVE_OUT,
    MATCHED,
    NO_MARKS,
    NO_REVIEW,
    PAPER_GROUPS,
    RESET_VIEW,
    REVIEW,
    SAME_ORDER,
    TOOLS,
    UNEQUAL,
    UNEQUAL_WARNING,
    Group,
    Profile,
    Scale,
)

__all__ = [
    "KEEP_VIEW",
    "LATIN_SQUARE",
    "MATCHED",
    "NO_REVIEW",
    "PAPER_GROUPS",
    "RESET_VIEW",
    "REVIEW",
    "SAME_ORDER",
    "UNEQUAL",
    "Group",
    "Profile",
    "Protocol",
    "Scale",
    "refuse",
]
TUPLES = ("lesions", "manipulators", "clusters", "cannot_rate", "tools")


@dataclass(frozen=True)
class Protocol:
    """Every rule of a study. See each field for its meaning and default."""

    lesions: tuple[str, ...]
    """Keys of the domain's lesions, one OPT set each, in the order of tables."""
    n_original: int = 45
    """Original cases per set."""
    n_manipulated: int = 5
    """Manipulated cases per set."""
    groups: tuple[Group, ...] = PAPER_GROUPS
    """Groups of readers."""
    question: str = "How confident are you that this image is manipulated?"
    """What the reader is asked about each case."""
    scale: Scale = field(default_factory=Scale)
    """The rating scale."""
    set_order: str = LATIN_SQUARE
    """Order of the sets: ``latin-square`` over readers, or ``same-order``."""
    tell_prevalence: bool = False
    """Whether readers are told how many cases of a set are manipulated."""
    reader_profile: Profile = field(default_factory=Profile)
    """One rendering for both classes."""
    filters: str = MATCHED
    """``matched``, or ``unequal`` as in the paper, which carries a warning."""
    manipulators: tuple[str, ...] = ()
    """Names of the manipulators; empty until freezing takes the newest that fit."""
    clusters: tuple[str, ...] = ()
    """Names of the clusters to draw from; empty for all set aside for OPT sets."""
    seed: int = 1
    """Seed of the draw of cases and of every reading order."""
    undo_seconds: int = 10
    """How long the last rating may be taken back; 0 for never."""
    review: str = NO_REVIEW
    """``none`` (forward only) or ``before-finish``."""
    cannot_rate: tuple[str, ...] = ("The image cannot be judged", "Technical fault")
    """Reasons a reader may give instead of a score; empty when each must be rated."""
    marks: str = NO_MARKS
    """``none``, ``point``, ``ellipse`` or ``both``: regions a reader may mark."""
    tools: tuple[str, ...] = TOOLS
    """Tools of the viewer, the same for every reader."""
    view: str = RESET_VIEW
    """``reset`` the zoom at each case, or ``keep`` it."""
    practice: int = 0
    """Number of practice cases, read first, with feedback; 0 for none."""
    consent: str = ""
    """What a reader agrees to before the first case; empty to ask for nothing."""
    withdrawal: str = LEAVE_OUT
    """Ratings of who withdraws: ``leave-out`` of the analysis, or ``keep``."""
    instructions: str = ""
    """What a reader is told before a set, beside what the page itself says."""
    contact: str = ""
    """Whom readers ask: stands in each e-mail and beside the consent."""
    reminder_days: int = 3
    """Days between two reminders to a reader who is late; 0 sends none by itself."""
    conditions_check: bool = False
    """Whether screen and sight are checked once on each device."""
    rounds: int = 1
    """How often each set is read."""
    washout_days: int = 0
    """Days between finishing a set and reading it again."""
    debrief: bool = False
    """Whether readers see their result beside truth after the lock."""
    analysis: AnalysisPlan = field(default_factory=AnalysisPlan)
    """What the pre-registered analysis tests: hypothesis, margin, level."""
    version: int = 1
    """Version of this document's format."""

    def __post_init__(self) -> None:
        """Refuse a protocol that could not be run, naming the field."""
        check_lists(self)
        check_numbers(self)
        check_choices(self)
        check_texts(self)
        check_reading(self)

    @property
    def cases_per_set(self) -> int:
        """Number of cases in one set."""
        return self.n_original + self.n_manipulated

    @property
    def warnings(self) -> tuple[str, ...]:
        """What every page and report of the study must say about its design."""
        return (UNEQUAL_WARNING,) if self.filters == UNEQUAL else ()

    def to_dict(self) -> dict[str, Any]:
        """Return the protocol as JSON-ready data."""
        return dict(json.loads(json.dumps(asdict(self))))

    def canonical(self) -> str:
        """Return the one text that is hashed: sorted keys, no spaces, UTF-8."""
        return canonical(self.to_dict())

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text."""
        return digest_of(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Protocol:
        """Read a document; fields left out have their defaults."""
        values = known_fields("protocol", cls, data)
        for name in TUPLES:
            if name in values:
                values[name] = texts(name, values[name])
        if "groups" in values:
            values["groups"] = tuple(
                part(f"groups[{i}]", Group, row)
                for i, row in enumerate(rows("groups", values["groups"]))
            )
        if "scale" in values:
            values["scale"] = scale_of(values["scale"])
        if "reader_profile" in values:
            values["reader_profile"] = part(
                "reader_profile", Profile, values["reader_profile"]
            )
        if "analysis" in values:
            values["analysis"] = part("analysis", AnalysisPlan, values["analysis"])
        try:
            return cls(**values)
        except TypeError as fault:
            refuse("protocol", str(fault))
            raise


def scale_of(data: Any) -> Scale:
    """Read the scale with its labels."""
    values = known_fields("scale", Scale, data)
    if "labels" in values:
        values["labels"] = texts("scale.labels", values["labels"])
    scale: Scale = part("scale", Scale, values)
    return scale
