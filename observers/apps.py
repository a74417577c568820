"""App registration: append-only triggers after migrate, and who is blinded."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def install_triggers(*, using: str, **_kwargs: Any) -> None:
    """Re-create the append-only triggers: a rebuilt SQLite table has lost them."""
    from observers import triggers

    triggers.install(using=using)


class ObserversConfig(AppConfig):
    """The observers app."""

    name = "observers"

    def ready(self) -> None:
        """Connect the triggers; tell forgery who must not see the truth."""
        from forgery.policies import register_blinding_check
        from observers.policies import is_blinded

        post_migrate.connect(install_triggers, sender=self)
        register_blinding_check(is_blinded)
