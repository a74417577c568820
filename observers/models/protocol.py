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

from django.utils.text import slugify

from observers.models.analysis_plan import AnalysisPlan
from observers.models.protocol_fields import (
    canonical,
    digest_of,
    known_fields,
    number,
    part,
    refuse,
    rows,
    texts,
    whole,
)

LATIN_SQUARE = "latin-square"
SAME_ORDER = "same-order"
MATCHED, UNEQUAL = "matched", "unequal"
NO_REVIEW, REVIEW = "none", "before-finish"
MAX_CASES, MAX_READERS, MAX_UNDO = 5000, 500, 3600
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

    minimum: int = 0
    maximum: int = 100
    step: int = 1
    low: str = "not at all"
    middle: str = "undecided"
    high: str = "certain"


@dataclass(frozen=True)
class Profile:
    """How every case of either class is rendered (forgery's ReaderProfile)."""

    name: str = "reader"
    version: int = 1
    size: int = 512
    sharpen: bool = False
    blur_sigma: float = 0.0


PAPER_GROUPS = (
    Group("ophthalmologists", "Ophthalmologists", 3, 10.0),
    Group("general-doctors", "General doctors", 2, 5.0),
)


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
    analysis: AnalysisPlan = field(default_factory=AnalysisPlan)
    """What the pre-registered analysis tests: hypothesis, margin, level."""
    version: int = 1
    """Version of this document's format."""

    def __post_init__(self) -> None:
        """Refuse a protocol that could not be run, naming the field."""
        check_lists(self)
        check_numbers(self)
        check_choices(self)

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
        for name in ("lesions", "manipulators", "clusters", "cannot_rate"):
            if name in values:
                values[name] = texts(name, values[name])
        if "groups" in values:
            values["groups"] = tuple(
                part(f"groups[{i}]", Group, row)
                for i, row in enumerate(rows("groups", values["groups"]))
            )
        if "scale" in values:
            values["scale"] = part("scale", Scale, values["scale"])
        if "reader_profile" in values:
            values["reader_profile"] = part(
                "reader_profile", Profile, values["reader_profile"]
            )
        if "analysis" in values:
            values["analysis"] = part("analysis", AnalysisPlan, values["analysis"])
        try:
            return cls(**values)
        except TypeError as fault:
            refuse("protocol", f"{fault}")
            raise


def check_lists(protocol: Protocol) -> None:
    """Lesions, groups and reasons: present, named and told apart."""
    if not protocol.lesions:
        refuse("lesions", "needs at least one lesion")
    if not protocol.groups:
        refuse("groups", "needs at least one group of readers")
    keys = [group.key for group in protocol.groups]
    for name, values in (
        ("lesions", protocol.lesions),
        ("groups", keys),
        ("manipulators", protocol.manipulators),
        ("clusters", protocol.clusters),
        ("cannot_rate", protocol.cannot_rate),
    ):
        if len(set(values)) != len(values):
            refuse(name, "names the same thing twice")
    for i, group in enumerate(protocol.groups):
        check_group(f"groups[{i}]", group)


def check_group(where: str, group: Group) -> None:
    """One group: a key fit for addresses, a name, plausible numbers."""
    if not isinstance(group.key, str) or slugify(group.key) != group.key:
        refuse(
            f"{where}.key",
            f"{group.key!r} must be lower-case letters, digits and hyphens",
        )
    if not isinstance(group.name, str) or not group.name.strip():
        refuse(f"{where}.name", "must be a text")
    whole(f"{where}.n_readers", group.n_readers, 0, MAX_READERS)
    number(f"{where}.min_years", group.min_years, 0, 80)


def check_numbers(protocol: Protocol) -> None:
    """Check counts, seed, scale and sizes against their ranges."""
    whole("n_original", protocol.n_original, 1, MAX_CASES)
    whole("n_manipulated", protocol.n_manipulated, 1, MAX_CASES)
    whole("seed", protocol.seed, 0, 2**63 - 1)
    whole("undo_seconds", protocol.undo_seconds, 0, MAX_UNDO)
    whole("version", protocol.version, 1, 1)
    scale = protocol.scale
    whole("scale.minimum", scale.minimum, 0, 99)
    whole("scale.maximum", scale.maximum, scale.minimum + 1, 100)
    whole("scale.step", scale.step, 1, scale.maximum - scale.minimum)
    profile = protocol.reader_profile
    whole("reader_profile.size", profile.size, 16, 1024)
    number("reader_profile.blur_sigma", profile.blur_sigma, 0, 10)


def check_choices(protocol: Protocol) -> None:
    """Named options: one of those there are."""
    for name, allowed in (
        ("set_order", (LATIN_SQUARE, SAME_ORDER)),
        ("filters", (MATCHED, UNEQUAL)),
        ("review", (NO_REVIEW, REVIEW)),
    ):
        if getattr(protocol, name) not in allowed:
            refuse(
                name, f"{getattr(protocol, name)!r} is not one of {', '.join(allowed)}"
            )
    if not isinstance(protocol.tell_prevalence, bool):
        refuse("tell_prevalence", "must be true or false")
    if not isinstance(protocol.question, str) or not protocol.question.strip():
        refuse("question", "must be a text")
