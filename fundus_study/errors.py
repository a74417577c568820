"""Error pages in plain words: what happened, what is safe, what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was too old; nothing was saved by it."""
    del reason  # meant for developers, logged by Django
    return render(request, "403_csrf.html", status=403)
