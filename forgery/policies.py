"""Who may do what with pools, manipulators and jobs.

Importing needs the permission ``forgery.import_pool``, training, manipulating
and quality reports need ``forgery.train_manipulator``. Looking at pools,
manipulators, before and after needs either of them. A job's page is for its
owner and for those who may start work of its kind. Whoever reads in a study
that is not locked sees none of this, whatever else they may do: these pages
tell the truth. Readers are known to the app above, which registers the question
with :func:`register_blinding_check`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from forgery.exceptions import BlindedReader
from forgery.models import Job

User = AbstractBaseUser | AnonymousUser
BlindingCheck = Callable[[Any], bool]
_blinding_checks: list[BlindingCheck] = []

IMPORT = "forgery.import_pool"
TRAIN = "forgery.train_manipulator"
TRAIN_DETECTOR = "detector.train_detector"
CREATE_STUDY = "observers.create_study"


def register_blinding_check(check: BlindingCheck) -> BlindingCheck:
    """Add a question ``is this user a reader of a study not yet locked?``."""
    if check not in _blinding_checks:
        _blinding_checks.append(check)
    return check


def is_blinded(user: User) -> bool:
    """Whether any registered check says that the user must not see the truth."""
    return any(check(user) for check in _blinding_checks)


def check_not_blinded(user: User) -> None:
    """Refuse readers of studies that are not locked."""
    if is_blinded(user):
        raise BlindedReader(
            _(
                "You are a reader in a study that is still running, so pages that "
                "could tell which images are manipulated are closed to you until "
                "the study is locked."
            )
        )


def check_any(user: User, *permissions: str) -> None:
    """Refuse users without any of the permissions, and blinded readers."""
    if not any(user.has_perm(name) for name in permissions):  # type: ignore[union-attr]
        raise PermissionDenied(
            _("Your account may not do this; ask for the right: {names}.").format(
                names=", ".join(permissions)
            )
        )
    check_not_blinded(user)


def check_can_look(user: User) -> None:
    """Refuse users who do not work with pools and models."""
    check_any(user, IMPORT, TRAIN, TRAIN_DETECTOR, CREATE_STUDY)


def check_can_import(user: User) -> None:
    """Refuse users who may not change pools."""
    check_any(user, IMPORT)


def check_can_train(user: User) -> None:
    """Refuse users who may not train, manipulate or measure."""
    check_any(user, TRAIN)


def can(check: Callable[[User], None], user: User) -> bool:
    """Turn a check into an answer, for templates and selectors."""
    try:
        check(user)
    except PermissionDenied:
        return False
    return True


def check_can_see_job(user: User, job: Job) -> None:
    """Refuse all but the job's owner and those who may look at pools."""
    if job.owner_id is not None and job.owner_id == user.pk:
        check_not_blinded(user)
        return
    check_can_look(user)


def check_can_cancel_job(user: User, job: Job) -> None:
    """Refuse all but those who may see the job."""
    check_can_see_job(user, job)


def looks(request: HttpRequest, /, **_kwargs: Any) -> None:
    """Access rule of pages that show pools and manipulators."""
    check_can_look(request.user)


def imports(request: HttpRequest, /, **_kwargs: Any) -> None:
    """Access rule of pages that import."""
    check_can_import(request.user)


def trains(request: HttpRequest, /, **_kwargs: Any) -> None:
    """Access rule of pages that train and manipulate."""
    check_can_train(request.user)


def sees_job(request: HttpRequest, /, *, pk: int, **_kwargs: Any) -> None:
    """Access rule of a job's page: a job that is not there is a 404."""
    check_can_see_job(request.user, get_object_or_404(Job, pk=pk))
