"""How often links that do not open may be tried: by address, and by first letters.

Only failures count, so nobody's own link is worn out by looking at it. Beyond the
limit nothing is looked up, and a link that would open is refused like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

PAUSE = 60 * 60  # seconds
PREFIX = 8  # letters


def address(request: HttpRequest) -> str:
    """Return where the request came from; in production as the proxy says."""
    told = request.headers.get("X-Forwarded-For", "") if settings.PRODUCTION else ""
    return told.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def is_shut(request: HttpRequest, token: str) -> bool:
    """Whether too many links failed from this address, or beginning like this."""
    failed = cache.get_many(list(keys(request, token))).values()
    return any(count >= settings.INVITATION_ATTEMPTS for count in failed)


def count_failure(request: HttpRequest, token: str) -> None:
    """Count one link that did not open."""
    for key in keys(request, token):
        if not cache.add(key, 1, PAUSE):
            with suppress(ValueError):  # it was forgotten just now
                cache.incr(key)


def keys(request: HttpRequest, token: str) -> Iterator[str]:
    """Name the two counters."""
    for what, name in (("address", address(request)), ("prefix", token[:PREFIX])):
        yield f"join-{what}-{sha256(name.encode()).hexdigest()}"
