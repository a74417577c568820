"""Files that somebody sends from a page: kept in storage, fetched by the import.

They are stored as sent until every row is imported, or for ``KEPT``: a mended row
finds its file again. Whatever they hold beside pixels goes with them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.models import ImportProblem, Job, Upload
from forgery.policies import User
from forgery.services import archives
from forgery.services.job_context import JobContext
from forgery.services.sources import IMAGE_SUFFIXES

KEPT = timedelta(days=14)
SETTLING = timedelta(hours=1)
"""An upload younger than this may be about to get its job."""
TABLES = frozenset({".csv", ".xlsx"})
LABELS = "labels.csv"
ODIR_TABLE = "full_df.csv"


def store(
    *, owner: User, files: Sequence[UploadedFile[Any]], table: UploadedFile[Any] | None
) -> Upload:
    """Keep what was sent, or refuse it whole, naming the file."""
    names = [_checked_name(file) for file in files]
    if len(set(names)) != len(names):
        raise WrongInput(_("Two files have the same name; rename one."))
    total = sum(file.size or 0 for file in files)
    if total > settings.UPLOAD_MAX_BYTES:
        raise archives.too_large(total)
    packed = [file for file in files if _suffix(file.name) == ".zip"]
    if len(packed) > 1:
        raise WrongInput(_("Send one archive at a time."))
    if packed:
        with archives.opened(packed[0].file) as archive:  # type: ignore[arg-type]
            archives.members(archive)
    upload = Upload(owner=owner)  # type: ignore[misc]
    place = f"uploads/{upload.token}"
    for name, file in zip(names, files, strict=True):
        file.seek(0)
        kept = default_storage.save(f"{place}/{name}", file)
        if file in packed:
            upload.archive = kept
        else:
            upload.files[name] = kept
    if table is not None:
        upload.table = default_storage.save(f"{place}/table/{LABELS}", table)
    upload.save()
    return upload


def _suffix(name: str | None) -> str:
    return PurePosixPath(name or "").suffix.lower()


def _checked_name(file: UploadedFile[Any]) -> str:
    """Return the bare name of a file, if it is one that an import takes."""
    name = PurePosixPath((file.name or "").replace("\\", "/")).name
    if _suffix(name) not in IMAGE_SUFFIXES | {".zip"} or name.startswith("."):
        raise WrongInput(
            _("{name} is neither a photograph nor a zip archive.").format(name=name)
        )
    return name


def layout_of(upload: Upload) -> str:
    """Tell how photographs and labels lie in what was sent."""
    names = list(upload.files)
    if upload.archive:
        with default_storage.open(upload.archive) as handle:
            archive = archives.opened(handle)
            names += [one.name for one in archives.members(archive)]
    tables = {PurePosixPath(name).name for name in names if _suffix(name) in TABLES}
    if ODIR_TABLE in tables or any(name.endswith(".xlsx") for name in tables):
        return "odir"
    if upload.table or tables:
        return "manifest"
    if any(len(PurePosixPath(name).parts) > 1 for name in names):
        return "folders"
    raise WrongInput(
        _(
            "Nothing says what the photographs show. Add a labels CSV (file, lesion, "
            "patient_id, eye), or pack one folder for each lesion."
        )
    )


def fetch(tokens: Sequence[str], context: JobContext) -> list[Path]:
    """Bring what was sent into the job's folder, each upload into its own."""
    found = {str(one.token): one for one in Upload.objects.filter(token__in=tokens)}
    return [_fetched(found[token], context) for token in tokens if token in found]


def _fetched(upload: Upload, context: JobContext) -> Path:
    if upload.removed_at is not None:
        raise WrongInput(_("The files that were sent are gone; send them again."))
    folder = context.workdir / str(upload.token)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if upload.archive:
        _unpack(upload.archive, folder, context)
    for name, kept in upload.files.items():
        _copy(kept, folder / name)
    if upload.table:
        _copy(upload.table, inner(folder, "manifest") / LABELS)
    return folder


def _unpack(kept: str, folder: Path, context: JobContext) -> None:
    def each(_name: str) -> None:
        context.stop_if_asked()

    with default_storage.open(kept) as handle, archives.opened(handle) as archive:
        count = len(archives.members(archive))
        for done, path in enumerate(archives.unpack(archive, folder, each), start=1):
            context.progress(done, count, path.name)


def _copy(kept: str, path: Path) -> None:
    with default_storage.open(kept) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)


def clear(tokens: Sequence[str], context: JobContext) -> None:
    """Remove what was fetched for a job."""
    for token in tokens:
        shutil.rmtree(context.workdir / token, ignore_errors=True)


def inner(folder: Path, layout: str) -> Path:
    """Step into the one folder that an archive wraps everything in."""
    here = sorted(folder.iterdir())
    if len(here) != 1 or not here[0].is_dir() or here[0].name == "images":
        return folder
    holds_folders = any(path.is_dir() for path in here[0].iterdir())
    if layout == "folders" and not holds_folders:
        return folder
    return inner(here[0], layout)


def remove(upload: Upload) -> None:
    """Let the files of an upload go; the row stays."""
    for kept in (upload.archive, upload.table, *upload.files.values()):
        if kept:
            default_storage.delete(kept)
    upload.removed_at = timezone.now()
    upload.save(update_fields=["removed_at"])


def tidy() -> int:
    """Remove files that no problem needs any more, and those kept long enough."""
    wanted: set[str] = set()
    open_jobs = Job.objects.filter(kind="forgery.import_pool").exclude(
        state=Job.State.DONE
    )
    needing = Job.objects.filter(problems__in=ImportProblem.objects.all())
    for job in (open_jobs | needing).distinct():
        wanted.update(job.arguments.get("uploads", []))
    limit = timezone.now() - KEPT
    sent = timezone.now() - SETTLING
    gone = [
        one
        for one in Upload.objects.filter(removed_at=None, created_at__lt=sent)
        if one.created_at < limit or str(one.token) not in wanted
    ]
    for one in gone:
        remove(one)
    return len(gone)
