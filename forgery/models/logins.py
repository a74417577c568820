"""A person's open login: Django's session, which also knows its user."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Login(AbstractBaseSession):
    """A session in the database; goes with its user."""

    # Nobody, until a login has succeeded.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="logins",
    )

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        """Return the store that the settings name."""
        store: type[SessionStore] = import_module(settings.SESSION_ENGINE).SessionStore
        return store
