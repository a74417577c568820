"""Zip archives that strangers send: looked at first, then unpacked under caps.

An archive is refused as a whole, naming the member, when a member would leave the
folder, is a link, is encrypted, is an archive itself, lies too deep or packs too
well, or when there are too many or too large ones. ``zipfile`` reads no more of a
member than its stated size, so that what is added up is what is written.
"""

from __future__ import annotations

import lzma
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput

DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError)
"""What reading a damaged member raises; ways of packing that nobody knows, too."""
MAX_RATIO = 100
"""Bytes that a byte of the archive may become: photographs barely shrink."""
SMALL = 2**20
"""Members up to this size may pack as well as they like."""
MAX_DEPTH = 8
"""Folders within folders."""
MAX_NAME = 200
"""Letters of a member's path."""
CHUNK = 2**20
ARCHIVES = frozenset({".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".tgz"})
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What computers add by themselves: left out without a word."""
UTF8 = 0x800
"""Flag of a member whose name is in UTF-8; Korean Windows writes CP949 without it."""


@dataclass(frozen=True)
class Member:
    """One file of an archive under its safe name."""

    name: str
    info: zipfile.ZipInfo


def refuse(text: str, name: str) -> WrongInput:
    """Make the refusal that names a member."""
    return WrongInput(text.format(name=name[:MAX_NAME]))


def opened(handle: IO[bytes] | Path) -> zipfile.ZipFile:
    """Open an archive, or say that it is none."""
    try:
        return zipfile.ZipFile(handle)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise WrongInput(
            _("The file is no zip archive that can be read; pack it anew.")
        ) from error


def members(archive: zipfile.ZipFile) -> list[Member]:
    """List the files of an archive, or refuse it, naming the member."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > settings.UPLOAD_MAX_FILES:
        raise WrongInput(
            _("The archive holds {n} files; {limit} are allowed at a time.").format(
                n=len(infos), limit=settings.UPLOAD_MAX_FILES
            )
        )
    found = [Member(_name(info), info) for info in infos]
    kept = [one for one in found if not _is_litter(one.name)]
    for one in kept:
        _check(one)
    _check_total(kept)
    _check_once(kept)
    return kept


def names_in(file: UploadedFile[Any]) -> list[str]:
    """Name a file that was sent; what it holds, where it is an archive."""
    name = file.name or ""
    if PurePosixPath(name).suffix.lower() != ".zip":
        return [name]
    with opened(file.file) as archive:  # type: ignore[arg-type]
        return [one.name for one in members(archive)]


def _name(info: zipfile.ZipInfo) -> str:
    name = info.filename.replace("\\", "/")
    if info.flag_bits & UTF8 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("cp949")
    except UnicodeError:
        return name


def _is_litter(name: str) -> bool:
    return name.startswith(LITTER[0]) or PurePosixPath(name).name in LITTER


def _check(one: Member) -> None:
    path = PurePosixPath(one.name)
    is_outside = path.is_absolute() or ".." in path.parts or ":" in one.name
    if is_outside or "\0" in one.name or not path.name:
        raise refuse(_("{name} in the archive leads out of its folder."), one.name)
    if stat.S_ISLNK(one.info.external_attr >> 16):
        raise refuse(_("{name} in the archive is a link, not a file."), one.name)
    if len(path.parts) > MAX_DEPTH or len(one.name) > MAX_NAME:
        raise refuse(_("{name} in the archive lies in too many folders."), one.name)
    if path.suffix.lower() in ARCHIVES:
        raise refuse(
            _("{name} is an archive within the archive; unpack it first."), one.name
        )
    _check_packing(one)


def _check_packing(one: Member) -> None:
    if one.info.flag_bits & 1:
        raise refuse(
            _("{name} is encrypted; pack the archive without a password."), one.name
        )
    size, packed = one.info.file_size, max(one.info.compress_size, 1)
    if size > SMALL and size > packed * MAX_RATIO:
        raise refuse(
            _("{name} in the archive packs too well to be a photograph."), one.name
        )


def _check_total(found: list[Member]) -> None:
    total = sum(one.info.file_size for one in found)
    if total > settings.UPLOAD_MAX_BYTES:
        raise too_large(total)


def too_large(total: int) -> WrongInput:
    """Make the refusal of what is more than may be sent at a time."""
    return WrongInput(
        _("This is {size} MiB unpacked; {limit} MiB are allowed at a time.").format(
            size=round(total / 2**20), limit=round(settings.UPLOAD_MAX_BYTES / 2**20)
        )
    )


def _check_once(found: list[Member]) -> None:
    seen: set[str] = set()
    for one in found:
        key = one.name.casefold()
        if key in seen:
            raise refuse(_("{name} is in the archive twice."), one.name)
        seen.add(key)


def unpack(
    archive: zipfile.ZipFile, folder: Path, each: Callable[[str], None]
) -> Iterator[Path]:
    """Write an archive's files below a folder; ``each`` may raise to stop."""
    for one in members(archive):
        path = folder / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open(one.info) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
        except DAMAGE as error:
            raise refuse(
                _("{name} in the archive is damaged; pack it anew."), one.name
            ) from error
        each(one.name)
        yield path
