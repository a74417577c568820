"""Deny by default: a view answers only under the rule that it declares.

A view carries ``access_rule``: ``"public"``, ``"signed-in"``, or a callable that
takes the request and the address's arguments and raises ``PermissionDenied`` (or
``Http404``). Someone who has not logged in is sent to the login page first, or told
401 where the answer would be data. Django's admin is for staff; files under
``/static/`` are answered before this middleware.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.files.uploadhandler import FileUploadHandler
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    QueryDict,
)
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

SMALL_BODY = 6 * 2**20
"""Bytes that anybody may send."""
ADMIN_DOORS = {"admin:login", "admin:logout", "admin:jsi18n"}
PUBLIC = "public"
SIGNED_IN = "signed-in"


def access_rule(view: Callable[..., Any]) -> Any:
    """Return the rule declared on a view, its class or its DRF class; else None."""
    for owner in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        rule = getattr(owner, "access_rule", None)
        if rule is not None:
            return rule
    return None


def takes_files(view: Callable[..., Any]) -> bool:
    """Whether a view, or its DRF class, is marked as one that takes files."""
    return any(
        getattr(owner, "takes_files", False)
        for owner in (view, getattr(view, "cls", None))
    )


def wants_data(request: HttpRequest, view: Callable[..., Any]) -> bool:
    """Whether a script asks, so that a redirect to a page would not help."""
    accepts = request.headers.get("Accept", "")
    return hasattr(view, "cls") or "application/json" in accepts


def as_data(refusal: PermissionDenied | Http404) -> JsonResponse:
    """Refuse a script as the API itself would: one sentence, in JSON."""
    if isinstance(refusal, Http404):
        return JsonResponse({"detail": _("There is nothing here.")}, status=404)
    return JsonResponse({"detail": str(refusal)}, status=403)


class DenyByDefault:
    """Refuse every view without a rule; check the rule of every other."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on: the work is done once the view is known."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Check the view's rule before it runs."""
        match = request.resolver_match
        if match is not None and match.app_name == "admin":
            return self.check_admin(request, match.view_name)
        rule = access_rule(view)
        if rule is None:
            raise PermissionDenied(
                _("This page has no access rule, so nobody may see it.")
            )
        if rule == PUBLIC:
            return None
        if not request.user.is_authenticated:
            return self.ask_to_log_in(request, view)
        if rule == SIGNED_IN:
            return None
        try:
            rule(request, *args, **kwargs)
        except (PermissionDenied, Http404) as refusal:
            if not hasattr(view, "cls"):
                raise
            return as_data(refusal)
        return None

    def check_admin(self, request: HttpRequest, name: str) -> HttpResponseBase | None:
        """Let staff into the admin; show its door to nobody else who is logged in."""
        if name in ADMIN_DOORS or getattr(request.user, "is_staff", False):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise PermissionDenied(_("The administration is for staff only."))

    def ask_to_log_in(
        self, request: HttpRequest, view: Callable[..., Any]
    ) -> HttpResponseBase:
        """Send a person to the login page, a script away."""
        if wants_data(request, view):
            return JsonResponse({"detail": _("Log in first.")}, status=401)
        return redirect_to_login(request.get_full_path())


def may_send_files(request: HttpRequest) -> bool:
    """Whether the view takes files, and its rule lets this user in."""
    match = request.resolver_match
    if match is None or not takes_files(match.func):
        return False
    rule = access_rule(match.func)
    if not request.user.is_authenticated or not callable(rule):
        return False
    try:
        rule(request, **match.kwargs)
    except (PermissionDenied, Http404):
        return False
    return True


class LargeBodiesWhereTaken(FileUploadHandler):
    """Refuse large bodies before they are written, but where files may be sent."""

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002
        META: Any,  # noqa: ARG002, N803
        content_length: int,
        boundary: Any,  # noqa: ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        """Look at the length that the browser states; too long is read as nothing."""
        is_taken = self.request is not None and may_send_files(self.request)
        cap = settings.UPLOAD_MAX_BYTES if is_taken else 0
        if content_length > cap + SMALL_BODY:
            return QueryDict(), MultiValueDict()
        return None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        """Hand every part on to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""
