"""Pages of detectors: the list, one model's card, and starting a training."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from detector import policies, selectors
from detector.forms import TrainForm
from forgery.permissions import rule
from forgery.policies import can
from forgery.services.jobs import start_job


@rule(policies.looks)
@require_GET
def models(request: HttpRequest) -> HttpResponse:
    """List the detectors."""
    context = {
        "detectors": selectors.detectors_with_counts(),
        "may_train": can(policies.check_can_train, request.user),
    }
    return render(request, "detector/models.html", context)


@rule(policies.looks)
@require_GET
def model(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one model's card: data, training, figures, limits."""
    detector = get_object_or_404(selectors.detectors_with_counts(), pk=pk)
    return render(request, "detector/model.html", selectors.model_card(detector))


@rule(policies.trains)
@require_http_methods(["GET", "POST"])
def train(request: HttpRequest) -> HttpResponse:
    """Start a training as a job."""
    form = TrainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        job = start_job(
            kind="detector.train_detector",
            arguments={**form.cleaned_data, "pool": form.cleaned_data["pool"].name},
            owner=request.user if request.user.is_authenticated else None,
        )
        messages.success(request, _("Training is queued; this page shows how it goes."))
        return redirect(job)
    return render(request, "detector/train.html", {"form": form})
