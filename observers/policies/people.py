"""Who runs a study, who reads in it, and that nobody does both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from observers.exceptions import (
    ReaderMustStayBlind,
)
from observers.models import Enrolment, Study, StudyRole

User = AbstractUser | AnonymousUser
State = Study.State
Role = StudyRole.Role


def can(check: Callable[..., None], *arguments: Any) -> bool:
    """Turn a check into an answer, for templates and selectors."""
    try:
        check(*arguments)
    except PermissionDenied:
        return False
    return True


def is_blinded(user: Any) -> bool:
    """Whether the user reads in a study that is not locked."""
    if not user.is_authenticated:
        return False
    return (
        Enrolment.objects.filter(user_id=user.pk)
        .exclude(study__state=State.LOCKED)
        .exists()
    )


def has_role(user: User, study: Study, *roles: Role) -> bool:
    """Whether the user has one of the roles; a superuser counts as coordinator."""
    if user.is_superuser and Role.COORDINATOR in roles:
        return not is_reader(user, study)
    return StudyRole.objects.filter(
        study=study, user_id=user.pk or 0, role__in=roles
    ).exists()


def is_reader(user: User, study: Study) -> bool:
    """Whether the user is enrolled in the study."""
    return Enrolment.objects.filter(study=study, user_id=user.pk or 0).exists()


def has_way_in(user: Any) -> bool:
    """Whether the account has a password or a passkey already."""
    if user.has_usable_password():
        return True
    keys = Authenticator.objects.filter(
        user_id=user.pk, type=Authenticator.Type.WEBAUTHN
    )
    return bool(keys.exists())


def runs_studies(user: User) -> bool:
    """Whether the user is staff, may create studies, or has a role in one."""
    if user.is_staff or user.has_perm("observers.create_study"):
        return True
    return StudyRole.objects.filter(user_id=user.pk or 0).exists()


def check_can_be_reader(user: User, study: Study) -> None:
    """Whoever runs or analyses a study cannot be its reader."""
    if has_role(user, study, Role.COORDINATOR, Role.ANALYST):
        raise ReaderMustStayBlind(
            _(
                "{user} coordinates or analyses this study and cannot be its reader."
            ).format(user=user.get_username())
        )


def check_can_take_role(user: User, study: Study) -> None:
    """Keep readers of a study from coordinating or analysing it."""
    if is_reader(user, study):
        raise ReaderMustStayBlind(
            _("{user} reads in this study and cannot take another role in it.").format(
                user=user.get_username()
            )
        )
