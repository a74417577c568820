"""Database and files in one archive, and back: also while a study is being read.

The database is taken first, in one consistent state; the files that it names are
never removed, so those taken after it are enough. The keys are not in the archive:
it holds only a mark by which the right key is known again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging.versions import code_version
from observers.models import Study
from observers.services.verification import verify_study

DATABASE, MANIFEST, FILES = "database", "manifest.json", "files"
FORMAT = 1
BLOCK = 2**20  # bytes read at once


def back_up(target: Path) -> int:
    """Write the archive; returns how many files are in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    names = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(unfinished, "w:gz", compresslevel=1) as archive,
    ):
        dump = Path(folder) / DATABASE
        _dump(dump)
        listed = {DATABASE: _digest_of(dump)}
        archive.add(dump, DATABASE)
        for name in stored_files():
            listed[f"{FILES}/{name}"] = _add(archive, name)
            names += 1
        document = {
            "format": FORMAT,
            "engine": connection.vendor,
            "key_mark": key_mark(),
            "code_version": code_version(),
            "files": listed,
        }
        _add_bytes(archive, MANIFEST, json.dumps(document, indent=1).encode())
    unfinished.replace(target)
    return names


def bring_back(source: Path, *, replace: bool) -> list[str]:
    """Put the archive in the place of what is there; returns what does not verify."""
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as name:
        folder = Path(name)
        document = _unpacked(source, folder)
        _check(document, folder)
        if not replace and _holds_studies():
            raise WrongInput(
                _("There are studies here: say --replace to put the archive over them.")
            )
        _load(folder / DATABASE)
        _put_files(folder / FILES)
    connection.close()
    call_command("migrate", verbosity=0)
    return [
        f"{study.name}: {fault}"
        for study in Study.objects.all()
        for fault in verify_study(study=study).faults
    ]


def key_mark() -> str:
    """Mark the key of the chains without telling it."""
    return salted_hmac("backup", "chain key", secret=settings.CHAIN_KEY).hexdigest()


def stored_files(folder: str = "") -> Iterator[str]:
    """Name every file in the store, whichever store it is."""
    if folder and not default_storage.exists(folder):
        return
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(files):
        yield f"{folder}{name}"
    for name in sorted(folders):
        yield from stored_files(f"{folder}{name}/")


def _digest_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _add(archive: tarfile.TarFile, name: str) -> str:
    """Add one stored file and return its digest."""
    digest = hashlib.sha256()
    with default_storage.open(name) as source, tempfile.TemporaryFile() as copy:
        while block := source.read(BLOCK):
            digest.update(block)
            copy.write(block)
        entry = tarfile.TarInfo(f"{FILES}/{name}")
        entry.size = copy.tell()
        copy.seek(0)
        archive.addfile(entry, copy)
    return digest.hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _unpacked(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack below the folder only, and read the manifest."""
    try:
        with tarfile.open(source) as archive:
            for entry in archive:
                _unpack(archive, entry, folder)
        document: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, tarfile.TarError, ValueError) as fault:
        text = _("{file} is no backup of this program: {fault}")
        raise WrongInput(text.format(file=source, fault=fault)) from fault
    return document


def _unpack(archive: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    """Write one plain file; `extractall` checks paths from Python 3.11.4 on only."""
    source = archive.extractfile(entry) if entry.isfile() else None
    target = (folder / entry.name).resolve()
    if source is None or not target.is_relative_to(folder.resolve()):
        msg = f"{entry.name} is no file below the archive"
        raise tarfile.TarError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    with source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy, BLOCK)


def _check(document: dict[str, Any], folder: Path) -> None:
    """Refuse an archive of another database or key, or one that was changed."""
    if document["engine"] != connection.vendor:
        text = _("The archive is of {theirs}; this server keeps its data in {ours}.")
        raise WrongInput(text.format(theirs=document["engine"], ours=connection.vendor))
    if document["key_mark"] != key_mark():
        raise WrongInput(
            _("CHAIN_KEY is not the key of this archive: no chain would verify.")
        )
    wrong = [
        name
        for name, digest in document["files"].items()
        if not (folder / name).is_file() or _digest_of(folder / name) != digest
    ]
    if wrong:
        text = _("The archive is damaged: {name} is not what was backed up.")
        raise WrongInput(text.format(name=wrong[0]))


def _holds_studies() -> bool:
    tables = connection.introspection.table_names()
    return Study._meta.db_table in tables and Study.objects.exists()


def _put_files(folder: Path) -> None:
    """Put every file where it was; what the archive does not name stays."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            default_storage.delete(name)
            with path.open("rb") as source:
                default_storage.save(name, source)


def _dump(target: Path) -> None:
    """Take the database in one consistent state."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(target)) as copy:
            connection.connection.backup(copy)
    else:
        _postgres("pg_dump", "--format=custom", f"--file={target}")


def _load(source: Path) -> None:
    """Put the dumped database in the place of this one."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(source)) as copy:
            copy.backup(connection.connection)
    else:
        connection.close()
        _postgres(
            *("pg_restore", "--clean", "--if-exists", "--no-owner"),
            *("--single-transaction", str(source)),
        )


def _postgres(program: str, *options: str) -> None:
    """Run one of PostgreSQL's own programs on this database."""
    known = connection.settings_dict
    environment = {
        "PGHOST": known["HOST"],
        "PGPORT": str(known["PORT"]),
        "PGUSER": known["USER"],
        "PGPASSWORD": known["PASSWORD"],
    }
    command = [_program(program), *options, f"--dbname={known['NAME']}"]
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        command,
        env=os.environ | {key: value for key, value in environment.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise WrongInput(f"{program}: {done.stderr.strip()}")


def _program(name: str) -> str:
    """Find a program of PostgreSQL, also where Debian keeps its newest."""
    found = shutil.which(name)
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found is None and not newest:
        raise WrongInput(_("{name} is not installed.").format(name=name))
    return found or str(newest[-1])
