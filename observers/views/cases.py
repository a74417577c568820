"""The case explorer of a locked study: every case with its truth and every rating."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.core.validators import slug_re
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from forgery.permissions import rule
from observers import permissions
from observers.reports import charts
from observers.reports.case_table import (
    SORTS,
    TRUTHS,
    chosen_cases,
    neighbours,
    sort_of,
)
from observers.reports.told import in_language
from observers.selectors.case_marks import marks_of_case
from observers.selectors.truths import truth_of
from observers.services.case_images import KINDS, case_image, has_heat
from observers.views.results import frame

A_PAGE = 25


@rule(permissions.sees_results)
@never_cache
@require_safe
def cases(request: HttpRequest, name: str) -> HttpResponse:
    """List the cases, those about which readers disagree most first."""
    context = frame(request, name, "cases")
    report = context["report"]
    if report is not None and report.view:
        result, view = in_language(report), report.view
        found = chosen_cases(view["cases"], request.GET)
        page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
        context |= {
            "result": result,
            "page": page,
            "rows": [
                {"case": case, "dots": charts.dot_plot(case, view, result)}
                for case in page
            ],
            "asked": request.GET,
            "sort": sort_of(request.GET),
            "sorts": SORTS,
            "truths": TRUTHS,
            "families": sorted({c["family"] for c in view["cases"] if c["family"]}),
            "lesion_names": {row["key"]: row["name"] for row in result["rows"]},
            "marks": charts.legend(result),
        }
    return render(request, "observers/cases.html", context)


@rule(permissions.sees_results)
@never_cache
@require_safe
def case(request: HttpRequest, name: str, code: str) -> HttpResponse:
    """Show one case: image, truth, what was changed, heat map, every rating."""
    context = frame(request, name, "cases")
    report = context["report"]
    view = {} if report is None else report.view
    row = next((c for c in view.get("cases", ()) if c["case"] == code), None)
    if row is None:
        raise Http404
    truth = truth_of(name, code)
    before, after = neighbours(chosen_cases(view["cases"], request.GET), code)
    result = in_language(report)
    context |= {
        "result": result,
        "row": row,
        "truth": truth,
        "size": result["study"]["protocol"]["reader_profile"]["size"],
        "marked": coloured(marks_of_case(truth.case), result),
        "has_heat": has_heat(truth.case, report.detector),
        "readings": readings_of(row, view, result),
        "dots": charts.dot_plot(row, view, result),
        "lesion_names": {one["key"]: one["name"] for one in result["rows"]},
        "before": before,
        "after": after,
        "asked": request.GET,
    }
    return render(request, "observers/case.html", context)


def coloured(
    marks: list[dict[str, Any]], result: dict[str, Any]
) -> list[dict[str, Any]]:
    """Give each mark the class of its reader's group."""
    names = charts.mark_names([group["key"] for group in result["study"]["groups"]])
    return [{**mark, "colour": names[mark["group"]]} for mark in marks]


def readings_of(
    row: dict[str, Any], view: dict[str, Any], result: dict[str, Any]
) -> list[dict[str, Any]]:
    """Lay a case's ratings out a reader, with whether the call was right."""
    readers = {one["reader"]: one for one in result["study"]["readers"]}
    cut = result["study"]["protocol"]["scale"]["maximum"] / 2
    return [
        {
            "reader": readers[name],
            "rating": rating,
            "seconds": seconds,
            "is_right": None
            if rating is None
            else (rating > cut) == bool(row["truth"]),
        }
        for name, rating, seconds in zip(
            view["readers"], row["ratings"], row["times"], strict=True
        )
    ]


@rule(permissions.sees_results)
@require_safe
def picture(request: HttpRequest, name: str, code: str, kind: str) -> HttpResponse:
    """Send one picture of a case."""
    detector = request.GET.get("detector", "")
    if kind not in KINDS or not slug_re.fullmatch(detector or "none"):
        raise Http404
    data = case_image(truth_of(name, code), kind, detector)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="image/png")
    patch_cache_control(response, private=True, max_age=3600)
    return response
