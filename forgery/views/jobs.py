"""Pages of jobs: the list, one job as it runs, cancel and retry."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forgery import policies
from forgery.models import Job
from forgery.permissions import rule
from forgery.selectors.jobs import job_state, latest_jobs, open_rows, tray_rows
from forgery.selectors.manipulators import loss_curve
from forgery.services import jobs as service
from forgery.services.job_context import sheet_path

PAGE = 50
IN_TRAY = 5


@rule(policies.looks)
@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """List the jobs, the newest first."""
    state = request.GET.get("state", "")
    page = Paginator(latest_jobs(state), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": Job.State.choices}
    return render(request, "forgery/jobs.html", context)


@rule(policies.sees_job)
@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one job as it runs."""
    found = get_object_or_404(Job.objects.select_related("owner"), pk=pk)
    context = {
        "job": found,
        "state": job_state(found),
        "curve": loss_curve(found.curve),
        "n_problems": open_rows(found),
        "has_sheet": default_storage.exists(sheet_path(found)),
    }
    return render(request, "forgery/job.html", context)


@rule(policies.sees_job)
@require_GET
@never_cache
def state(_request: HttpRequest, pk: int) -> JsonResponse:
    """Say how a job stands, for the page that watches it."""
    found = get_object_or_404(Job, pk=pk)
    has_sheet = default_storage.exists(sheet_path(found))
    return JsonResponse(job_state(found) | {"has_sheet": has_sheet})


@rule(policies.sees_job)
@require_GET
@never_cache
def sheet(_request: HttpRequest, pk: int) -> HttpResponse:
    """Send the newest sheet of samples of a training."""
    path = sheet_path(get_object_or_404(Job, pk=pk))
    if not default_storage.exists(path):
        raise Http404(_("No sample was drawn yet."))
    with default_storage.open(path, "rb") as handle:
        return HttpResponse(handle.read(), content_type="image/png")


@rule(policies.looks)
@require_GET
@never_cache
def tray(request: HttpRequest) -> JsonResponse:
    """Say which jobs run, and which of the user's own failed lately, for the tray."""
    return JsonResponse({"jobs": tray_rows(request.user, IN_TRAY)})


@rule(policies.sees_job)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a job to stop."""
    found = get_object_or_404(Job, pk=pk)
    service.cancel(found, request.user)
    messages.info(request, _("The job was asked to stop; its checkpoint is kept."))
    return redirect(found)


@rule(policies.sees_job)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a failed or cancelled job again."""
    found = get_object_or_404(Job, pk=pk)
    service.retry(found, request.user)
    messages.info(request, _("The job is queued again and goes on where it stopped."))
    return redirect(found)
