"""A detector's opinion of a folder of images that belong to no pool and no study."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from detector.services.folders import FileScore, score_folder
from detector.services.loading import trained_or_shipped
from detector.services.tables import write_table
from forgery.exceptions import WrongInput
from forgery.imaging import fundus, profiles
from forgery.services import uploads
from forgery.services.job_context import JobContext
from observers.services.check_files import check_file

COLUMNS = ("file", "score", "probability", "manipulated", "problem")


def check_images(context: JobContext) -> dict[str, Any]:
    """Score what was sent, and keep scores, views and heat maps with the job."""
    tokens, name = context.job.arguments["uploads"], context.job.arguments["detector"]
    detector = trained_or_shipped(name or None)
    rows: list[dict[str, Any]] = []

    def progress(done: int, total: int) -> None:
        context.stop_if_asked()
        context.progress(done, total)

    for folder in uploads.fetch(tokens, context):
        heat = context.workdir / "heat"
        found = score_folder(detector, folder, heatmaps=heat, progress=progress)
        for one in found:
            rows.append(_kept(context, folder, heat, one, len(rows)))
    uploads.clear(tokens, context)
    if not rows:
        raise WrongInput(_("Nothing that was sent is an image."))
    _keep(context.job.pk, "scores.csv", _csv(rows))
    return {"detector": name or "default", "images": rows}


def _kept(
    context: JobContext, folder: Path, heat: Path, one: FileScore, number: int
) -> dict[str, Any]:
    """Store the view and the heat map of an image under its number."""
    row = {name: getattr(one, name) for name in COLUMNS} | {"number": number}
    if not one.problem:
        view = profiles.detector_view(fundus.read(folder / one.file))
        drawn = heat / f"{one.file.replace('/', '__')}.heat.png"
        _keep(context.job.pk, f"view-{number}.png", fundus.encode_png(view))
        _keep(context.job.pk, f"heat-{number}.png", drawn.read_bytes())
    return row


def _keep(job: int, name: str, data: bytes) -> None:
    default_storage.delete(check_file(job, name))  # of an attempt that was cut off
    default_storage.save(check_file(job, name), ContentFile(data))


def keep_pdf(job: int, data: bytes) -> None:
    """Store the printed check."""
    _keep(job, "check.pdf", data)


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    write_table(text, COLUMNS, ([row[name] for name in COLUMNS] for row in rows))
    return text.getvalue().encode()
