"""The reading room as a reader would see it, for the coordinator; nothing is stored.

The page is the reader's own. Its state is in the addresses: rating the first case
answers with the second, and so on, and no row is written. The photographs are ones
that no reader will be shown: patients set aside for practice or training.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from forgery.permissions import rule
from forgery.policies import check_not_blinded
from observers import permissions
from observers.models import Enrolment, OptSet, Session, Study
from observers.selectors.studies import study_called
from observers.services import previewing
from observers.tokens import user_key
from observers.views.room_parts import room_page
from observers.visibility import IMAGE_HEADERS


def session_of(study: Study, user: Any) -> Session:
    """Make up a session that is never saved."""
    opt_set = OptSet(study=study, lesion=study.rules.lesions[0])
    enrolment = Enrolment(study=study, user=user)
    return Session(token=f"preview-{study.name}", opt_set=opt_set, enrolment=enrolment)


def state_of(study: Study, user: Any, rated: int) -> dict[str, Any]:
    """Say where the preview stands after so many ratings."""
    total = previewing.count(study)
    cases = [{"token": f"case-{n}", "position": n + 1} for n in range(total)][rated:]
    none = {"token": None, "position": None}
    return {
        "session": f"preview-{study.name}",
        "total": total,
        "rated": min(rated, total),
        "is_complete": rated >= total,
        "is_finished": rated > total,
        "current": {**(cases[0] if cases else none), "version": 1},
        "ahead": cases[1:3],
        "undo_seconds": 0,
        "room": True,
        "user": user_key(user.pk),
        "reviewable": [],
    }


@rule(permissions.coordinates)
@never_cache
@require_safe
def preview(request: HttpRequest, name: str) -> HttpResponse:
    """Show the reading room with the study's protocol."""
    check_not_blinded(request.user)
    study = study_called(name)
    total = previewing.count(study)
    if not total:
        return render(request, "observers/no_preview.html", {"study": study})
    context = room_page(session_of(study, request.user))
    context["room"] |= {"total": total, "undo_seconds": 0, "can_review": False}
    context["at"] = {
        "api": reverse("observers:preview-state", args=[name]),
        "finished": study.get_absolute_url(),
        "leave": study.get_absolute_url(),
        "room": request.path,
    }
    context["is_preview"] = True
    return render(request, "observers/room.html", context)


@rule(permissions.coordinates)
@never_cache
@require_safe
def state(request: HttpRequest, name: str) -> HttpResponse:
    """Begin at the first case."""
    return JsonResponse(state_of(study_called(name), request.user, 0))


@rule(permissions.coordinates)
@never_cache
@require_safe
def image(request: HttpRequest, name: str, n: int) -> HttpResponse:
    """Send a case, rendered as for a reader; to nobody who reads elsewhere."""
    check_not_blinded(request.user)
    data = previewing.render(study_called(name), n)
    if data is None:
        raise Http404(_("There is no such case."))
    return HttpResponse(data, headers=IMAGE_HEADERS | {"X-Presentation": f"case-{n}"})


@rule(permissions.coordinates)
@never_cache
@require_POST
def rating(request: HttpRequest, name: str, n: int) -> HttpResponse:
    """Answer with the case after the one that was rated; the rating is forgotten."""
    return JsonResponse(state_of(study_called(name), request.user, n + 1), status=201)


@rule(permissions.coordinates)
@never_cache
@require_POST
def finish(request: HttpRequest, name: str) -> HttpResponse:
    """End the preview."""
    study = study_called(name)
    over = previewing.count(study) + 1
    return JsonResponse(state_of(study, request.user, over))
