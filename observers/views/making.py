"""Making a report: asked for on the results page, and watched there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from forgery.permissions import rule
from forgery.selectors.jobs import job_state
from forgery.services.jobs import start_job
from observers import permissions
from observers.forms import RunForm
from observers.selectors.making import KIND, newest_making
from observers.selectors.studies import study_called

SHOWN = (
    "state",
    "is_over",
    "share",
    "count",
    "message",
    "seconds_left",
    "waits_in_vain",
)
"""Of a job what an analyst sees, who need not be allowed to see the jobs."""


@rule(permissions.sees_results)
@require_POST
def make_report(request: HttpRequest, name: str) -> HttpResponse:
    """Score what is new and make a report, as a job."""
    study = study_called(name)
    form = RunForm(request.POST, study=study)
    if not form.is_valid():
        messages.error(
            request,
            _("Choose a detector of this pool, and leave out readers of this study."),
        )
        return redirect("observers:results", name)
    start_job(
        kind=KIND,
        arguments={"study": name, **form.cleaned_data},
        owner=request.user if request.user.is_authenticated else None,
    )
    return redirect("observers:results", name)


@rule(permissions.sees_results)
@never_cache
@require_safe
def report_state(_request: HttpRequest, name: str) -> JsonResponse:
    """Say how the newest making stands, for the page that watches it."""
    job = newest_making(study_called(name))
    told = {} if job is None else job_state(job)
    return JsonResponse({key: value for key, value in told.items() if key in SHOWN})
