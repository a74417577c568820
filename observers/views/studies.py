"""The coordinator's desk: create a study, look at it, move it along."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from forgery.exceptions import WrongInput
from forgery.permissions import rule
from observers import permissions, policies
from observers.forms import InvitationForm, ReaderForm, RoleForm
from observers.forms.reading import VIEWS
from observers.forms.steps import CLAIMS, TOOL_NAMES
from observers.models import Study
from observers.models.protocol_fields import digest_of
from observers.selectors import studies as selectors
from observers.selectors.versions import versions
from observers.services import checklist, freezing, invitations, locking, studies
from observers.services.break_glass import open_truth

State = Study.State
MOVES = {
    State.FROZEN: freezing.freeze_study,
    State.OPEN: studies.open_study,
    State.CLOSED: studies.close_study,
    State.LOCKED: locking.lock_study,
}


@rule(permissions.sees_study)
@never_cache
@require_safe
def study(request: HttpRequest, name: str) -> HttpResponse:
    """Answer at one glance: which state, what is missing, who is late, what next."""
    found = selectors.study_called(name)
    rows = selectors.progress(found)
    is_draft = found.state == State.DRAFT
    context = {
        "study": found,
        "rules": found.rules,
        "rows": rows,
        "here": reverse("observers:readers", args=[name]),
        "set_names": selectors.set_names(found),
        "pipeline": selectors.pipeline(found, rows),
        "groups": selectors.group_counts(found, rows),
        "problems": checklist.missing(found) if is_draft else [],
        "can_coordinate": policies.can_coordinate(request.user, found),
        "can_copy": policies.can_copy(request.user, found),
        "can_edit": policies.can_edit(request.user, found),
        "can_see_results": policies.can_see_results(request.user, found),
        "next_state": next_state(request.user, found),
        "reader_form": ReaderForm(study=found),
        "invitation_form": InvitationForm(study=found, auto_id="id_invite_%s"),
        "are_sent": invitations.are_sent(),
        "role_form": RoleForm(),
        "roles": found.roles.select_related("user"),
        "events": found.events.select_related("user")[:12],
    }
    return render(request, "observers/study.html", context)


def next_state(user: Any, study: Study) -> str:
    """Return the state that the user may bring the study to next, if any."""
    targets = policies.TRANSITIONS[State(study.state)]
    allowed = [t.value for t in targets if policies.can_move(user, study, t)]
    return allowed[0] if allowed else ""


@rule(permissions.sees_study)
@never_cache
@require_safe
def protocol(request: HttpRequest, name: str) -> HttpResponse:
    """Show the protocol for people, with its JSON and hash."""
    found = selectors.study_called(name)
    context = {
        "study": found,
        "rules": found.rules,
        "claim": dict(CLAIMS)[found.rules.analysis.hypothesis],
        "tools": [TOOL_NAMES[name] for name in found.rules.tools],
        "view": dict(VIEWS)[found.rules.view],
        "set_names": selectors.set_names(found),
        "digest": digest_of(found.protocol),
        "versions": versions(found),
        "can_amend": policies.can_amend(request.user, found),
        "document": json.dumps(
            found.protocol, indent=2, sort_keys=True, ensure_ascii=False
        ),
    }
    return render(request, "observers/protocol.html", context)


@rule(permissions.breaks_glass)
@never_cache
def break_glass(request: HttpRequest, name: str) -> HttpResponse:
    """Open the truth before the lock: asked for a reason, which is kept."""
    found = selectors.study_called(name)
    context: dict[str, Any] = {"study": found}
    if request.method == "POST":
        try:
            context["truths"] = open_truth(
                study=found, user=request.user, reason=request.POST.get("reason", "")
            )
        except WrongInput as fault:
            context["fault"] = str(fault)
    return render(request, "observers/break_glass.html", context)


@rule(permissions.coordinates)
@never_cache
@require_POST
def move(request: HttpRequest, name: str, state: str) -> HttpResponse:
    """Freeze, open, close or lock the study."""
    found = selectors.study_called(name)
    if state not in MOVES:
        raise Http404(_("There is no such state."))
    try:
        MOVES[State(state)](study=found, user=request.user)
    except (WrongInput, PermissionDenied) as fault:
        messages.error(request, str(fault))
    else:
        found.refresh_from_db()
        text = _("The study is now {state}.").format(state=found.get_state_display())
        messages.success(request, text)
    return redirect(found)
