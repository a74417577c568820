"""How often one reader may ask; each kind of request has its own scope."""

from __future__ import annotations

from django.core.cache import caches
from rest_framework.throttling import ScopedRateThrottle


class ReadingThrottle(ScopedRateThrottle):
    """Counts per reader and scope; the rates are in the settings.

    Each server process counts for itself: the limit keeps a runaway page from the
    database, and a count shared through a file or a socket, twice a case, costs more
    than all else that a rating needs.
    """

    cache = caches["process"]
