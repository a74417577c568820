"""Whoever runs studies needs a second factor, where the settings say so.

Staff, people who may create studies, and coordinators and analysts of a study are
sent to their account until they have a passkey or an authenticator app; whoever has
one was asked for it at the door. Readers are not concerned, and neither is the
reading room's API, which serves one's own sessions alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from observers.policies import runs_studies

ALWAYS_OPEN = ("/accounts/", "/api/reading/", "/health/", "/join/")
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class SecondFactor:
    """Send those who need a second factor and have none to their account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, unless a second factor is missing."""
        if not settings.MFA_REQUIRED or not lacks_factor(request):
            return self.get_response(request)
        text = _("Your role needs a second factor: add a passkey or an app first.")
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": text}, status=403)
        messages.warning(request, text)
        return redirect("mfa_index")


def lacks_factor(request: HttpRequest) -> bool:
    """Whether the page is for somebody who needs a factor and has none."""
    if request.path.startswith(ALWAYS_OPEN):
        return False
    user: Any = request.user
    if not user.is_authenticated or not runs_studies(user):
        return False
    return not is_mfa_enabled(user, FACTORS)
