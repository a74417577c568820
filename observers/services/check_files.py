"""Where the files of a check lie, and how a check is started; no torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from forgery.models import Job
from forgery.services import uploads
from forgery.services.jobs import start_job
from observers import policies

KIND = "observers.check_images"
FILES = re.compile(r"(?:view|heat)-[0-9]+\.png|scores\.csv|check\.pdf")


def check_file(job: int, name: str) -> str:
    """Name a file of a check in the storage."""
    return f"checks/{job}/{name}"


def start_check(*, user: Any, files: Sequence[UploadedFile[Any]], detector: str) -> Job:
    """Keep what was sent and queue the check."""
    policies.check_can_check_images(user)
    sent = uploads.store(owner=user, files=files, table=None)
    arguments = {"uploads": [str(sent.token)], "detector": detector}
    return start_job(kind=KIND, arguments=arguments, owner=user)
