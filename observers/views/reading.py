"""The reading room and the page after its last case."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from forgery.permissions import rule
from observers import policies
from observers.models import Session
from observers.selectors import reading as selectors
from observers.services import reading
from observers.visibility import room_payload


def own_session(request: HttpRequest, token: str) -> Session:
    """Return the reader's own session."""
    try:
        session = selectors.session_by_token(token)
    except Session.DoesNotExist:
        raise Http404(_("There is no such set.")) from None
    policies.check_own_session(request.user, session)
    return session


@rule("signed-in")
@never_cache
@require_POST
def begin(request: HttpRequest, session: str) -> HttpResponse:
    """Begin a set, or go on with it."""
    own_session(request, session)
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
    can_start = policies.can_start(request.user, found)
    if found.started_at is None or not can_start:
        return render(
            request,
            "observers/begin.html",
            {"room": room_payload(found), "can_start": can_start},
        )
    return render(request, "observers/room.html", {"room": room_payload(found)})


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
