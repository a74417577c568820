"""One reader's page: how far, what departs, the links; exclude, hand over, replace."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from forgery.exceptions import WrongInput
from forgery.permissions import rule
from observers import permissions
from observers.forms.people import ExcludeForm, ReplaceForm
from observers.models import Enrolment, Rating
from observers.selectors import conduct as selectors
from observers.selectors.api import events_of_reader
from observers.selectors.studies import set_names, study_called
from observers.services import leaving, replacing
from observers.views.people import site_of


@rule(permissions.coordinates)
@never_cache
@require_safe
def reader(request: HttpRequest, name: str, pseudonym: str) -> HttpResponse:
    """Show one reader: how far, what departs, which links; what can be done."""
    study = study_called(name)
    found = selectors.conduct_of(study, pseudonym)
    if found is None:
        raise Http404(_("There is no such reader."))
    own = found.enrolment
    has_rated = Rating.objects.filter(session__enrolment=own).exists()
    context = {
        "study": study,
        "row": found,
        "own": own,
        "cells": zip(set_names(study), found.progress.cells, strict=False),
        "here": reverse("observers:readers", args=[name]),
        "can_leave": leaving.can_leave(request.user, own),
        "can_replace": replacing.can_replace(request.user, own),
        "has_rated": has_rated,
        "exclude_form": ExcludeForm(auto_id="id_exclude_%s"),
        "replace_form": ReplaceForm(
            study=study,
            needs_reason=has_rated and own.excluded_at is None,
            initial={"instead_of": own.user_id},
        ),
        "events": events_of_reader(study, pseudonym),
    }
    return render(request, "observers/reader.html", context)


def reader_of(name: str, pseudonym: str) -> Enrolment:
    """Find a reader of a study by pseudonym."""
    found = Enrolment.objects.select_related("study", "user", "group")
    return get_object_or_404(found, study__name=name, pseudonym=pseudonym)


@rule(permissions.coordinates)
@never_cache
@require_POST
def exclude(request: HttpRequest, name: str, pseudonym: str) -> HttpResponse:
    """End a reader's part, with a reason; nothing is deleted."""
    found = reader_of(name, pseudonym)
    reason = request.POST.get("reason", "")
    try:
        leaving.exclude_reader(enrolment=found, actor=request.user, reason=reason)
    except (WrongInput, PermissionDenied) as fault:
        messages.error(request, str(fault))
    else:
        text = _("{reader} is excluded; every rating is kept.")
        messages.success(request, text.format(reader=pseudonym))
    return redirect("observers:reader", name, pseudonym)


@rule(permissions.coordinates)
@never_cache
@require_POST
def replace(request: HttpRequest, name: str, pseudonym: str) -> HttpResponse:
    """Give a reader's place to somebody else, who is invited."""
    found = reader_of(name, pseudonym)
    form = ReplaceForm(request.POST, study=found.study, needs_reason=False)
    if not form.is_valid():
        messages.error(request, first_error(form))
        return redirect("observers:reader", name, pseudonym)
    reason = request.POST.get("reason", "")
    newcomer = replacing.Newcomer(**form.cleaned_data, reason=reason)
    try:
        made = replacing.replace_reader(
            own=found, actor=request.user, newcomer=newcomer, site=site_of(request)
        )
    except (WrongInput, PermissionDenied) as fault:
        messages.error(request, str(fault))
        return redirect("observers:reader", name, pseudonym)
    text = _("{reader} is now {email}; the invitation is sent.")
    messages.success(request, text.format(reader=made.pseudonym, email=newcomer.email))
    return redirect("observers:reader", name, made.pseudonym)


def first_error(form: ReplaceForm) -> str:
    """Say the first thing that is wrong with a form, with its field."""
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label if name in form.fields else ""
    return f"{label}: {errors[0]}" if label else str(errors[0])
