"""What a protocol refuses, naming the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.text import slugify
from django.utils.translation import gettext as _

from observers.models.protocol_fields import number, refuse, whole
from observers.models.protocol_parts import (
    BINARY,
    BOTH,
    ELLIPSE,
    KEEP,
    KEEP_VIEW,
    LATIN_SQUARE,
    LEAVE_OUT,
    MATCHED,
    NO_MARKS,
    NO_REVIEW,
    ORDINAL,
    POINT,
    RESET_VIEW,
    REVIEW,
    SAME_ORDER,
    SLIDER,
    TOOLS,
    UNEQUAL,
    Group,
    Scale,
)

if TYPE_CHECKING:
    from observers.models.protocol import Protocol

MAX_CASES, MAX_READERS, MAX_UNDO = 5000, 500, 3600
MAX_PRACTICE, MAX_ROUNDS, MAX_WASHOUT = 50, 3, 3650
MAX_REMINDER = 90
MAX_TEXT = 20_000
LABEL_COUNTS = (5, 6)


def check_lists(protocol: Protocol) -> None:
    """Lesions, groups and reasons: present, named and told apart."""
    if not protocol.lesions:
        refuse("lesions", _("needs at least one lesion"))
    if not protocol.groups:
        refuse("groups", _("needs at least one group of readers"))
    keys = [group.key for group in protocol.groups]
    for name, values in (
        ("lesions", protocol.lesions),
        ("groups", keys),
        ("manipulators", protocol.manipulators),
        ("clusters", protocol.clusters),
        ("cannot_rate", protocol.cannot_rate),
        ("tools", protocol.tools),
    ):
        if len(set(values)) != len(values):
            refuse(name, _("names the same thing twice"))
    for i, group in enumerate(protocol.groups):
        check_group(f"groups[{i}]", group)


def check_group(where: str, group: Group) -> None:
    """One group: a key fit for addresses, a name, plausible numbers."""
    if not isinstance(group.key, str) or slugify(group.key) != group.key:
        refuse(
            f"{where}.key",
            _("{key!r} must be lower-case letters, digits and hyphens").format(
                key=group.key
            ),
        )
    if not isinstance(group.name, str) or not group.name.strip():
        refuse(f"{where}.name", _("must be a text"))
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
        ("marks", (NO_MARKS, POINT, ELLIPSE, BOTH)),
        ("view", (RESET_VIEW, KEEP_VIEW)),
        ("withdrawal", (LEAVE_OUT, KEEP)),
    ):
        if getattr(protocol, name) not in allowed:
            refuse(
                name,
                _("{value!r} is not one of {known}").format(
                    value=getattr(protocol, name), known=", ".join(allowed)
                ),
            )
    for name in ("tell_prevalence", "conditions_check", "debrief"):
        if not isinstance(getattr(protocol, name), bool):
            refuse(name, _("must be true or false"))


def check_texts(protocol: Protocol) -> None:
    """Question, consent and instructions: texts, the first of them not empty."""
    if not isinstance(protocol.question, str) or not protocol.question.strip():
        refuse("question", _("must be a text"))
    for name in ("consent", "instructions", "contact"):
        value = getattr(protocol, name)
        if not isinstance(value, str):
            refuse(name, _("must be a text"))
        if len(value) > MAX_TEXT:
            refuse(
                name,
                _("is longer than {limit} characters").format(limit=MAX_TEXT),
            )


def check_reading(protocol: Protocol) -> None:
    """Practice, rounds, washout and tools: in range and known."""
    whole("practice", protocol.practice, 0, MAX_PRACTICE)
    whole("rounds", protocol.rounds, 1, MAX_ROUNDS)
    whole("washout_days", protocol.washout_days, 0, MAX_WASHOUT)
    whole("reminder_days", protocol.reminder_days, 0, MAX_REMINDER)
    for tool in protocol.tools:
        if tool not in TOOLS:
            refuse(
                "tools",
                _("{value!r} is not one of {known}").format(
                    value=tool, known=", ".join(TOOLS)
                ),
            )
    check_scale(protocol.scale)


def check_scale(scale: Scale) -> None:
    """Five or six labels for an ordinal scale, none for another."""
    kinds = (SLIDER, ORDINAL, BINARY)
    if scale.kind not in kinds:
        refuse(
            "scale.kind",
            _("{value!r} is not one of {known}").format(
                value=scale.kind, known=", ".join(kinds)
            ),
        )
    if scale.kind != ORDINAL:
        if scale.labels:
            refuse("scale.labels", _("belong to an ordinal scale alone"))
        return
    if len(scale.labels) not in LABEL_COUNTS:
        refuse(
            "scale.labels",
            _("must be 5 or 6 texts, not {n}").format(n=len(scale.labels)),
        )
    if len(set(scale.labels)) != len(scale.labels):
        refuse("scale.labels", _("names the same thing twice"))
