"""The detector's opinion of images that the analyst sends: scores, heat maps, a PDF."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from forgery.exceptions import WrongInput
from forgery.models import Job
from forgery.permissions import rule, with_files
from forgery.selectors.jobs import job_state
from observers import permissions
from observers.forms.check import CheckForm
from observers.reports.body import TYPES
from observers.reports.check_words import caveat, sentence
from observers.services.check_files import FILES, KIND, check_file, start_check
from observers.views.making import SHOWN

JSON = "application/json"


@with_files
@rule(permissions.checks_images)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Take images; list one's earlier checks."""
    form = CheckForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = start_check(
                user=request.user,
                files=form.cleaned_data["photographs"],
                detector=form.cleaned_data["detector"],
            )
        except WrongInput as fault:
            form.add_error("photographs", str(fault))
        else:
            return redirect("observers:check-result", job.pk)
    earlier = Job.objects.filter(kind=KIND, owner_id=request.user.pk)[:20]
    context = {"form": form, "earlier": earlier}
    return render(request, "observers/check.html", context)


@rule(permissions.sees_check)
@never_cache
@require_safe
def check_result(request: HttpRequest, pk: int) -> HttpResponse:
    """Show each image with its heat map and a sentence, or how the work stands.

    The page that waits asks the same address for JSON.
    """
    job = Job.objects.get(pk=pk)
    state = job_state(job)
    if request.get_preferred_type(["text/html", JSON]) == JSON:
        return JsonResponse(
            {key: value for key, value in state.items() if key in SHOWN}
        )
    rows = [{**row, "sentence": sentence(row)} for row in job.result.get("images", ())]
    context = {"job": job, "state": state, "rows": rows, "caveat": caveat()}
    return render(request, "observers/check_result.html", context)


@rule(permissions.sees_check)
@require_safe
def check_part(_request: HttpRequest, pk: int, file: str) -> HttpResponse:
    """Hand out one file of a check."""
    stored = check_file(pk, file)
    if not FILES.fullmatch(file) or not default_storage.exists(stored):
        raise Http404
    with default_storage.open(stored) as source:
        response = HttpResponse(
            source.read(), content_type=TYPES[file.rpartition(".")[2]]
        )
    if not file.endswith(".png"):
        response["Content-Disposition"] = f'attachment; filename="{file}"'
    patch_cache_control(response, private=True, max_age=3600)
    return response
