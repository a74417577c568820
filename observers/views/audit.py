"""The audit trail of a study: who did what when, for those who coordinate it."""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from forgery.permissions import rule
from observers import permissions
from observers.forms.audit import TrailForm
from observers.models import AuditEvent
from observers.reports.csvs import to_csv
from observers.selectors.api import events_asked, people_and_verbs, told_detail
from observers.selectors.studies import study_called
from observers.selectors.trail_words import facts

A_PAGE = 50
COLUMNS = ("id", "when", "user", "verb", "detail")


@rule(permissions.coordinates)
@never_cache
@require_safe
def trail(request: HttpRequest, name: str) -> HttpResponse:
    """Show what happened, filtered as the address asks; or hand it out as CSV."""
    study = study_called(name)
    users, verbs = people_and_verbs(name)
    form = TrailForm(request.GET, users=users, verbs=verbs)
    events = events_asked(name, form.cleaned_data if form.is_valid() else {})
    if request.GET.get("format") == "csv":
        return as_csv(name, [row_of(event) for event in events.iterator()])
    page = Paginator(events, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "study": study,
        "form": form,
        "page": page,
        "rows": [row_of(event) | {"facts": facts(event)} for event in page],
    }
    return render(request, "observers/trail.html", context)


def row_of(event: AuditEvent) -> dict[str, Any]:
    """Lay an event out; a command acted where no user did."""
    return {
        "id": event.pk,
        "when": event.created_at.isoformat(timespec="seconds"),
        "user": event.user.get_username() if event.user else "",
        "verb": event.verb,
        "detail": json.dumps(told_detail(event), sort_keys=True, ensure_ascii=False)
        .removeprefix("{")
        .removesuffix("}"),
    }


def as_csv(name: str, rows: list[dict[str, Any]]) -> HttpResponse:
    """Give the trail as a file."""
    response = HttpResponse(
        to_csv(rows, COLUMNS), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}-trail.csv"'
    return response
