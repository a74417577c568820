"""Every view says who may enter; one that says nothing is refused.

``@rule(check)`` marks a view with ``access_rule``. ``DenyByDefault`` (the
middleware) reads the mark before the view runs: ``"public"`` lets everybody in,
``"signed-in"`` asks for a login, and a callable is given ``request`` and the
view's keyword arguments and raises ``PermissionDenied`` to refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

from django.http import HttpRequest

Check = Callable[..., None]
"""Takes the request and the address's arguments; raises to refuse."""
AccessRule = Check | Literal["public", "signed-in"]
View = TypeVar("View", bound=Callable[..., Any] | type)


def rule(access_rule: AccessRule) -> Callable[[View], View]:
    """Mark a view function or class with who may enter."""

    def mark(view: View) -> View:
        stored = access_rule
        if isinstance(view, type) and callable(access_rule):
            stored = cast("AccessRule", staticmethod(access_rule))
        cast("Any", view).access_rule = stored
        return view

    return mark


def by_method(read: AccessRule, write: Check) -> Check:
    """Make a rule of two: one for those who look, one for those who change."""

    def check(request: HttpRequest, /, **kwargs: Any) -> None:
        chosen = read if request.method in {"GET", "HEAD", "OPTIONS"} else write
        if callable(chosen):
            chosen(request, **kwargs)

    return check


def with_files(view: View) -> View:
    """Mark a view to which those whom its rule lets in may send large files."""
    cast("Any", view).takes_files = True
    return view
