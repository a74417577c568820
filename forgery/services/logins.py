"""Logins that ran out are forgotten; Django leaves their rows in the table."""

from __future__ import annotations

from django.utils import timezone

from forgery.models import Login


def forget_expired() -> int:
    """Remove what no cookie opens any more; return how many."""
    return Login.objects.filter(expire_date__lt=timezone.now()).delete()[0]
