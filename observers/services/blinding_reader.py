"""What the hostile reader asks about every case: all that the reading room answers.

Each case is asked for in the same way, so that whatever differs between two cases
comes from the server. Images and states are fetched several times in random order.
"""

from __future__ import annotations

import random
import uuid
import warnings
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _

from forgery.imaging import fundus
from forgery.imaging.errors import UnreadableImage
from observers.analysis.blinding_border import Pixels, border
from observers.analysis.blinding_invariants import Seen
from observers.analysis.blinding_mentions import Mention
from observers.analysis.blinding_reply import Facts, Told
from observers.exceptions import WrongState
from observers.models import PlanItem, Session
from observers.models.protocol_parts import BINARY, ORDINAL, SLIDER, Scale
from observers.services.blinding_client import Browser, body_of
from observers.services.blinding_probe import DEVICE
from observers.visibility import LOOK_AHEAD

FETCHES = 5
"""How often each image and state is fetched; the median time counts."""
IMAGE = "the image"
VARIANTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("HEAD of the image", "HEAD", {}),
    ("OPTIONS of the image", "OPTIONS", {}),
    ("a part of the image", "GET", {"Range": "bytes=0-99"}),
    ("the unchanged image", "GET", {"If-None-Match": "*"}),
    (
        "the old image",
        "GET",
        {"If-Modified-Since": "Thu, 01 Jan 2037 00:00:00 GMT"},
    ),
    ("the Korean image", "GET", {"Accept-Language": "ko"}),
    ("the compressed image", "GET", {"Accept-Encoding": "gzip, br"}),
    ("a page as the image", "GET", {"Accept": "text/html"}),
    *((f"{method} of the image", method, {}) for method in ("POST", "PUT", "PATCH")),
    ("DELETE of the image", "DELETE", {}),
)
"""Requests for the image that a browser of the reading room never sends."""
ENDINGS = (
    ("the image with a question", "?truth=1&debug=1"),
    ("the image in another format", "?format=api"),
    ("a misspelt image", "x/"),
)
"""What to write behind the address of the image."""
WRONG: tuple[tuple[str, dict[str, Any]], ...] = (
    ("an empty rating", {}),
    ("a rating off the scale", {"score": 101}),
    ("an unknown reason", {"score": None, "cannot_rate": "no such reason"}),
)

MUST_WORK = {
    IMAGE: 200,
    "the state": 200,
    "the page": 200,
    "the rating": 201,
    "the rating again": 200,
    "the end": 200,
}
"""Without these a reader sees nothing, and an audit proves nothing."""


class HostileReader:
    """Reads one session to its end, asking more than a reader would."""

    def __init__(self, session: Session, number: int, cases: dict[int, int]) -> None:
        self.session = session
        self.number = number
        self.cases = cases
        self.items = list(session.items.order_by("position"))
        self.token = session.token
        self.is_practice = session.opt_set.is_practice
        self.browser = self.browser_of(session.enrolment.user)
        self.nobody = self.browser_of(None)
        self.facts: dict[int, list[Facts]] = defaultdict(list)
        self.mentions: dict[str, list[tuple[str, Mention]]] = defaultdict(list)
        self.entries: dict[str, tuple[str, ...]] = {}
        self.borders: dict[int, Pixels] = {}
        self.presentation = ""
        rules = session.enrolment.study.rules
        self.can_undo = rules.undo_seconds > 0 and not self.is_practice
        self.scale = rules.scale

    def browser_of(self, user: Any | None) -> Browser:
        """Open a browser that knows the session's tokens."""
        return Browser(
            user,
            self.token,
            [item.token for item in self.items],
            device=str(DEVICE),
            may_tell=("feedback",) if self.is_practice else (),
        )

    def read(self, rng: random.Random) -> None:
        """Read every case."""
        self.ask(None, "begin", "POST", "begin")
        for warming in range(2):
            self.ask(None, f"warm up {warming}", "GET", "room")
        for place, item in enumerate(self.items):
            self.fetch(item, self.items[place + 1 : place + 1 + LOOK_AHEAD], rng)
            self.pry(item)
            self.rate(item, version=1)
            if self.can_undo:
                self.ask(item, "undo", "POST", "api-undo")
                self.ask(item, "the taken back image", "GET", "api-image", item)
                self.rate(item, version=2)
        self.ask(None, "the end", "POST", "api-finish")
        for view in ("home", "room", "finished", "debrief", "api-state"):
            self.ask(None, f"{view} after the end", "GET", view)
        for item in self.items:
            self.ask(item, "the finished set's image", "GET", "api-image", item)
            self.ask(item, "a late review", "POST", "api-review", item)

    def look_again(self) -> None:
        """Ask once more, when the study is closed."""
        for view in ("home", "room", "finished", "debrief", "api-state"):
            self.ask(None, f"{view} of the closed study", "GET", view)
        for item in self.items:
            self.ask(item, "the closed study's image", "GET", "api-image", item)
            body = self.rating(1)
            kind = "a rating of the closed study"
            self.ask(item, kind, "POST", "api-rating", item, body=body)

    def results(self) -> list[Seen]:
        """Return what each case told."""
        return [self.seen(place, item) for place, item in enumerate(self.items)]

    def ask(
        self,
        about: PlanItem | None,
        kind: str,
        method: str,
        view: str,
        item: PlanItem | None = None,
        **more: Any,
    ) -> Any:
        """Ask, as the reader or by another browser, and keep what the answer tells."""
        browser = more.pop("browser", self.browser)
        ending = more.pop("ending", "")
        arguments = [self.token, *([item.token] if item else [])]
        arguments = [] if view == "home" else arguments
        address = reverse(f"observers:{view}", args=arguments) + ending
        told, response = browser.ask(kind, method, address, **more)
        self.keep(about, kind, told)
        wanted = MUST_WORK.get(kind, response.status_code)
        if response.status_code != wanted:
            raise WrongState(
                _("The audit cannot read: {kind} was answered with {status}.").format(
                    kind=kind, status=response.status_code
                )
            )
        return response

    def keep(self, about: PlanItem | None, kind: str, told: Told) -> None:
        """Keep what an answer told about its case, and about others."""
        if about is not None:
            self.facts[about.pk].append(told.facts)
        for token, mention in told.mentions:
            self.mentions[token].append((kind, mention))
        for place, entries in told.patterns.items():
            self.entries[f"entry at {place} in {kind}"] = entries

    def fetch(
        self, item: PlanItem, ahead: Sequence[PlanItem], rng: random.Random
    ) -> None:
        """Fetch what a browser fetches, several times in random order."""
        wanted: list[tuple[PlanItem, str, str, PlanItem | None]] = [
            (item, IMAGE, "api-image", item),
            (item, "the state", "api-state", None),
        ] * FETCHES
        for steps, later in enumerate(ahead, start=1):
            wanted += [(later, f"the image {steps} ahead", "api-image", later)] * 2
        wanted += [(item, "the page", "room", None)] * 2
        rng.shuffle(wanted)
        for about, kind, view, target in wanted:
            response = self.ask(about, kind, "GET", view, target)
            if kind == IMAGE:
                self.presentation = response.headers.get("X-Presentation", "")
                self.look_at(item, response)

    def look_at(self, item: PlanItem, response: Any) -> None:
        """Keep the surround of the retina, once a case."""
        case = self.cases[item.case_id]
        if case not in self.borders:
            try:
                with warnings.catch_warnings(action="ignore"):
                    image = fundus.decode(body_of(response)[0], name="an image")
            except UnreadableImage:
                image = np.zeros((0, 0, 3), np.uint8)
            self.borders[case] = border(image)

    def pry(self, item: PlanItem) -> None:
        """Ask what no browser of the reading room asks."""
        for kind, method, headers in VARIANTS:
            self.ask(item, kind, method, "api-image", item, headers=headers)
        for kind, ending in ENDINGS:
            self.ask(item, kind, "GET", "api-image", item, ending=ending)
        for view, method in (("image", "GET"), ("rating", "POST")):
            kind, body = f"the {view} without a login", {"score": 1}
            self.ask(
                item, kind, method, f"api-{view}", item, browser=self.nobody, body=body
            )
        for kind, body in WRONG:
            self.ask(item, kind, "POST", "api-rating", item, body=body)
        self.ask(item, "a GET of the rating", "GET", "api-rating", item)
        self.ask(item, "OPTIONS of the rating", "OPTIONS", "api-rating", item)
        self.ask(item, "OPTIONS of the state", "OPTIONS", "api-state")
        self.ask(item, "an early review", "POST", "api-review", item)
        korean = {"Accept-Language": "ko"}
        self.ask(item, "the Korean page", "GET", "room", headers=korean)
        self.ask(item, "HEAD of the page", "HEAD", "room")
        self.ask(item, "an early finish page", "GET", "finished")
        self.ask(item, "the first page", "GET", "home")
        self.ask(item, "an early end", "POST", "api-finish")

    def rate(self, item: PlanItem, *, version: int) -> None:
        """Rate a case, send the rating again, then others for the same case."""
        name = "the rating" if version == 1 else "the second rating"
        body = self.rating(version)
        self.ask(item, name, "POST", "api-rating", item, body=body)
        for _again in range(2):
            self.ask(item, f"{name} again", "POST", "api-rating", item, body=body)
        changed = self.rating(version, high=True)
        changed["idempotency_key"] = body["idempotency_key"]
        self.ask(item, "a changed rating", "POST", "api-rating", item, body=changed)
        late = self.rating(version)
        self.ask(item, "a late rating", "POST", "api-rating", item, body=late)
        self.ask(item, "the rated image", "GET", "api-image", item)

    def rating(self, version: int, *, high: bool = False) -> dict[str, Any]:
        """Write the same rating for every case, or the same other one."""
        return {
            "score": None,
            "answer": given(self.scale, high=high),
            "cannot_rate": "",
            "timing": {"paint_ms": 20, "elapsed_ms": 1500, "active_ms": 1500},
            "idempotency_key": str(uuid.uuid4()),
            "version": version,
            "presentation": self.presentation,
        }

    def seen(self, place: int, item: PlanItem) -> Seen:
        """Put together what a case told."""
        left = len(self.items) - 1 - place
        return Seen(
            case=self.cases[item.case_id],
            session=self.number,
            place=place_name(self.number, place, left),
            texts={"token": item.token},
            numbers=numbers_of(item.position, len(self.items), self.number),
            facts=self.facts[item.pk],
            mentions=self.mentions[item.token],
            entries={name: all_[place] for name, all_ in self.entries.items()},
            border=self.borders.get(self.cases[item.case_id]),
        )


def given(scale: Scale, *, high: bool) -> dict[str, Any]:
    """Answer on the protocol's scale."""
    if scale.kind == ORDINAL:
        return {"kind": ORDINAL, "level": int(high)}
    if scale.kind == BINARY:
        return {"kind": BINARY, "decision": "original", "confidence": 10 * int(high)}
    return {"kind": SLIDER, "value": scale.maximum if high else scale.minimum}


def place_name(session: int, before: int, left: int) -> str:
    """Name the places that answer differently by design: sets, and their two ends."""
    if left <= LOOK_AHEAD:
        return f"set {session}, {left} left"
    if before < LOOK_AHEAD:
        return f"set {session}, {before} before"
    return f"set {session}"


def numbers_of(position: int, total: int, session: int) -> dict[str, float]:
    """Return a case's place in the order as numbers that could carry a class."""
    return {
        "position": float(position),
        "parity of the position": float(position % 2),
        "position modulo 3": float(position % 3),
        "position modulo 4": float(position % 4),
        "position, by halves": float(2 * position > total),
        "session": float(session),
    }
