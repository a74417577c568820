"""The reading room and the page after its last case."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from forgery.permissions import rule
from observers import policies
from observers.models import Session
from observers.selectors import reading as selectors
from observers.selectors.before import missing_step
from observers.selectors.debrief import debrief as debriefing
from observers.services import reading
from observers.views.before import device_of
from observers.views.room_parts import room_page
from observers.visibility import room_payload


def own_session(request: HttpRequest, token: str) -> Session:
    """Return the reader's own session."""
    try:
        session = selectors.session_by_token(token)
    except Session.DoesNotExist:
        raise Http404(_("There is no such set.")) from None
    policies.check_own_session(request.user, session)
    return session


def to_step(request: HttpRequest, session: str, step: str) -> HttpResponse:
    """Send the reader to what comes before the first case, and back afterwards."""
    name = own_session(request, session).enrolment.study.name
    address = reverse(f"observers:{step}", args=[name])
    return redirect(f"{address}?set={session}")


def why_not(request: HttpRequest, session: Session) -> str:
    """Say why a set cannot be begun now."""
    try:
        policies.check_can_start(request.user, session)
    except PermissionDenied as refusal:
        return str(refusal)
    return ""


@rule("signed-in")
@never_cache
@require_POST
def begin(request: HttpRequest, session: str) -> HttpResponse:
    """Begin a set, or go on with it."""
    step = missing_step(own_session(request, session), device_of(request))
    if step:
        return to_step(request, session, step)
    reading.start_session(token=session, reader=request.user)
    return redirect("observers:room", session)


@rule("signed-in")
@never_cache
@require_safe
def room(request: HttpRequest, session: str) -> HttpResponse:
    """Read case after case; before that, say what will be asked."""
    found = own_session(request, session)
    if found.finished_at is not None:
        return redirect("observers:finished", session)
    step = missing_step(found, device_of(request))
    if step:
        return to_step(request, session, step)
    can_start = policies.can_start(request.user, found)
    if found.started_at is None or not can_start:
        context = {"room": room_payload(found), "can_start": can_start}
        if not can_start:
            context["why"] = why_not(request, found)
        return render(request, "observers/begin.html", context)
    return render(request, "observers/room.html", room_page(found))


@rule("signed-in")
@never_cache
@require_safe
def finished(request: HttpRequest, session: str) -> HttpResponse:
    """Say what was done and what comes next, with the chain's signed head."""
    found = own_session(request, session)
    if found.finished_at is None:
        return redirect("observers:room", session)
    summary = selectors.finish_summary(found)
    return render(request, "observers/finished.html", {"summary": summary})


@rule("signed-in")
@never_cache
@require_safe
def debrief(request: HttpRequest, session: str) -> HttpResponse:
    """Show the reader's own ratings beside truth, after the lock."""
    found = own_session(request, session)
    policies.check_can_debrief(request.user, found)
    return render(request, "observers/debrief.html", debriefing(found))
