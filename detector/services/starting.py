"""Start long work once its plan holds; what is refused is refused before any row."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from detector.services import pool_plan, training_plan
from detector.services.pool_plan import ScoringOrder
from detector.services.training_plan import DetectorOrder
from forgery.exceptions import WrongInput
from forgery.models import Job
from forgery.policies import User
from forgery.services.jobs import start_job


def start_training(*, order: DetectorOrder, owner: User) -> Job:
    """Queue a training run."""
    existing = training_plan.plan(order).existing
    if existing is not None:
        msg = _("Detector {name} is trained already, in just this way.")
        raise WrongInput(msg.format(name=existing))
    return _start("detector.train_detector", order.to_arguments(), owner)


def start_scoring(*, order: ScoringOrder, owner: User) -> Job:
    """Queue the scoring of clusters."""
    pool_plan.plan(order)
    return _start("detector.score_pool", order.to_arguments(), owner)


def _start(kind: str, arguments: dict[str, Any], owner: User) -> Job:
    person = owner if isinstance(owner, AbstractBaseUser) else None
    return start_job(kind=kind, arguments=arguments, owner=person)
