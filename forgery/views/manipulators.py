"""Pages of manipulators: the list, one at a glance, training, before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forgery import policies
from forgery.exceptions import WrongInput
from forgery.forms.training import PrepareForm, RoleForm, TrainForm
from forgery.imaging.recipes import RECIPES
from forgery.models import Job, Manipulation, Manipulator, Pool
from forgery.permissions import rule
from forgery.selectors import comparing
from forgery.selectors.manipulators import (
    PAPER_TIMES,
    loss_curve,
    manipulators_with_counts,
    matched_pairs,
    neighbours,
    roles_of,
    table2,
    times_of_unet,
)
from forgery.services import sheets, starting

Made = TypeVar("Made")
SHOWN = 24  # manipulations on a manipulator's page


@rule(policies.looks)
@require_GET
def manipulators(request: HttpRequest) -> HttpResponse:
    """List the manipulators."""
    context = {
        "manipulators": manipulators_with_counts(),
        "may_train": policies.can(policies.check_can_train, request.user),
    }
    return render(request, "forgery/manipulators.html", context)


@rule(policies.looks)
@require_GET
def manipulator(request: HttpRequest, name: str) -> HttpResponse:
    """Show one manipulator: loss curve, quality, what it made."""
    found = get_object_or_404(manipulators_with_counts(), name=name)
    context = {
        "manipulator": found,
        "curve": loss_curve(found.loss_curve),
        "table2": table2(found),
        "times": times_of_unet(found),
        "paper_times": PAPER_TIMES,
        "roles": roles_of(found),
        "manipulations": matched_pairs(found)[:SHOWN],
        "form": RoleForm(),
        "may_train": policies.can(policies.check_can_train, request.user),
    }
    return render(request, "forgery/manipulator.html", context)


@rule(policies.looks)
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Show some manipulators side by side."""
    found = comparing.manipulators_named(request.GET.getlist("run"))
    context = {
        "runs": found,
        "drawing": comparing.drawing({one.name: one.loss_curve for one in found}),
        "rows": comparing.rows_of([comparing.figures_of(one) for one in found]),
        "back": reverse("forgery:manipulators"),
        "title": _("Compare manipulators"),
    }
    return render(request, "forgery/compare.html", context)


@rule(policies.trains)
@require_http_methods(["GET", "POST"])
def train(request: HttpRequest) -> HttpResponse:
    """Start a training as a job; one for each fold where a lesion is cross-fitted."""
    asked = ("pool", "lesion", "held_out_fold")
    initial = {name: request.GET[name] for name in asked if name in request.GET}
    form = TrainForm(request.POST or None, initial=initial)
    if request.method == "POST":
        made = _started(
            form,
            lambda: starting.start_trainings(owner=request.user, **form.arguments()),
        )
        if made is not None:
            return _to_jobs(request, made)
    status = 400 if form.errors else 200
    context = {"form": form, "recipes": RECIPES.values()}
    return render(request, "forgery/train.html", context, status=status)


@rule(policies.trains)
@require_POST
def prepare(request: HttpRequest, name: str) -> HttpResponse:
    """Start everything that a pool lacks before a study can take its cases from it."""
    found = get_object_or_404(Pool, name=name)
    form = PrepareForm(request.POST)

    def start() -> list[Job]:
        return starting.start_missing(
            owner=request.user, pool=found, **form.cleaned_data
        )

    made = _started(form, start)
    if made:
        return _to_jobs(request, made)
    for errors in form.errors.values():
        messages.error(request, " ".join(str(error) for error in errors))
    return redirect(found)


def _to_jobs(request: HttpRequest, made: Sequence[Job]) -> HttpResponse:
    """Go to the one job that was started, or to the list of jobs."""
    if len(made) == 1:
        messages.success(request, _("Training is queued; here is how it goes."))
        return redirect(made[0])
    text = _("{n} jobs are queued; here is how they go.").format(n=len(made))
    messages.success(request, text)
    return redirect("forgery:jobs")


@rule(policies.trains)
@require_POST
def manipulate(request: HttpRequest, name: str) -> HttpResponse:
    """Start a manipulation run as a job."""
    found = get_object_or_404(Manipulator, name=name)
    form = RoleForm(request.POST)

    def start() -> Job:
        role = form.cleaned_data["role"]
        return starting.start_manipulation(
            owner=request.user, manipulator=found.name, roles=[role] if role else None
        )

    return _job_or_back(request, found, form, start)


@rule(policies.trains)
@require_POST
def quality(request: HttpRequest, name: str) -> HttpResponse:
    """Start a quality report as a job."""
    found = get_object_or_404(Manipulator, name=name)
    form = RoleForm(request.POST)

    def start() -> Job:
        return starting.start_quality(
            owner=request.user,
            manipulator=found.name,
            role=form.cleaned_data["role"] or None,
        )

    return _job_or_back(request, found, form, start)


def _started(form: forms.Form, start: Callable[[], Made]) -> Made | None:
    """Start work from a valid form, or put on it what cannot be used."""
    if not form.is_valid():
        return None
    try:
        return start()
    except WrongInput as error:
        form.add_error(None, str(error))
    return None


def _job_or_back(
    request: HttpRequest, found: Manipulator, form: forms.Form, start: Callable[[], Job]
) -> HttpResponse:
    job = _started(form, start)
    if job is not None:
        return redirect(job)
    for errors in form.errors.values():
        messages.error(request, " ".join(str(error) for error in errors))
    return redirect(found)


@rule(policies.looks)
@require_GET
def manipulation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show before and after, one over the other."""
    found = get_object_or_404(
        Manipulation.objects.select_related("manipulator__pool", "source__cluster"),
        pk=pk,
    )
    before = request.GET.get("before", "original")
    context = {
        "manipulation": found,
        "before": before if before in sheets.SIDES else "original",
        **neighbours(found),
    }
    return render(request, "forgery/manipulation.html", context)


@rule(policies.looks)
@require_GET
@cache_control(private=True, max_age=86_400)
def side(_request: HttpRequest, pk: int, side: str) -> HttpResponse:
    """Send one side of before and after, or a picture of what was changed."""
    found = get_object_or_404(
        Manipulation.objects.select_related("manipulator", "source"), pk=pk
    )
    if side in sheets.EVIDENCE:
        return HttpResponse(sheets.evidence_of(found, side), content_type="image/png")
    if side not in sheets.SIDES:
        raise Http404
    return HttpResponse(sheets.side_of(found, side), content_type="image/png")
