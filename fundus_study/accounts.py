"""Logging in and out, and the language of the pages."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, update_session_auth_hash, views
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    SetPasswordForm,
)
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import FormView
from django.views.i18n import set_language

from observers.policies import has_way_in
from observers.views.join_limit import address

PAUSE = 15 * 60  # seconds


def attempts_key(request: HttpRequest) -> str:
    """Name the counter of wrong passwords of this name from this address."""
    name = request.POST.get("username", "")[:150].casefold()
    return f"login:{address(request)}:{name}".encode().hex()


class Login(views.LoginView):
    """The door; after too many wrong passwords it stays shut for a quarter hour."""

    access_rule = "public"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Know whether anybody could log in at all."""
        is_empty = not get_user_model().objects.exists()
        return super().get_context_data(**kwargs) | {"is_empty": is_empty}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count wrong passwords; refuse without looking once there were too many."""
        if cache.get(attempts_key(request), 0) < settings.LOGIN_ATTEMPTS:
            return super().post(request, *args, **kwargs)
        form = self.get_form()
        form.errors.clear()
        message = _(
            "Too many wrong passwords. Wait 15 minutes, then try again; "
            "your readings are safe."
        )
        page = self.get_context_data(form=form, refusal=message)
        return self.render_to_response(page, status=429)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let in; whoever has a second factor is asked for it first."""
        user = form.get_user()
        record_authentication(
            self.request, user, method="password", reauthenticated=True
        )
        response: HttpResponse = perform_login(
            self.request, user, redirect_url=self.get_success_url()
        )
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Count one wrong password."""
        key = attempts_key(self.request)
        cache.add(key, 0, PAUSE)
        cache.incr(key)
        return super().form_invalid(form)


class Logout(views.LogoutView):
    """Out, by POST only."""

    access_rule = "public"


class Language(View):
    """Switch the language of the pages."""

    access_rule = "public"

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Store the choice in a cookie and go back."""
        return set_language(request)


class Password(FormView[Any]):
    """Change one's password; set it where a passkey was the only way in."""

    access_rule = "signed-in"
    template_name = "account/password.html"
    success_url = reverse_lazy("mfa_index")

    def get_form_class(self) -> type[Any]:
        """Ask for the old password where there is one."""
        user: Any = self.request.user
        has_one = user.has_usable_password()
        return PasswordChangeForm if has_one else SetPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form whose password it is."""
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: Any) -> HttpResponse:
        """Store it; this session stays, others end."""
        update_session_auth_hash(self.request, form.save())
        messages.success(self.request, _("The password is changed."))
        return super().form_valid(form)


def has_no_way_in(user: Any) -> bool:
    """Whether somebody came by an invitation and has neither password nor key yet."""
    return user.is_authenticated and not has_way_in(user)


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Ask for a confirmation of whoever has something to confirm with."""

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Let the first passkey of an invited reader be made without one."""
        if has_no_way_in(self.request.user):
            return False
        return bool(super().is_reauthentication_required(app=app))


class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    """Add a passkey."""

    def get_success_url(self) -> str:
        """Go to the first page with a passkey alone, else to the recovery codes."""
        user: Any = self.request.user
        if not user.has_usable_password():
            return reverse("observers:home")
        return str(super().get_success_url())
