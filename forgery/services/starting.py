"""Start long work from a page or the API: check it by name first, then queue it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from forgery.exceptions import WrongInput
from forgery.models import Job
from forgery.policies import User
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


def start_manipulation(*, owner: User, **given: Any) -> Job:
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
