"""The readers' page: invite many, watch the reading, remind."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from forgery.exceptions import WrongInput
from forgery.permissions import rule
from observers import permissions, policies
from observers.forms.people import DueForm, ManyReadersForm
from observers.selectors import conduct as selectors
from observers.selectors.studies import set_names, study_called
from observers.services import invitations, inviting, reminders
from observers.views.people import site_of

COLUMNS = ("reader", "group", "years", "rated", "total", "per_day", "ends_on", "late")


@rule(permissions.coordinates)
@never_cache
@require_safe
def readers(request: HttpRequest, name: str) -> HttpResponse:
    """Show how the reading goes; who is late; what departs from the protocol."""
    study = study_called(name)
    rows = selectors.conduct(study)
    names = set_names(study)
    chosen = {key: request.GET.get(key, "") for key in ("group", "only")}
    context = {
        "study": study,
        "rows": [row for row in rows if selectors.is_wanted(row, **chosen)],
        "n_readers": len(rows),
        "chosen": chosen,
        "groups": study.rules.groups,
        "by_group": selectors.by_group(study, rows),
        "by_set": selectors.by_set(names, rows),
        "set_names": names,
        "badges": badges(),
        "forecast": selectors.forecast(rows),
        "n_late": sum(bool(row.late_because) for row in rows),
        "here": reverse("observers:readers", args=[name]),
        "many_form": ManyReadersForm(),
        "are_sent": invitations.are_sent(),
        "due_form": DueForm(initial={"due_on": study.due_on}),
        "can_edit": policies.can_edit(request.user, study),
    }
    return render(request, "observers/readers.html", context)


def badges() -> dict[str, str]:
    """Make the badge of each standing once, not once for each reader."""
    return {
        standing: render_to_string("observers/standing.html", {"standing": standing})
        for standing in selectors.STANDINGS
    }


@rule(permissions.coordinates)
@never_cache
@require_safe
def readers_csv(_request: HttpRequest, name: str) -> HttpResponse:
    """Send progress and pace, by pseudonym."""
    study = study_called(name)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-readers.csv"'
    writer = csv.writer(answer)
    writer.writerow([*COLUMNS, *selectors.DEVIATIONS])
    for row in selectors.conduct(study):
        own = row.enrolment
        pace = row.pace
        writer.writerow(
            [
                own.pseudonym,
                own.group.key,
                own.years,
                row.progress.rated,
                row.progress.total,
                f"{pace.per_day:.2f}" if pace else "",
                pace.ends_on or "" if pace else "",
                int(bool(row.late_because)),
                *(row.deviations.get(kind, 0) for kind in selectors.DEVIATIONS),
            ]
        )
    return answer


@rule(permissions.edits)
@never_cache
@require_http_methods(["GET", "POST"])
def invite_many(request: HttpRequest, name: str) -> HttpResponse:
    """Invite everybody of a list; rows that are wrong are named and kept."""
    study = study_called(name)
    form = ManyReadersForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {
        "study": study,
        "many_form": form,
        "are_sent": invitations.are_sent(),
    }
    if request.method == "POST" and form.is_valid():
        try:
            outcome = inviting.invite_many(
                study=study, actor=request.user, text=form.text(), site=site_of(request)
            )
        except WrongInput as fault:
            form.add_error(None, str(fault))
        else:
            n = len(outcome.invited)
            text = ngettext("{n} reader is invited.", "{n} readers are invited.", n)
            messages.success(request, text.format(n=n))
            if not outcome.faults:
                return redirect("observers:readers", name)
            context["faults"] = outcome.faults
            context["many_form"] = ManyReadersForm(initial={"rows": outcome.left})
    return render(request, "observers/invite_many.html", context)


@rule(permissions.coordinates)
@never_cache
@require_POST
def due(request: HttpRequest, name: str) -> HttpResponse:
    """Say by when the reading should be done."""
    form = DueForm(request.POST)
    if form.is_valid():
        reminders.set_due(
            study=study_called(name),
            actor=request.user,
            due_on=form.cleaned_data["due_on"],
        )
        messages.success(request, _("The date is kept; who falls behind is reminded."))
    else:
        messages.error(request, _("Write a date as year-month-day."))
    return redirect("observers:readers", name)


@rule(permissions.coordinates)
@never_cache
@require_POST
def remind(request: HttpRequest, name: str) -> HttpResponse:
    """Write to those who are late, and to nobody else."""
    made = reminders.remind(
        study=study_called(name), actor=request.user, site=site_of(request)
    )
    text = ngettext("{n} reminder is sent.", "{n} reminders are sent.", len(made))
    messages.success(request, text.format(n=len(made)))
    return redirect("observers:readers", name)
