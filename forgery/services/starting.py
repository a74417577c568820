"""Start long work from a page or the API: check it by name first, then queue it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from forgery.exceptions import WrongInput
from forgery.imaging import recipes
from forgery.models import Job, Pool
from forgery.policies import User
from forgery.selectors import pool_called
from forgery.selectors.next_steps import next_steps
from forgery.services import manipulation_plan, pools, training_plan, uploads
from forgery.services.jobs import start_job


def start_import(*, owner: User, **given: Any) -> Job:
    """Queue an import."""
    arguments = pools.arguments(**given)
    return start_job(kind="forgery.import_pool", arguments=arguments, owner=owner)


def start_training(*, owner: User, **given: Any) -> Job:
    """Queue the training of a manipulator, unless a cluster has another role."""
    arguments = training_plan.arguments(**given)
    training_plan.plan(arguments)
    return start_job(kind="forgery.train_manipulator", arguments=arguments, owner=owner)


def start_trainings(*, owner: User, **given: Any) -> list[Job]:
    """Queue a training for each fold, where a lesion is cross-fitted and none named."""
    folds: list[int | None] = [given.pop("held_out_fold", None)]
    if folds == [None] and recipes.is_trained(given["recipe"]):
        folds = training_plan.folds_of(pool_called(given["pool"]), given["lesion"])
    name = given.pop("name", "")
    with transaction.atomic():
        return [
            start_training(
                owner=owner,
                held_out_fold=fold,
                name=f"{name}-fold{fold}" if name and len(folds) > 1 else name,
                **given,
            )
            for fold in folds
        ]


def start_missing(*, owner: User, pool: Pool, recipe: str, preset: str) -> list[Job]:
    """Queue whatever a pool lacks before a study can take its cases from it."""
    steps = next_steps(pool)
    folds = [(one.key, one.fold) for one in steps if one.kind != "manipulate"]
    if not recipes.is_trained(recipe):
        folds = [
            (lesion, None) for lesion in dict.fromkeys(key for key, _fold in folds)
        ]
    with transaction.atomic():
        made = [
            start_manipulation(owner=owner, manipulator=one.manipulator)
            for one in steps
            if one.kind == "manipulate"
        ]
        return made + [
            start_training(
                owner=owner,
                pool=pool.name,
                lesion=lesion,
                recipe=recipe,
                preset=preset,
                held_out_fold=fold,
                manipulate=True,
            )
            for lesion, fold in folds
        ]


def start_manipulation(*, owner: User | None, **given: Any) -> Job:
    """Queue a manipulation run, unless the manipulator was trained on a cluster."""
    arguments = manipulation_plan.arguments(**given)
    manipulation_plan.plan(arguments)
    return start_job(kind="forgery.manipulate", arguments=arguments, owner=owner)


def start_quality(*, owner: User, **given: Any) -> Job:
    """Queue a quality report."""
    arguments = manipulation_plan.quality_arguments(**given)
    return start_job(kind="forgery.quality_report", arguments=arguments, owner=owner)


def start_upload(
    *,
    owner: User,
    files: Sequence[UploadedFile[Any]],
    table: UploadedFile[Any] | None,
    **given: Any,
) -> Job:
    """Keep what was sent, and queue its import."""
    with transaction.atomic():
        upload = uploads.store(owner=owner, files=files, table=table)
        try:
            arguments = pools.arguments(
                source=None,
                layout=uploads.layout_of(upload),
                uploads=[str(upload.token)],
                **given,
            )
        except WrongInput:
            uploads.remove(upload)
            raise
        return start_job(kind="forgery.import_pool", arguments=arguments, owner=owner)
