"""Accounts: passkeys, codes of an authenticator app, passwords.

The views are allauth's, each under a rule stated here; the templates are our own.
``account_login`` and ``account_reauthenticate`` are the names under which allauth
looks for the door and for asking the password again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from forgery.permissions import AccessRule, rule
from fundus_study import accounts


def under(access_rule: AccessRule, view: Callable[..., Any]) -> Callable[..., Any]:
    """Put a view under a rule."""
    return rule(access_rule)(view)


def own(address: str, view: Callable[..., Any], name: str) -> URLPattern:
    """Name a page of the own account: for everybody who is logged in."""
    return path(address, under("signed-in", view), name=name)


def door(address: str, view: Callable[..., Any], name: str) -> URLPattern:
    """Name a page on the way in."""
    return path(address, under("public", view), name=name)


def owns_key(request: HttpRequest, /, *, pk: int) -> None:
    """Access rule of a passkey: one's own."""
    get_object_or_404(Authenticator, pk=pk, user_id=request.user.pk)


remove_key = under(owns_key, webauthn.remove_webauthn)
confirm_by_key = webauthn.reauthenticate_webauthn
new_codes = recovery.generate_recovery_codes
to_account = RedirectView.as_view(pattern_name="mfa_index")
to_login = RedirectView.as_view(pattern_name="login", query_string=True)

urlpatterns = [
    own("", base.index, "mfa_index"),
    own("password/", accounts.Password.as_view(), "account_password"),
    own("confirm/", account.reauthenticate, "account_reauthenticate"),
    own("confirm/code/", base.reauthenticate, "mfa_reauthenticate"),
    own("confirm/key/", confirm_by_key, "mfa_reauthenticate_webauthn"),
    own("codes/on/", totp.activate_totp, "mfa_activate_totp"),
    own("codes/off/", totp.deactivate_totp, "mfa_deactivate_totp"),
    own("recovery/", recovery.view_recovery_codes, "mfa_view_recovery_codes"),
    own("recovery/new/", new_codes, "mfa_generate_recovery_codes"),
    own("keys/", to_account, "mfa_list_webauthn"),
    own("keys/add/", accounts.AddPasskey.as_view(), "mfa_add_webauthn"),
    path("keys/<int:pk>/remove/", remove_key, name="mfa_remove_webauthn"),
    door("door/", to_login, "account_login"),
    door("door/code/", base.authenticate, "mfa_authenticate"),
    door("door/key/", webauthn.login_webauthn, "mfa_login_webauthn"),
]
