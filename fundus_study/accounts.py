"""Logging in and out, and the language of the pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.i18n import set_language

PAUSE = 15 * 60  # seconds


def address(request: HttpRequest) -> str:
    """Return where the request came from; in production as the proxy says."""
    told = request.headers.get("X-Forwarded-For", "") if settings.PRODUCTION else ""
    return told.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def attempts_key(request: HttpRequest) -> str:
    """Name the counter of wrong passwords of this name from this address."""
    name = request.POST.get("username", "")[:150].casefold()
    return f"login:{address(request)}:{name}".encode().hex()


class Login(views.LoginView):
    """The door; after too many wrong passwords it stays shut for a quarter hour."""

    access_rule = "public"
    redirect_authenticated_user = True

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
