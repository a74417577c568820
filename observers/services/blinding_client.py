"""The hostile reader's browser: asks in this process and writes down every answer."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client

from observers.analysis.blinding_reply import Reply, Told, take_apart


class Browser:
    """Asks as one person, or as nobody; each answer is taken apart at once."""

    def __init__(
        self,
        user: Any | None,
        session: str,
        items: Sequence[str],
        *,
        device: str,
        may_tell: Sequence[str],
    ) -> None:
        self.user = user
        self.may_tell = may_tell
        self.session = session
        self.items = items
        host = next(iter(settings.ALLOWED_HOSTS), "localhost").lstrip(".*")
        self.client = Client(
            raise_request_exception=False, HTTP_HOST=host or "localhost"
        )
        if user is not None:
            self.client.force_login(user)
        self.client.cookies["fundus_device"] = device
        self.headers = {"X-Room": str(uuid.uuid4())}

    def ask(
        self,
        kind: str,
        method: str,
        address: str,
        *,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[Told, Any]:
        """Send one request; return what it tells and the answer itself."""
        self.lift_throttles()
        statements: list[str] = []
        asked_at, start = time.time(), time.perf_counter()
        with connection.execute_wrapper(listener(statements)):
            response = self.client.generic(
                method,
                address,
                json.dumps(body) if body is not None else "",
                content_type="application/json",
                secure=settings.PRODUCTION,
                headers=self.headers | (headers or {}),
            )
            content, pieces = body_of(response)
            content = without(content, self.may_tell)
        reply = Reply(
            kind=kind,
            status=response.status_code,
            headers=headers_of(response),
            body=content,
            seconds=time.perf_counter() - start,
            asked_at=asked_at,
            reason=response.reason_phrase,
            pieces=pieces,
            statements=statements,
            is_placed=not kind.endswith("image"),
        )
        return take_apart(reply, self.session, self.items), response

    def lift_throttles(self) -> None:
        """Forget how often the probe asked: it asks faster than a person may."""
        if self.user is None:
            return
        scopes = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
        names = [f"throttle_{scope}_{self.user.pk}" for scope in scopes]
        caches["process"].delete_many(names)


def listener(statements: list[str]) -> Callable[..., Any]:
    """Return a wrapper that writes down each statement's text."""

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        statements.append(sql)
        return execute(sql, params, many, context)

    return listen


def body_of(response: Any) -> tuple[bytes, str]:
    """Read the body to its end; say in what pieces it came."""
    if response.streaming:
        pieces = list(response.streaming_content)
        return b"".join(pieces), " ".join(str(len(one)) for one in pieces)
    return bytes(response.content), "whole"


def without(body: bytes, keys: Sequence[str]) -> bytes:
    """Take out of a JSON answer what it may tell: practice gives feedback."""
    if not keys or not body.startswith(b"{"):
        return body
    told = json.loads(body)
    kept = {key: value for key, value in told.items() if key not in keys}
    return json.dumps(kept).encode() if len(kept) < len(told) else body


def headers_of(response: Any) -> list[tuple[str, str]]:
    """Return the headers in their order, then the cookies."""
    cookies = [("Set-Cookie", one.OutputString()) for one in response.cookies.values()]
    return [*response.items(), *cookies]
