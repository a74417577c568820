"""The analyst's first pages of a locked study: overview, report, runs, every file."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from forgery.permissions import rule
from forgery.selectors.jobs import job_state
from observers import permissions
from observers.forms import RunForm
from observers.models import Report, Study
from observers.reports import charts, overview
from observers.reports.body import (
    FIGURE,
    FIGURES,
    FILES,
    TYPES,
    body_context,
    conduct_tables,
    file_name,
)
from observers.reports.sentences import compared_in
from observers.reports.told import in_language
from observers.selectors.making import unfinished_making
from observers.selectors.reports import newest_report, report_numbered
from observers.selectors.studies import study_called


def report_asked(request: HttpRequest, study: Study) -> Report | None:
    """Return the report that the address names, else the newest, if there is any."""
    wanted = request.GET.get("report", "")
    if not wanted:
        return newest_report(study)
    report = report_numbered(study, int(wanted)) if wanted.isdecimal() else None
    if report is None:
        raise Http404
    return report


def frame(request: HttpRequest, name: str, tab: str) -> dict[str, Any]:
    """Give what every page of a locked study shows: study, report, tab."""
    study = study_called(name)
    report = report_asked(request, study)
    newest = request.GET.get("report", "") == ""
    making = unfinished_making(study)
    return {
        "making": making,
        "making_state": making and job_state(making),
        "study": study,
        "report": report,
        "tab": tab,
        "query": "" if newest or report is None else f"?report={report.pk}",
    }


@rule(permissions.sees_results)
@never_cache
@require_safe
def results(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the study's question at one glance, and say how each number was made."""
    context = frame(request, name, "overview")
    report = context["report"]
    context |= {
        "runs": context["study"]
        .runs.defer("result")
        .prefetch_related(Prefetch("reports", Report.objects.defer("result", "view"))),
        "form": RunForm(study=context["study"]),
    }
    if report is not None and report.view:
        result, view = in_language(report), report.view
        context |= {
            "result": result,
            "panels": charts.roc_charts(result, view),
            "forest": charts.forest(result),
            "rows": overview.comparison_rows(result),
            "how": overview.how_rows(result, view),
            "readers": overview.reader_rows(result),
            "operating": overview.operating_rows(result),
            "sentences": compared_in(result),
            "first_place": overview.first_place(result),
            "marks": charts.legend(result),
        }
    return render(request, "observers/results.html", context)


@rule(permissions.sees_results)
@never_cache
@require_safe
def conduct(request: HttpRequest, name: str) -> HttpResponse:
    """Show how the readers read: ratings by truth, time, agreement, what is missing."""
    context = frame(request, name, "conduct")
    report = context["report"]
    if report is not None and report.view:
        result, view = in_language(report), report.view
        context |= {
            "result": result,
            "histograms": charts.histograms(result, view),
            "times": charts.reading_times(result, view),
            "tables": conduct_tables(result),
        }
    return render(request, "observers/conduct.html", context)


@rule(permissions.sees_results)
@never_cache
@require_safe
def report(request: HttpRequest, name: str) -> HttpResponse:
    """Show the whole report as its files have it, and every file."""
    context = frame(request, name, "report")
    found = context["report"]
    if found is not None:
        figures = {
            figure: reverse(
                "observers:result-file", args=[name, found.pk, f"figures/{figure}.svg"]
            )
            for figure in FIGURES
            if default_storage.exists(file_name(found, f"figures/{figure}.svg"))
        }
        context |= body_context(in_language(found), figures)
        manifest = manifest_of(found)
        context["files"] = files_of(manifest)
        context["language_of_files"] = manifest.get("language", "")
    return render(request, "observers/result_report.html", context)


def manifest_of(report: Report) -> dict[str, Any]:
    """Read a report's manifest; an old one has none."""
    stored = file_name(report, "manifest.json")
    if not default_storage.exists(stored):
        return {}
    with default_storage.open(stored) as source:
        manifest: dict[str, Any] = json.loads(source.read())
    return manifest


def files_of(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """List files with length and hash as a manifest has them; and it."""
    if not manifest:
        return [{"name": name} for name in FILES]
    return [*manifest["files"], {"name": "manifest.json"}]


@rule(permissions.sees_results)
@require_safe
def result_file(
    _request: HttpRequest, name: str, report: int, file: str
) -> HttpResponse:
    """Hand out one file of a report."""
    found = Report.objects.filter(pk=report, study__name=name).first()
    if found is None or not (file in FILES or FIGURE.fullmatch(file)):
        raise Http404
    stored = file_name(found, file)
    if not default_storage.exists(stored):
        raise Http404
    with default_storage.open(stored) as source:
        response = HttpResponse(
            source.read(), content_type=TYPES[file.rpartition(".")[2]]
        )
    if file in FILES:
        response["Content-Disposition"] = f'attachment; filename="{name}-{file}"'
    return response
