"""Where a page goes on once its files are in, whoever sent them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url


def go_on(request: HttpRequest, target: Any) -> HttpResponse:
    """
    Send a browser on; tell a script only where.

    A script that followed would be shown the page's message in the user's place.
    """
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return JsonResponse({"address": resolve_url(target)})
    return redirect(target)
