"""The first page: a reader's own sets, and the studies one coordinates."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from forgery.models import Pool
from forgery.permissions import rule
from forgery.policies import can, check_can_import
from observers import policies
from observers.selectors import reading, studies


@rule("signed-in")
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what the user has to do here."""
    can_import = can(check_can_import, request.user)
    return render(
        request,
        "observers/home.html",
        {
            "sets": reading.my_sets(request.user),
            "consents": reading.consents(request.user),
            "waiting": reading.waiting_studies(request.user),
            "studies": studies.studies_of(request.user),
            "needs_pool": can_import and not Pool.objects.exists(),
            "can_create": policies.can_create(request.user),
            "can_check": policies.can_check_images(request.user),
        },
    )
