"""An id for every request, on its log lines and its answer; permissions policy."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger("fundus_study.request")
current_id: ContextVar[str] = ContextVar("current_id", default="-")
SECRET = re.compile(r"^(/join/)[^/]+")
"""Whoever reads the log must not be let in by the links in it."""
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdFilter(logging.Filter):
    """Put the request's id on each log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the id; keep every line."""
        record.request_id = current_id.get()
        return True


class RequestId:
    """Give the request an id and log method, path, status and time: never content."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id in ``X-Request-ID``."""
        given = request.headers.get("X-Request-ID", "")
        request_id = given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        token = current_id.set(request_id)
        start = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            spent = round((time.monotonic() - start) * 1000)  # ms
            logger.info(
                "%s %s %s %d ms",
                request.method,
                SECRET.sub(r"\1...", request.path),
                response.status_code,
                spent,
            )
        finally:
            current_id.reset(token)
        return response


class PermissionsPolicy:
    """Tell the browser which of its powers no page here needs."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.header = ", ".join(
            f"{k}={v}" for k, v in settings.PERMISSIONS_POLICY.items()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the header."""
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", self.header)
        return response
