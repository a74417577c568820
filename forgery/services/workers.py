"""A worker shows itself now and then, so that pages can say when there is none."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta

from django.db import DatabaseError, connection
from django.utils import timezone

from forgery.models import Worker

BEAT_SECONDS = 20.0
FORGET_AFTER = timedelta(days=1)


def show(*, name: str, queues: Iterable[str]) -> None:
    """Write down that a worker lives, and forget those long gone."""
    now = timezone.now()
    Worker.objects.update_or_create(
        name=name, defaults={"queues": sorted(queues), "seen_at": now}
    )
    Worker.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()


def keep_showing(*, name: str, queues: Iterable[str]) -> None:
    """Show a worker from a thread of its own for as long as its process lives."""
    listed = tuple(queues)

    def beat() -> None:
        pause = threading.Event()
        while True:
            try:
                show(name=name, queues=listed)
            except DatabaseError:  # busy for once: the next beat counts
                pass
            finally:
                connection.close()
            pause.wait(BEAT_SECONDS)

    threading.Thread(target=beat, name="worker-beat", daemon=True).start()
