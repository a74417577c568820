"""Pages of detectors: the list, one model's card, training and scoring."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from detector import policies, selectors
from detector.forms import ScoreForm, TrainForm
from detector.models import DetectorModel
from detector.network import configs
from detector.services.shipped import VERSION
from detector.services.shipped_facts import shipped_facts
from detector.services.starting import start_scoring, start_trainings
from detector.services.tables import COLUMNS, score_row, write_table
from forgery.exceptions import WrongInput
from forgery.models import Job
from forgery.permissions import rule
from forgery.policies import can
from forgery.selectors import comparing

Made = TypeVar("Made")


@rule(policies.looks)
@require_GET
def models(request: HttpRequest) -> HttpResponse:
    """List the detectors: the one that the program ships, and those trained here."""
    context = {
        "detectors": selectors.detectors_with_counts(),
        "shipped": shipped_facts(),
        "may_train": can(policies.check_can_train, request.user),
    }
    return render(request, "detector/models.html", context)


@rule(policies.looks)
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Show some detectors side by side."""
    found = selectors.detectors_numbered(request.GET.getlist("run"))
    context = {
        "runs": found,
        "drawing": comparing.drawing({str(one): one.loss_curve for one in found}),
        "rows": comparing.rows_of([selectors.figures_of(one) for one in found]),
        "back": reverse("detector:models"),
        "title": _("Compare detectors"),
    }
    return render(request, "forgery/compare.html", context)


@rule(policies.looks)
@require_GET
def model(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one model's card: data, training, figures, limits."""
    detector = get_object_or_404(selectors.detectors_with_counts(), pk=pk)
    form = ScoreForm(initial={"pool": detector.pool.name})
    return _card(request, detector, form)


def _card(
    request: HttpRequest, detector: DetectorModel, form: ScoreForm, status: int = 200
) -> HttpResponse:
    context = selectors.model_card(detector) | {
        "form": form,
        "is_shipped": detector.code_version == VERSION,
        "may_train": can(policies.check_can_train, request.user),
    }
    return render(request, "detector/model.html", context, status=status)


@rule(policies.trains)
@require_http_methods(["GET", "POST"])
def train(request: HttpRequest) -> HttpResponse:
    """Start a training as a job; one for each fold where a lesion is cross-fitted."""
    form = TrainForm(request.POST or None)
    status = 200
    if request.method == "POST":
        made, status = _started(
            form, lambda: start_trainings(order=form.order(), owner=request.user)
        )
        if made is not None:
            return _to_jobs(request, made)
    context = {"form": form, "recipes": configs.RECIPES.values()}
    return render(request, "detector/train.html", context, status=status)


def _to_jobs(request: HttpRequest, made: list[Job]) -> HttpResponse:
    """Go to the one job that was started, or to the list of jobs."""
    if len(made) == 1:
        text = _("Training is queued; this page shows how it goes.")
        messages.success(request, text)
        return redirect(made[0])
    text = _("{n} trainings are queued, one a fold; here is how they go.")
    messages.success(request, text.format(n=len(made)))
    return redirect("forgery:jobs")


@rule(policies.trains)
@require_POST
def score(request: HttpRequest, pk: int) -> HttpResponse:
    """Start scoring clusters of a pool as a job."""
    detector = get_object_or_404(selectors.detectors_with_counts(), pk=pk)
    form = ScoreForm(request.POST)
    job, status = _started(
        form, lambda: start_scoring(order=form.order(detector), owner=request.user)
    )
    if job is None:
        return _card(request, detector, form, status)
    messages.success(request, _("Scoring is queued; this page shows how it goes."))
    return redirect(job)


def _started(form: forms.Form, start: Callable[[], Made]) -> tuple[Made | None, int]:
    """Start work, or tell the form why not and with which status to answer."""
    if not form.is_valid():
        return None, 400
    try:
        return start(), 302
    except PermissionDenied as refusal:
        form.add_error(None, str(refusal))
        return None, 403
    except WrongInput as fault:
        form.add_error(None, str(fault))
        return None, 400


@rule(policies.looks)
@require_GET
def scores(_request: HttpRequest, pk: int) -> HttpResponse:
    """Give a detector's scores of pools as a CSV file."""
    detector = get_object_or_404(DetectorModel, pk=pk)
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{detector.name}-scores.csv"'
        },
    )
    rows = selectors.pool_scores(detector)
    write_table(response, COLUMNS, (score_row(one) for one in rows))
    return response
