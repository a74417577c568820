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
from observers.forms import InvitationForm, ReaderForm, RoleForm
from observers.models import Enrolment, Study, StudyRole
from observers.selectors import studies as selectors
from observers.services import enrolment, invitations, studies


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


@rule(permissions.edits)
@never_cache
@require_POST
def invite(request: HttpRequest, name: str) -> HttpResponse:
    """Enrol a reader by e-mail address and send the link."""
    study = selectors.study_called(name)
    form = InvitationForm(request.POST, study=study)
    if form.is_valid():
        guest = invitations.Guest(**form.cleaned_data)
        try:
            invitations.invite(
                study=study, actor=request.user, guest=guest, site=site_of(request)
            )
        except (WrongInput, PermissionDenied) as fault:
            form.add_error(None, str(fault))
        else:
            text = _("The invitation is sent to {email}.").format(email=guest.email)
            messages.success(request, text)
            return redirect(study)
    context = {"study": study, "form": form, "is_invitation": True}
    return render(request, "observers/enrol.html", context)


def site_of(request: HttpRequest) -> str:
    """Return the address of this server, as the coordinator's browser knows it."""
    return request.build_absolute_uri("/")


@rule(permissions.coordinates)
@never_cache
@require_POST
def send_again(request: HttpRequest, name: str, pseudonym: str) -> HttpResponse:
    """Send a new link; the ones before end."""
    found = get_object_or_404(Enrolment, study__name=name, pseudonym=pseudonym)
    if not found.user.email:
        messages.error(request, _("This account has no e-mail address."))
        return redirect(found.study)
    invitations.send(enrolment=found, actor=request.user, site=site_of(request))
    messages.success(request, _("A new link is sent; earlier links have ended."))
    return redirect(found.study)


@rule(permissions.coordinates)
@never_cache
@require_POST
def end_invitation(request: HttpRequest, name: str, pseudonym: str) -> HttpResponse:
    """End the links of a reader."""
    found = get_object_or_404(Enrolment, study__name=name, pseudonym=pseudonym)
    invitations.expire(enrolment=found, actor=request.user)
    messages.success(request, _("The links of this reader have ended."))
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
