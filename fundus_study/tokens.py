"""Scripts log in by a token, and only to the API."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class TokenUser:
    """Know the owner of a token before the view's rule is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Put the token's owner in the place of the session's user."""
        if request.path.startswith("/api/") and "Authorization" in request.headers:
            try:
                found = TokenAuthentication().authenticate(request)  # type: ignore[arg-type]
            except AuthenticationFailed as refusal:
                return JsonResponse({"detail": str(refusal.detail)}, status=401)
            if found is not None:
                request.user = found[0]
        return self.get_response(request)
