"""Access rules of pages: they load the study by its name and ask the policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from forgery.models import Job
from forgery.permissions import Check
from observers import policies
from observers.models import Enrolment, Study
from observers.services.check_files import KIND


def _on_study(check: Callable[[Any, Study], None]) -> Check:
    def rule(request: HttpRequest, /, **kwargs: Any) -> None:
        check(request.user, get_object_or_404(Study, name=kwargs["name"]))

    return rule


coordinates = _on_study(policies.check_can_coordinate)
copies = _on_study(policies.check_can_copy)
edits = _on_study(policies.check_can_edit)
sees_study = _on_study(policies.check_can_see_study)
amends = _on_study(policies.check_can_amend)
breaks_glass = _on_study(policies.check_can_break_glass)
sees_results = _on_study(policies.check_can_see_results)


def reads(request: HttpRequest, /, **kwargs: Any) -> None:
    """Access rule of a reader's own pages of a study; others learn nothing of it."""
    get_object_or_404(Enrolment, study__name=kwargs["name"], user_id=request.user.pk)


def creates(request: HttpRequest, /, **_kwargs: Any) -> None:
    """Access rule of the page that creates studies."""
    policies.check_can_create(request.user)


def checks_images(request: HttpRequest, /, **_kwargs: Any) -> None:
    """Access rule of the page that asks the detector about images."""
    policies.check_can_check_images(request.user)


def sees_check(request: HttpRequest, /, *, pk: int, **_kwargs: Any) -> None:
    """Access rule of one check: whose it is, as long as nothing makes them blind."""
    policies.check_can_check_images(request.user)
    get_object_or_404(Job, pk=pk, kind=KIND, owner_id=request.user.pk)
