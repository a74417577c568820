"""People with accounts."""

from __future__ import annotations

from typing import Any

import factory
from django.contrib.auth.models import Permission, User
from factory.django import DjangoModelFactory


class UserFactory(DjangoModelFactory[User]):
    """A person with a password nobody needs."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    password = factory.django.Password("reads-well-4")


def coordinator_user(**fields: Any) -> User:
    """Make a user who may create studies, import and train."""
    user = UserFactory(**fields)
    names = ("create_study", "import_pool", "train_manipulator", "train_detector")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user
