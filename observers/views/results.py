"""The analyst's page of a locked study: figures, tables, every file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from forgery.permissions import rule
from forgery.services.jobs import start_job
from observers import permissions
from observers.forms import RunForm
from observers.models import Report
from observers.reports.body import FIGURES, FILES, body_context, file_name
from observers.selectors.studies import study_called

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "imrmc": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
}


@rule(permissions.sees_results)
@never_cache
@require_safe
def results(request: HttpRequest, name: str) -> HttpResponse:
    """Show the newest report or the one asked for, all runs, and the way to more."""
    study = study_called(name)
    wanted = request.GET.get("report", "")
    reports = study.reports.all()
    if wanted:
        reports = reports.filter(pk=int(wanted) if wanted.isdecimal() else 0)
    report = reports.first()
    if wanted and report is None:
        raise Http404
    context: dict[str, Any] = {
        "study": study,
        "report": report,
        "runs": study.runs.prefetch_related("reports"),
        "form": RunForm(study=study),
        "files": FILES,
    }
    if report is not None:
        figures = {
            figure: reverse(
                "observers:result-file", args=[name, report.pk, f"figures/{figure}.svg"]
            )
            for figure in FIGURES
            if default_storage.exists(file_name(report, f"figures/{figure}.svg"))
        }
        context |= body_context(report.result, figures)
    return render(request, "observers/results.html", context)


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
        kind="observers.make_report",
        arguments={"study": name, **form.cleaned_data},
        owner=request.user if request.user.is_authenticated else None,
    )
    messages.success(
        request, _("The report is being made; reload this page in a minute.")
    )
    return redirect("observers:results", name)


@rule(permissions.sees_results)
@require_safe
def result_file(
    _request: HttpRequest, name: str, report: int, file: str
) -> HttpResponse:
    """Hand out one file of a report."""
    found = Report.objects.filter(pk=report, study__name=name).first()
    suffix = file.rpartition(".")[2]
    is_known = file in FILES or file in {f"figures/{f}.svg" for f in FIGURES}
    if found is None or not is_known:
        raise Http404
    stored = file_name(found, file)
    if not default_storage.exists(stored):
        raise Http404
    with default_storage.open(stored) as source:
        response = HttpResponse(source.read(), content_type=TYPES[suffix])
    if file in FILES:
        response["Content-Disposition"] = f'attachment; filename="{name}-{file}"'
    return response
