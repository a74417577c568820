"""The demo's four people. Their passwords are public, so production has none."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction

from forgery.exceptions import WrongInput
from forgery.policies import CREATE_STUDY, IMPORT, TRAIN, TRAIN_DETECTOR


@dataclass(frozen=True)
class Login:
    """Who may log in to the demo, and how."""

    username: str
    full_name: str
    group: str
    password: str = "fundus-demo"  # noqa: S105 - printed for everybody to use


LOGINS = (
    Login("coordinator", "Demo Coordinator", "coordinators"),
    Login("ophthalmologist", "Demo Ophthalmologist", ""),
    Login("general-doctor", "Demo General Doctor", ""),
    Login("analyst", "Demo Analyst", "analysts"),
)
COORDINATOR_RIGHTS = (IMPORT, TRAIN, TRAIN_DETECTOR, CREATE_STUDY)


@transaction.atomic
def ensure_people() -> None:
    """Make the demo's logins; those that exist keep their password."""
    if settings.PRODUCTION:
        msg = "the demo makes logins with public passwords: not in production mode"
        raise WrongInput(msg)
    ensure_groups()
    for login in LOGINS:
        user, is_new = get_user_model().objects.get_or_create(
            username=login.username,
            defaults={"first_name": login.full_name, "is_active": True},
        )
        if is_new:
            user.set_password(login.password)
            user.save()
        if login.group:
            user.groups.add(Group.objects.get(name=login.group))


def ensure_groups() -> None:
    """Make the site's groups: coordinators hold all rights, analysts none of them."""
    coordinators, _ = Group.objects.get_or_create(name="coordinators")
    Group.objects.get_or_create(name="analysts")
    for right in COORDINATOR_RIGHTS:
        app, codename = right.split(".")
        coordinators.permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
