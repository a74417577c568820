"""A new draft with the protocol of another study."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from observers import policies
from observers.models import Study
from observers.services import studies
from observers.services.protocol import default_protocol


def copy_study(*, study: Study, user: Any, name: str) -> Study:
    """Make a draft with the same pool, protocol and groups, and no reader."""
    policies.check_can_copy(user, study)
    return studies.create_study(
        user=user,
        name=name,
        title=_("{title} (copy)").format(title=study.title)[:200],
        pool=study.pool,
        protocol=default_protocol(study.pool, study.protocol),
        copied_from=study.name,
    )
