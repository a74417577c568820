"""Who is logged in: one question a request, session and user together."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from forgery.compiled import Compiled
from forgery.models import Login

LOGIN = Compiled(
    lambda key: Login.objects.select_related("user").filter(session_key=key),
    key=str,
)
came_along: ContextVar[User | None] = ContextVar("came_along", default=None)
"""The user read with the session, while this session's user is asked for."""


def asked_first(key: str | None) -> list[Login]:
    """Find a session; show by it whether the kept connection still lives.

    Django would ask ``SELECT 1`` before a request's first question, a third of the
    questions' cost. This is the first one: where it fails, it is asked once more on a
    new connection.
    """
    if connection.in_atomic_block:
        return LOGIN.rows(key=key)
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return LOGIN.rows(key=key)
    except (OperationalError, InterfaceError):
        connection.close()
        return LOGIN.rows(key=key)


class SessionStore(db.SessionStore):
    """Django's own sessions in the database, read together with their user."""

    user: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Login]:
        """Return the table of sessions."""
        return Login

    def create_model_instance(self, data: dict[str, Any]) -> Login:
        """Note whose session it is."""
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row  # type: ignore[no-any-return]

    def _get_session_from_db(self) -> Any:
        """Find the session that has not expired, as Django's store does."""
        found = asked_first(self.session_key)
        if found and found[0].expire_date > timezone.now():
            self.user = found[0].user
            return found[0]
        self._session_key = None
        return None


class Authentication(AuthenticationMiddleware):
    """Django's own, which need not ask for the user again."""

    def process_request(self, request: HttpRequest) -> None:
        """Give the request its user, found when first looked at."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))  # type: ignore[assignment]


def user_of(request: HttpRequest) -> Any:
    """Let Django check the session's user, which was read with the session."""
    request.session.get(SESSION_KEY)  # reads the session, if it has not been
    token = came_along.set(request.session.user)  # type: ignore[attr-defined]
    try:
        return get_user(request)
    finally:
        came_along.reset(token)


class Backend(ModelBackend):
    """Django's own log-in by name and password."""

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session, if still active."""
        user = came_along.get()
        if user is None or user.pk != user_id:
            return super().get_user(user_id)
        return user if self.user_can_authenticate(user) else None
