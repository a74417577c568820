"""Who is logged in: the two questions of every request, by queries written once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from forgery.compiled import Compiled

SESSION = Compiled(
    lambda key: Session.objects.filter(session_key=key),
    key=str,
)
USER = Compiled(lambda pk: User.objects.filter(pk=pk), pk=int)


def asked_first(key: str | None) -> list[Session]:
    """Find a session; show by it whether the kept connection still lives.

    Django would ask ``SELECT 1`` before a request's first question, a third of the
    questions' cost. This is the first one: where it fails, it is asked once more on a
    new connection.
    """
    if connection.in_atomic_block:
        return SESSION.rows(key=key)
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return SESSION.rows(key=key)
    except (OperationalError, InterfaceError):
        connection.close()
        return SESSION.rows(key=key)


class SessionStore(db.SessionStore):
    """Django's own sessions in the database."""

    def _get_session_from_db(self) -> Any:
        """Find the session that has not expired, as Django's store does."""
        found = asked_first(self.session_key)
        if found and found[0].expire_date > timezone.now():
            return found[0]
        self._session_key = None
        return None


class Backend(ModelBackend):
    """Django's own log-in by name and password."""

    def get_user(self, user_id: int) -> User | None:
        """Find the user of a session, if still active."""
        found = USER.rows(pk=user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None
