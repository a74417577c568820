"""Error pages in plain words: what happened, what is safe, what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was too old; nothing was saved by it."""
    del reason  # meant for developers, logged by Django
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is nothing here: in JSON to a script, on a page to a person."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _("There is nothing here.")}, status=404)
    return page_not_found(request, exception)
