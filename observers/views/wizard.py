"""Setting a study up step by step; a draft is whole after each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from forgery.exceptions import WrongInput
from forgery.permissions import rule
from observers import permissions, policies
from observers.exceptions import AmendedMeanwhile, WrongProtocol
from observers.forms import steps
from observers.forms.groups import GroupFormSet, group_rows
from observers.forms.studies import AmendForm, NewStudyForm, free_name
from observers.forms.words import WordsForm
from observers.models import Study
from observers.models.protocol import Group
from observers.selectors.studies import study_called
from observers.selectors.versions import differences, held_in, versions
from observers.services import amending, checklist, copying, studies
from observers.services.protocol import default_protocol

CHECK = "check"
STEPS: dict[str, tuple[str | Promise, type[steps.StepForm] | None]] = {
    "cases": (gettext_lazy("Cases"), steps.CasesForm),
    "readers": (gettext_lazy("Readers"), steps.ReadersForm),
    "reading": (gettext_lazy("Reading room"), steps.RoomForm),
    "words": (gettext_lazy("Instructions and consent"), WordsForm),
    "plan": (gettext_lazy("Analysis plan"), steps.PlanForm),
    CHECK: (gettext_lazy("Check and freeze"), None),
}


@rule(permissions.creates)
@never_cache
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Make a draft of a title and a pool; the paper's protocol is filled in."""
    initial = {"pool": request.GET.get("pool")}
    form = NewStudyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        pool = form.cleaned_data["pool"]
        study = studies.create_study(
            user=request.user,
            name=form.cleaned_data["name"],
            title=form.cleaned_data["title"],
            pool=pool,
            protocol=default_protocol(pool, studies.offered(pool)),
        )
        return redirect("observers:setup", study.name, "cases")
    return render(request, "observers/study_form.html", {"form": form})


@rule(permissions.edits)
@never_cache
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, name: str, step: str) -> HttpResponse:
    """Show one step, keep what it decides, and go on."""
    study = study_called(name)
    if step not in STEPS:
        raise Http404(_("There is no such step."))
    kind = STEPS[step][1]
    if kind is None:
        return render(request, "observers/setup.html", check_page(study, request.user))
    form = kind(request.POST or None, study=study)
    groups = None
    if step == "readers":
        rows = group_rows(study.rules)
        groups = GroupFormSet(request.POST or None, initial=rows, prefix="groups")
    if request.method == "POST" and kept(request, study, form, groups):
        return redirect("observers:setup", study.name, following(request, step))
    context = page(study, step) | {"form": form, "groups": groups}
    context |= {"rules": study.rules} | checklist.hint(study, study.rules)
    return render(request, "observers/setup.html", context)


def page(study: Study, step: str) -> dict[str, Any]:
    """Return what every step shows: where one is, what was before, what follows."""
    keys = list(STEPS)
    place = keys.index(step)
    return {
        "study": study,
        "step": step,
        "step_name": STEPS[step][0],
        "steps": [(key, STEPS[key][0]) for key in keys],
        "before": keys[place - 1] if place else "",
        "has_hint": step in {"cases", "readers"},
    }


def check_page(study: Study, user: Any) -> dict[str, Any]:
    """Return the last step: the checklist, and whether the study can be frozen."""
    points = checklist.checklist(study)
    return page(study, CHECK) | {
        "points": points,
        "states": checklist.STATES,
        "can_freeze": all(point.state != "missing" for point in points)
        and policies.can_move(user, study, Study.State.FROZEN),
    }


def following(request: HttpRequest, step: str) -> str:
    """Name the step that the pressed button leads to."""
    wanted = request.POST.get("to", "")
    if wanted in STEPS:
        return wanted
    keys = list(STEPS)
    return keys[min(keys.index(step) + 1, len(keys) - 1)]


def kept(
    request: HttpRequest, study: Study, form: steps.StepForm, groups: Any | None
) -> bool:
    """Keep a valid step; what the protocol refuses becomes a form error."""
    if not form.is_valid() or (groups is not None and not groups.is_valid()):
        return False
    entries = form.document()
    if groups is not None:
        entries["groups"] = [entry for g in groups if (entry := g.entry())]
    try:
        protocol = default_protocol(study.pool, {**study.protocol, **entries})
        studies.update_study(
            study=study,
            user=request.user,
            title=form.cleaned_data.get("title", study.title),
            protocol=protocol,
            pool=form.cleaned_data.get("pool"),
        )
    except WrongInput as fault:
        form.add_error(None, str(fault))
        return False
    return True


@rule(permissions.edits)
@never_cache
@require_safe
def hint(request: HttpRequest, name: str) -> HttpResponse:
    """Say what the counts on the page would mean, before they are saved."""
    study = study_called(name)
    rules = study.rules
    try:
        rules = replace(rules, **asked(request))
    except (WrongProtocol, ValueError):
        rules = study.rules
    context = {"study": study, "rules": rules} | checklist.hint(study, rules)
    return render(request, "observers/hint.html", context)


def asked(request: HttpRequest) -> dict[str, Any]:
    """Read the counts and groups that the page thinks of."""
    found: dict[str, Any] = {
        name: int(request.GET[name])
        for name in ("n_original", "n_manipulated", "rounds")
        if request.GET.get(name)
    }
    for name in ("lesions", "manipulators"):
        if name in request.GET:
            found[name] = tuple(request.GET.getlist(name))
    groups = GroupFormSet(request.GET, prefix="groups")
    if "groups-TOTAL_FORMS" in request.GET and groups.is_valid():
        entries = [entry for form in groups if (entry := form.entry())]
        found["groups"] = tuple(Group(**entry) for entry in entries)
    return found


@rule(permissions.copies)
@never_cache
@require_POST
def copy(request: HttpRequest, name: str) -> HttpResponse:
    """Make a draft with the same protocol, without readers."""
    study = copying.copy_study(
        study=study_called(name),
        user=request.user,
        name=free_name(name),
    )
    text = _("A draft with the protocol of {name}; readers are not in.")
    messages.success(request, text.format(name=name))
    return redirect("observers:setup", study.name, "cases")


@rule(permissions.amends)
@never_cache
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, name: str) -> HttpResponse:
    """Amend what a frozen protocol says to readers, with a reason."""
    study = study_called(name)
    form = AmendForm(request.POST or None, study=study)
    if request.method == "POST" and form.is_valid():
        try:
            made = amending.amend(
                study=study,
                user=request.user,
                reason=form.cleaned_data["reason"],
                entries=form.document(),
                begun_from=form.cleaned_data["begun_from"],
            )
        except AmendedMeanwhile as fault:
            return _amended_meanwhile(request, form, fault)
        except WrongInput as fault:
            form.add_error(None, str(fault))
        else:
            text = _("Version {n} of the protocol holds from now on.")
            messages.success(request, text.format(n=made.number))
            return redirect("observers:protocol", name)
    context = {"study": study, "form": form, "fixed": amending.FIXED}
    return render(request, "observers/amend.html", context)


def _amended_meanwhile(
    request: HttpRequest, form: AmendForm, fault: AmendedMeanwhile
) -> HttpResponse:
    """Keep what was written on screen, beside what another has amended meanwhile."""
    study, before = form.study, form.cleaned_data["begun_from"]
    study.refresh_from_db()
    own = form.carried_on(held_in(study, before))
    own.add_error(None, str(fault))
    context = {
        "study": study,
        "form": own,
        "fixed": amending.FIXED,
        "meanwhile": [one for one in versions(study) if one.number > before],
        "own": differences(study, own.document()),
    }
    return render(request, "observers/amend.html", context, status=409)
