"""Readers and roles of a study."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from forgery.exceptions import WrongInput
from forgery.permissions import rule
from observers import permissions
from observers.forms import ReaderForm, RoleForm
from observers.models import Enrolment, Study, StudyRole
from observers.selectors import studies as selectors
from observers.services import enrolment, studies


@rule(permissions.edits)
@never_cache
@require_POST
def enrol(request: HttpRequest, name: str) -> HttpResponse:
    """Enrol a reader; a new account's password is shown on this page only."""
    study = selectors.study_called(name)
    form = ReaderForm(request.POST, study=study)
    if form.is_valid():
        data = form.cleaned_data
        reader = enrolment.NewReader(
            data["username"], data["group"], data["years"], data["email"]
        )
        try:
            enrolled = enrolment.enrol_reader(
                study=study, actor=request.user, reader=reader
            )
        except (WrongInput, PermissionDenied) as fault:
            form.add_error(None, str(fault))
        else:
            return enrolled_page(request, study, enrolled)
    context = {"study": study, "form": form}
    return render(request, "observers/enrol.html", context)


def enrolled_page(
    request: HttpRequest, study: Study, enrolled: enrolment.Enrolled
) -> HttpResponse:
    """Show a new password once, or go back to the study."""
    if not enrolled.password:
        text = _("{reader} is enrolled.").format(reader=enrolled.enrolment.pseudonym)
        messages.success(request, text)
        return redirect(study)
    context = {"study": study, "enrolled": enrolled}
    return render(request, "observers/enrolled.html", context)


@rule(permissions.edits)
@never_cache
@require_POST
def remove(request: HttpRequest, name: str, pseudonym: str) -> HttpResponse:
    """Take a reader out of a draft."""
    found = get_object_or_404(Enrolment, study__name=name, pseudonym=pseudonym)
    enrolment.remove_reader(enrolment=found, actor=request.user)
    messages.success(request, _("The reader is no longer enrolled."))
    return redirect(found.study)


@rule(permissions.coordinates)
@never_cache
@require_POST
def give_role(request: HttpRequest, name: str) -> HttpResponse:
    """Make somebody coordinator or analyst of the study."""
    study = selectors.study_called(name)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            add_role(request, study, **form.cleaned_data)
        except (WrongInput, PermissionDenied) as fault:
            messages.error(request, str(fault))
    return redirect(study)


def add_role(request: HttpRequest, study: Study, username: str, role: str) -> None:
    """Give an existing account a role."""
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        msg = _("There is no account called {name}.")
        raise WrongInput(msg.format(name=username))
    studies.add_role(
        study=study, actor=request.user, user=user, role=StudyRole.Role(role)
    )
