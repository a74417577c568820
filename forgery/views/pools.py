"""Pages of pools: the list, one pool at a glance, its images, importing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forgery import policies, selectors
from forgery.exceptions import WrongInput
from forgery.forms import ImportForm, ReserveForm
from forgery.forms.training import PrepareForm
from forgery.imaging import domain as domains
from forgery.models import FundusImage, Pool
from forgery.permissions import rule
from forgery.selectors.next_steps import (
    LEAST_CLUSTERS,
    next_steps,
    too_few,
    under_way,
)
from forgery.selectors.pools import glance, pools_with_counts
from forgery.services import reservations, sheets, starting


@rule(policies.looks)
@require_GET
def pools(request: HttpRequest) -> HttpResponse:
    """List the pools."""
    context = {
        "pools": pools_with_counts(),
        "may_import": policies.can(policies.check_can_import, request.user),
    }
    return render(request, "forgery/pools.html", context)


@rule(policies.looks)
@require_GET
def pool(request: HttpRequest, name: str) -> HttpResponse:
    """Show a pool: Table 1, exclusions, roles, contact sheets, problems."""
    found = get_object_or_404(Pool, name=name)
    context = glance(found) | {
        "pool": found,
        "form": ReserveForm(),
        "next_steps": next_steps(found),
        "under_way": under_way(found),
        "too_few": too_few(found),
        "least": LEAST_CLUSTERS,
        "prepare_form": PrepareForm(),
        "may_import": policies.can(policies.check_can_import, request.user),
        "may_train": policies.can(policies.check_can_train, request.user),
    }
    return render(request, "forgery/pool.html", context)


@rule(policies.imports)
@require_http_methods(["GET", "POST"])
def import_pool(request: HttpRequest) -> HttpResponse:
    """Start an import as a job."""
    form = ImportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = starting.start_import(owner=request.user, **form.arguments())
        except WrongInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The import is queued; here is how it goes."))
            return redirect(job)
    status = 400 if form.errors else 200
    return render(request, "forgery/import.html", {"form": form}, status=status)


@rule(policies.imports)
@require_POST
def reserve(request: HttpRequest, name: str) -> HttpResponse:
    """Give clusters without a role theirs."""
    found = get_object_or_404(Pool, name=name)
    form = ReserveForm(request.POST)
    if form.is_valid():
        reservations.reserve(pool=found, seed=found.seed, **form.cleaned_data)
        messages.success(request, _("Every usable cluster has its role now."))
    else:
        messages.error(request, _("Write how many clusters to set aside, 0 or more."))
    return redirect(found)


@rule(policies.looks)
@require_GET
def image(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one photograph, its spectrum, and what was made of it."""
    found = get_object_or_404(
        FundusImage.objects.select_related("pool", "cluster"), pk=pk
    )
    context = {
        "image": found,
        "manipulations": found.manipulations.select_related("manipulator"),
    }
    return render(request, "forgery/image.html", context)


@rule(policies.looks)
@require_GET
@cache_control(private=True, max_age=86_400)
def view(_request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Send a photograph at a reader's size, or its spectrum."""
    draw = {"photograph": sheets.photograph, "spectrum": sheets.spectrum_of}.get(kind)
    if draw is None:
        raise Http404
    found = get_object_or_404(FundusImage, pk=pk)
    return HttpResponse(draw(found), content_type="image/png")


@rule(policies.looks)
@require_GET
@cache_control(private=True, max_age=86_400)
def thumbnail(_request: HttpRequest, pk: int) -> HttpResponse:
    """Send a small copy of an image."""
    image = get_object_or_404(FundusImage, pk=pk)
    return HttpResponse(sheets.thumbnail(image), content_type="image/png")


@rule(policies.looks)
@require_GET
def sheet(_request: HttpRequest, name: str, lesion: str) -> HttpResponse:
    """Send the contact sheet of a lesion, or the thresholds' histograms."""
    found = get_object_or_404(Pool, name=name)
    if lesion == "thresholds":
        try:
            return _file(sheets.thresholds(found))
        except WrongInput as error:
            raise Http404(str(error)) from error
    if lesion not in domains.get(found.domain).lesion_keys:
        raise Http404
    return _file(sheets.sheet(found, lesion))


def _file(path: str) -> HttpResponse:
    with default_storage.open(path, "rb") as handle:
        return HttpResponse(handle.read(), content_type="image/png")


@rule(policies.looks)
@require_GET
def table1(_request: HttpRequest, name: str) -> HttpResponse:
    """Send Table 1 as CSV."""
    found = get_object_or_404(Pool, name=name)
    lines: list[list[Any]] = [["lesion", "outcome", "images", "paper"]]
    for row in selectors.table1(found).rows:
        lines.append([row.key or "none", "included", row.included, row.paper or ""])
        lines += [[row.key or "none", key, n, ""] for key, n in row.excluded.items()]
    text = "".join(",".join(str(cell) for cell in line) + "\r\n" for line in lines)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.name}-table1.csv"'
    return response
