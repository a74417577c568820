"""How often one reader may ask; each kind of request has its own scope."""

from __future__ import annotations

from rest_framework.throttling import ScopedRateThrottle


class ReadingThrottle(ScopedRateThrottle):
    """Counts per reader and scope; the rates are in the settings."""
