"""What the rail of every page may offer to the one who looks at it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from forgery import policies


class Desk:
    """Which desks the user may enter; asked once and only when a page wants it."""

    def __init__(self, request: HttpRequest) -> None:
        user = getattr(request, "user", None)
        self.looks = bool(
            user
            and user.is_authenticated
            and policies.can(policies.check_can_look, user)
        )


def desk(request: HttpRequest) -> dict[str, Any]:
    """Offer ``desk.looks``: whether pools, models, people and activity are open."""
    return {"desk": SimpleLazyObject(lambda: Desk(request))}
