"""The way in by an invitation: look as often as you like, use it once."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib.auth import logout
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forgery.permissions import rule
from observers import policies
from observers.exceptions import InvitationOver
from observers.models import Enrolment
from observers.services import invitations
from observers.views import join_limit


@rule("public")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password or a passkey; opening the page uses nothing up."""
    if join_limit.is_shut(request, token):
        return render(request, "429.html", status=429)
    try:
        invitation = invitations.open_invitation(token)
    except InvitationOver:
        join_limit.count_failure(request, token)
        raise
    user = invitation.enrolment.user
    wants_key = request.POST.get("way") == "passkey"
    form: SetPasswordForm[Any] = SetPasswordForm(
        user, request.POST if request.method == "POST" and not wants_key else None
    )
    if wants_key or form.is_valid():
        password = None if wants_key else form.cleaned_data["new_password1"]
        return let_in(request, token, password)
    context = {
        "form": form,
        "study": invitation.enrolment.study,
        "has_account": policies.has_way_in(user),
        "reader": user,
    }
    return render(request, "observers/join.html", context)


def let_in(request: HttpRequest, token: str, password: str | None) -> HttpResponse:
    """Use the invitation up, log its reader in and go to the consent."""
    enrolment = invitations.accept(token=token, password=password)
    if request.user.is_authenticated:
        logout(request)  # another person on the same computer
    record_authentication(request, enrolment.user, method="invitation")
    target = after(enrolment) if password else reverse("mfa_add_webauthn")
    response: HttpResponse = perform_login(request, enrolment.user, redirect_url=target)
    return response


def after(enrolment: Enrolment) -> str:
    """Return the page that comes next: the consent, where one is asked for."""
    study = enrolment.study
    if not study.rules.consent:
        return reverse("observers:home")
    first = enrolment.sessions.order_by("position").first()
    address = reverse("observers:consent", args=[study.name])
    return f"{address}?set={first.token}" if first else address
