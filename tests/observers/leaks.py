"""Ways to plant a leak, for tests that a blinding audit finds it and names it."""

import struct
import time
import zlib
from collections.abc import Callable
from typing import Any

from django.db.models import F
from django.http import HttpResponse

from observers import api
from observers.models import Case, CaseTruth, PlanItem, Session
from observers.services import plans

Change = Callable[[HttpResponse, bool], Any]


def is_manipulated(token: str) -> bool:
    truths = CaseTruth.objects.filter(case__items__token=token)
    return truths.values_list("truth", flat=True).get() == "manipulated"


def in_images(change: Change) -> Callable[[Any], None]:
    """Change the image's answer."""

    def plant(patch: Any) -> None:
        serve = api.ImageApi.get

        def get(self, request, session, item):
            response = serve(self, request, session, item)
            return change(response, is_manipulated(item)) or response

        patch.setattr(api.ImageApi, "get", get)

    return plant


def in_states(change: Callable[[Any, bool], Any]) -> Callable[[Any], None]:
    """Change the answer that names the current case."""

    def plant(patch: Any) -> None:
        payload = api.state_payload

        def changed(session, position, room):
            state = payload(session, position, room)
            token = state["current"]["token"]
            return change(state, token is not None and is_manipulated(token)) or state

        patch.setattr(api, "state_payload", changed)

    return plant


def in_files(change: Callable[[bytes, bool], bytes]) -> Callable[[Any], None]:
    """Change the files of a frozen study."""

    def plant(_patch: Any) -> None:
        for case in Case.objects.select_related("truth"):
            with case.file.open("rb") as handle:
                data = handle.read()
            with case.file.storage.open(case.file.name, "wb") as handle:
                handle.write(change(data, case.truth.truth == "manipulated"))

    return plant


def in_plans(change: Callable[[Session], None]) -> Callable[[Any], None]:
    """Change a plan after it is made."""

    def plant(patch: Any) -> None:
        make = plans.make_session

        def made(*arguments, **named):
            session = make(*arguments, **named)
            change(session)
            return session

        patch.setattr(plans, "make_session", made)
        for session in Session.objects.all():
            change(session)

    return plant


def header(name: str, manipulated: str, original: str | None = None) -> Change:
    """Set a header by class; None leaves it out."""

    def change(response: HttpResponse, forged: bool) -> None:
        value = manipulated if forged else original
        if value is not None:
            response[name] = value

    return change


def chunk(name: bytes, content: bytes) -> bytes:
    crc = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)


def with_chunk(name: bytes, manipulated: bytes, original: bytes | None = None) -> Any:
    """Put a chunk after IHDR, by class."""

    def change(data: bytes, forged: bool) -> bytes:
        content = manipulated if forged else original
        put = b"" if content is None else chunk(name, content)
        return data[:33] + put + data[33:]

    return change


def slower(seconds: float) -> Change:
    def change(_response: HttpResponse, forged: bool) -> None:
        if forged:
            time.sleep(seconds)

    return change


def by_class(session: Session) -> list[PlanItem]:
    items = session.items.select_related("case__truth").order_by("position")
    return sorted(items, key=lambda item: item.case.truth.truth)


def manipulated_first(session: Session) -> None:
    items = by_class(session)
    session.items.update(position=100 + F("position"))
    for place, item in enumerate(items, start=1):
        PlanItem.objects.filter(pk=item.pk).update(position=place)


def tokens_in_order(session: Session) -> None:
    for i, item in enumerate(by_class(session)):
        token = f"{1000 * session.pk + i:022d}"
        PlanItem.objects.filter(pk=item.pk).update(token=token)
