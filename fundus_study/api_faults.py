"""How the API says that input cannot be used: 400 with one sentence."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from rest_framework.exceptions import ParseError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from forgery.exceptions import WrongInput


def answer(fault: Exception, context: dict[str, Any]) -> Response | None:
    """Answer wrong input with 400, what is not there with 404; else as DRF does."""
    if isinstance(fault, WrongInput):
        fault = ParseError(str(fault))
    elif isinstance(fault, ObjectDoesNotExist):
        fault = Http404()
    return exception_handler(fault, context)
