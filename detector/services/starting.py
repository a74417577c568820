"""Start long work once its plan holds; what is refused is refused before any row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from detector.services import pool_plan, training_plan
from detector.services.pool_plan import ScoringOrder
from detector.services.training_plan import DetectorOrder
from forgery.exceptions import WrongInput
from forgery.models import Job
from forgery.policies import User
from forgery.selectors import pool_called
from forgery.services.jobs import start_job


def start_training(*, order: DetectorOrder, owner: User) -> Job:
    """Queue a training run."""
    existing = training_plan.plan(order).existing
    if existing is not None:
        msg = _("Detector {name} is trained already, in just this way.")
        raise WrongInput(msg.format(name=existing))
    return _start("detector.train_detector", order.to_arguments(), owner)


def start_trainings(*, order: DetectorOrder, owner: User) -> list[Job]:
    """Queue a run for each fold, where clusters are cross-fitted and none is named."""
    folds = [order.held_out_fold]
    if folds == [None] and not order.clusters:
        folds = training_plan.folds_of(pool_called(order.pool))
    with transaction.atomic():
        return [
            start_training(order=replace(order, held_out_fold=fold), owner=owner)
            for fold in folds
        ]


def start_scoring(*, order: ScoringOrder, owner: User) -> Job:
    """Queue the scoring of clusters."""
    pool_plan.plan(order)
    return _start("detector.score_pool", order.to_arguments(), owner)


def _start(kind: str, arguments: dict[str, Any], owner: User) -> Job:
    person = owner if isinstance(owner, AbstractBaseUser) else None
    return start_job(kind=kind, arguments=arguments, owner=person)
