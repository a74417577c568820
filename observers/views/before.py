"""What comes before the first case: consent, its withdrawal, and the conditions."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forgery.permissions import rule
from observers import permissions
from observers.forms.conditions import DARK_PATCHES, GREY_STEPS, ConditionsForm
from observers.selectors import before as selectors
from observers.services.conditions import store_conditions
from observers.services.consent import give_consent, withdraw_consent

DEVICE_COOKIE = "fundus_device"
YEAR = 365 * 86400  # seconds


def device_of(request: HttpRequest) -> UUID | None:
    """Return the random name that this browser was given, if it was."""
    try:
        return UUID(request.COOKIES.get(DEVICE_COOKIE, ""))
    except ValueError:
        return None


def onward(name: str, request: HttpRequest) -> HttpResponseRedirect:
    """Go on to the set that the reader came from, else to the list of sets."""
    enrolment = selectors.own_enrolment(name, request.user)
    session = selectors.own_session(enrolment, request.GET.get("set", ""))
    if session is None:
        return redirect("observers:home")
    return redirect("observers:room", session.token)


@rule(permissions.reads)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, name: str) -> HttpResponse:
    """Show what is agreed to; store it with the very text that was shown."""
    enrolment = selectors.own_enrolment(name, request.user)
    text = selectors.consent_text(enrolment.study)
    if request.method == "POST":
        give_consent(enrolment=enrolment, reader=request.user, text=text)
        return onward(name, request)
    context = {"enrolment": enrolment, "study": enrolment.study, "text": text}
    return render(request, "observers/consent.html", context)


@rule(permissions.reads)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, name: str) -> HttpResponse:
    """Ask once more, then close the reader's sessions for good."""
    enrolment = selectors.own_enrolment(name, request.user)
    text = selectors.consent_text(enrolment.study)
    if request.method == "POST":
        withdraw_consent(enrolment=enrolment, reader=request.user, text=text)
        messages.success(request, _("You have withdrawn. Thank you for your help."))
        return redirect("observers:home")
    context = {"enrolment": enrolment, "study": enrolment.study, "text": text}
    return render(request, "observers/withdraw.html", context)


@rule(permissions.reads)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def conditions(request: HttpRequest, name: str) -> HttpResponse:
    """Measure the screen and ask what can be told apart on it."""
    enrolment = selectors.own_enrolment(name, request.user)
    form = ConditionsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        device = device_of(request) or uuid4()
        store_conditions(
            enrolment=enrolment,
            reader=request.user,
            session=selectors.own_session(enrolment, request.GET.get("set", "")),
            device=device,
            found=form.cleaned_data,
        )
        return remember(onward(name, request), device)
    context = {
        "study": enrolment.study,
        "form": form,
        "grey_steps": range(GREY_STEPS + 1),
        "dark_patches": range(DARK_PATCHES + 1),
    }
    return render(request, "observers/conditions.html", context)


def remember(response: HttpResponseRedirect, device: UUID) -> HttpResponseRedirect:
    """Give the browser its random name, so that one check a device suffices."""
    response.set_cookie(
        DEVICE_COOKIE,
        str(device),
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
