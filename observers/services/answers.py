"""An answer on the protocol's scale, and marks on the image; what is off is refused.

Whatever the scale, the stored score is 0 to 100. An ordinal level i of n is
100 i / (n - 1); a decision with confidence c is 50 + c / 2 for 'manipulated' and
50 - c / 2 for 'original'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from observers.models.protocol import Protocol
from observers.models.protocol_parts import (
    BINARY,
    BOTH,
    ELLIPSE,
    NO_MARKS,
    ORDINAL,
    POINT,
    SLIDER,
)
from observers.services.timing import Times

MAX_MARKS = 20
CENT = Decimal("0.01")
SHAPES = {POINT: ("x", "y"), ELLIPSE: ("x", "y", "rx", "ry", "angle")}
DECISIONS = {"manipulated": 1, "original": -1}
CANNOT_RATE = {"kind": "cannot-rate"}
FULL_TURN = 2 * math.pi


@dataclass(frozen=True)
class Answer:
    """What a reader decided about one case."""

    score: Decimal | None
    """0 to 100; None exactly when it cannot be rated."""
    cannot_rate: str
    """One of the protocol's reasons, else empty."""
    times: Times
    """What the browser measured."""
    idempotency_key: UUID
    version: int = 1
    """Which version of the rating the reader believes to give."""
    given: dict[str, Any] | None = None
    """The answer as it was given; None where the score says it all (a slider)."""
    marks: list[Any] = field(default_factory=list)
    """Suspected regions."""
    presentation: str = ""
    """The signed token that came with the image."""


@dataclass(frozen=True)
class Settled:
    """An answer as it is stored."""

    score: Decimal | None
    answer: dict[str, Any]
    marks: list[dict[str, Any]]


def settle(rules: Protocol, answer: Answer) -> Settled:
    """Bring an answer into its one form, or refuse it."""
    if answer.cannot_rate:
        return Settled(None, check_reason(rules, answer), settled_marks(rules, answer))
    kind = rules.scale.kind
    given = answer.given
    if given is None:
        if kind != SLIDER or answer.score is None:
            raise WrongInput(_("Give a rating, or one of the reasons offered."))
        given = {"kind": SLIDER, "value": answer.score}
    if given.get("kind") != kind:
        raise WrongInput(_("This study is rated on another scale."))
    score, kept = READ[kind](rules, given)
    if answer.score is not None and answer.score != score:
        raise WrongInput(_("Score and answer say different things."))
    return Settled(score, kept, settled_marks(rules, answer))


def check_reason(rules: Protocol, answer: Answer) -> dict[str, Any]:
    """Accept one of the protocol's reasons, and no score beside it."""
    if answer.score is not None or answer.given not in (None, CANNOT_RATE):
        raise WrongInput(_("Give either a rating or a reason, not both."))
    if answer.cannot_rate not in rules.cannot_rate:
        raise WrongInput(_("Give a rating, or one of the reasons offered."))
    return dict(CANNOT_RATE)


def read_slider(
    rules: Protocol, given: dict[str, Any]
) -> tuple[Decimal, dict[str, Any]]:
    """Accept a value on the slider's steps."""
    scale = rules.scale
    value = plain_number(given.get("value"), "value")
    inside = scale.minimum <= value <= scale.maximum
    if not inside or (value - scale.minimum) % scale.step:
        raise WrongInput(
            _("The rating must lie between {low} and {high}.").format(
                low=scale.minimum, high=scale.maximum
            )
        )
    return Decimal(int(value)), {"kind": SLIDER, "value": int(value)}


def read_ordinal(
    rules: Protocol, given: dict[str, Any]
) -> tuple[Decimal, dict[str, Any]]:
    """Accept one of the levels, counted from 0."""
    last = len(rules.scale.labels) - 1
    level = whole(given.get("level"), "level", last)
    score = (Decimal(100 * level) / last).quantize(CENT)
    return score, {"kind": ORDINAL, "level": level}


def read_binary(
    _rules: Protocol, given: dict[str, Any]
) -> tuple[Decimal, dict[str, Any]]:
    """Accept a decision and how confident it is."""
    sign = DECISIONS.get(str(given.get("decision")))
    if sign is None:
        raise WrongInput(_("Decide: manipulated or original."))
    confidence = whole(given.get("confidence"), "confidence", 100)
    kept = {
        "kind": BINARY,
        "decision": given["decision"],
        "confidence": confidence,
    }
    return 50 + sign * Decimal(confidence) / 2, kept


READ = {SLIDER: read_slider, ORDINAL: read_ordinal, BINARY: read_binary}


def settled_marks(rules: Protocol, answer: Answer) -> list[dict[str, Any]]:
    """Accept the marks that the protocol allows, inside the image."""
    if not answer.marks:
        return []
    if rules.marks == NO_MARKS:
        raise WrongInput(_("This study takes no marks."))
    if len(answer.marks) > MAX_MARKS:
        raise WrongInput(_("At most {n} regions can be marked.").format(n=MAX_MARKS))
    return [settled_mark(rules, mark) for mark in answer.marks]


def settled_mark(rules: Protocol, mark: Any) -> dict[str, Any]:
    """Bring one mark into its one form: numbers with two decimals, inside."""
    kind = str(mark.get("kind")) if isinstance(mark, dict) else ""
    allowed = (POINT, ELLIPSE) if rules.marks == BOTH else (rules.marks,)
    if kind not in allowed:
        raise WrongInput(_("Marks of this kind are not asked for in this study."))
    names = (*SHAPES[kind], "confidence")
    if set(mark) != {"kind", *names}:
        raise WrongInput(
            _("A mark needs exactly: {names}.").format(names=", ".join(names))
        )
    found = {name: float(plain_number(mark[name], name)) for name in names}
    size = rules.reader_profile.size
    for name, value in found.items():
        low, high = bounds(name, size)
        if not low <= value <= high:
            raise WrongInput(_("A mark lies outside the image."))
    return {"kind": kind} | {n: round(v, 2) + 0.0 for n, v in found.items()}


def bounds(name: str, size: int) -> tuple[float, float]:
    """Return the least and greatest value of a mark's number."""
    if name == "angle":
        return -FULL_TURN, FULL_TURN
    if name == "confidence":
        return 0, 100
    return (0.01 if name in {"rx", "ry"} else 0), size


def plain_number(value: Any, name: str) -> Decimal:
    """Accept a finite number; refuse texts, truth values and the like."""
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise WrongInput(_("{name} must be a number.").format(name=name))
    return Decimal(str(value))


def whole(value: Any, name: str, last: int) -> int:
    """Accept a whole number from 0 to the last."""
    number = plain_number(value, name)
    if number % 1 or not 0 <= number <= last:
        raise WrongInput(
            _("{name} must be a whole number from 0 to {last}.").format(
                name=name, last=last
            )
        )
    return int(number)
