"""Who may do what with detectors.

Training needs the permission ``detector.train_detector``; looking at a
detector's page needs the right to look at pools (``forgery.policies``), since
its figures could tell a reader the truth.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from forgery.policies import TRAIN_DETECTOR, User, check_any, check_can_look


def check_can_train(user: User) -> None:
    """Training uses machine time and spends clusters."""
    check_any(user, TRAIN_DETECTOR)


def looks(request: HttpRequest, /, **_kwargs: Any) -> None:
    """Access rule of pages that show detectors."""
    check_can_look(request.user)


def trains(request: HttpRequest, /, **_kwargs: Any) -> None:
    """Access rule of pages that train detectors."""
    check_can_train(request.user)
