"""Pages to look through a pool: its images, near-duplicates, quality bounds, origin."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forgery import policies, selectors
from forgery.exceptions import WrongInput
from forgery.forms.pools import BoundsForm, OriginForm
from forgery.imaging import domain as domains
from forgery.models import Pool
from forgery.permissions import rule
from forgery.selectors import browsing, thresholds
from forgery.services import reservations
from forgery.services import thresholds as service
from forgery.services.origin import state_origin

PAGE = 60  # thumbnails
GROUPS = 20


@rule(policies.looks)
@require_GET
def images(request: HttpRequest, name: str) -> HttpResponse:
    """Browse a pool's images; filters and order are in the address."""
    found = get_object_or_404(Pool, name=name)
    chosen = {key: request.GET.get(key, "") for key in browsing.FILTERS}
    page = Paginator(browsing.browse(found, chosen), PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "pool": found,
        "page": page,
        "chosen": chosen,
        "lesions": domains.get(found.domain).lesions,
        "reasons": selectors.reason_text(found),
        "roles": reservations.Role.choices,
        "eyes": browsing.EYES,
        "orders": browsing.ORDERS,
        "measure": browsing.ORDERS.get(chosen["order"], ("", ""))[0].rpartition("__")[
            2
        ],
    }
    return render(request, "forgery/images.html", context)


@rule(policies.looks)
@require_GET
def duplicates(request: HttpRequest, name: str) -> HttpResponse:
    """Show near-duplicates side by side, and which of them counts."""
    found = get_object_or_404(Pool, name=name)
    page = Paginator(browsing.near_duplicates(found), GROUPS).get_page(
        request.GET.get("page")
    )
    groups = browsing.groups_of(list(page))
    context = {"pool": found, "page": page, "groups": groups}
    return render(request, "forgery/duplicates.html", context)


@rule(policies.looks)
@require_http_methods(["GET", "POST"])
def bounds(request: HttpRequest, name: str) -> HttpResponse:
    """Show each measure with a movable cut; judge the pool by it when asked."""
    found = get_object_or_404(Pool, name=name)
    if request.method == "POST":
        policies.check_can_import(request.user)
        return _applied(request, found)
    rows = thresholds.measured(found)
    context = {
        "pool": found,
        "histograms": thresholds.histograms(found, rows),
        "rows": rows,
        "n": len(rows),
        "refusal": _refusal(request, found),
    }
    return render(request, "forgery/bounds.html", context)


def _refusal(request: HttpRequest, pool: Pool) -> str:
    """Say why the bounds cannot be changed, if so."""
    try:
        policies.check_can_import(request.user)
        service.check_free(pool)
    except PermissionDenied as error:
        return str(error)
    return ""


def _applied(request: HttpRequest, pool: Pool) -> HttpResponse:
    form = BoundsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Each bound must be a number, 0 or more."))
        return redirect("forgery:bounds", pool.name)
    try:
        n = service.apply(pool=pool, bounds=form.cleaned_data)
    except (WrongInput, PermissionDenied) as error:
        messages.error(request, str(error))
    else:
        text = _("The bounds hold now; the fate of {n} images changed.").format(n=n)
        messages.success(request, text)
    return redirect(pool)


@rule(policies.imports)
@require_POST
def origin(request: HttpRequest, name: str) -> HttpResponse:
    """State where a pool's images come from, and under which terms."""
    found = get_object_or_404(Pool, name=name)
    form = OriginForm(request.POST)
    if form.is_valid():
        state_origin(pool=found, **form.cleaned_data)
        messages.success(request, _("Origin and licence are stated."))
    else:
        messages.error(request, _("State both where the images come from and terms."))
    return redirect(found)
