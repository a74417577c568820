"""Who is logged in: the two questions of every request, by queries written once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from forgery.compiled import Compiled

SESSION = Compiled(
    lambda key: Session.objects.filter(session_key=key),
    key=str,
)
USER = Compiled(lambda pk: User.objects.filter(pk=pk), pk=int)


class SessionStore(db.SessionStore):
    """Django's own sessions in the database."""

    def _get_session_from_db(self) -> Any:
        """Find the session that has not expired, as Django's store does."""
        found = SESSION.rows(key=self.session_key)
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
