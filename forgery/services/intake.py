"""From a source's entry to a stored, measured image, or to a problem.

Every file is decoded under caps, stripped of all but its pixels, cropped to its
field of view and squared, encoded losslessly and stored under its content hash.
Measures are taken on the frame as delivered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from forgery.imaging import duplicates, fundus, selection
from forgery.imaging.errors import UnreadableImage
from forgery.imaging.fundus import Image
from forgery.imaging.phantom.render import make
from forgery.services.sources import Entry, Problem, cells_of

WORKERS = 2
IN_FLIGHT = 16
"""Entries that are worked on at a time: bounds memory, and the delay of a cancel."""
PHANTOM_SIZE = 512
PNG_LEVEL = 2
"""A fourth of the time of level 6 for a tenth more bytes."""


@dataclass(frozen=True)
class Taken:
    """A stored image with all that its row needs."""

    entry: Entry
    source_sha256: str
    content_hash: str
    name: str
    """Where it lies in storage."""
    width: int
    height: int
    measures: dict[str, Any]
    reason: str
    """Key of the reason why its measures leave it out; empty when they do not."""
    dhash: int
    thumbnail: bytes


Known = dict[str, tuple[str, str]]
"""Source file to (SHA-256 as delivered, content hash) of what a pool holds."""


def take_all(
    entries: Iterable[Entry], known: Known, each: Callable[[str], None]
) -> Iterator[Taken | Problem]:
    """
    Take entries in their order; those that a pool holds unchanged give nothing.

    ``each`` is called with the file's name once it is done, and may raise to stop.
    """
    rendered = [entry for entry in entries if entry.path is None]
    on_disk = [entry for entry in entries if entry.path is not None]
    new = [entry for entry in rendered if entry.file not in known]
    if new:
        spawn = get_context("spawn")
        with ProcessPoolExecutor(WORKERS, mp_context=spawn) as executor:
            for entry, phantom in _ordered(executor, _render, new):
                yield _store(entry, phantom, "")
                each(entry.file)
    with ThreadPoolExecutor(WORKERS) as executor:
        jobs = ((entry, known.get(entry.file)) for entry in on_disk)
        for (entry, _), taken in _ordered(executor, _take, jobs):
            if taken is not None:
                yield taken
            each(entry.file)


def _ordered(
    executor: Executor, work: Callable[[Any], Any], items: Iterable[Any]
) -> Iterator[tuple[Any, Any]]:
    """Work on a few items at a time and give the results in order."""
    waiting = iter(items)
    pending: list[tuple[Any, Future[Any]]] = [
        (item, executor.submit(work, item)) for item in islice(waiting, IN_FLIGHT)
    ]
    try:
        while pending:
            item, future = pending.pop(0)
            yield item, future.result()
            pending += [(n, executor.submit(work, n)) for n in islice(waiting, 1)]
    finally:
        for _, future in pending:
            future.cancel()


def _render(entry: Entry) -> Image:
    return make(entry.lesion, entry.seed, size=PHANTOM_SIZE, eye=entry.eye).image


def _take(job: tuple[Entry, tuple[str, str] | None]) -> Taken | Problem | None:
    entry, known = job
    if entry.path is None:
        return None
    try:
        data = _bytes(entry.path)
        sha256 = hashlib.sha256(data).hexdigest()
        if known is not None and known[0] == sha256:
            return None
        image = fundus.decode(data, name=entry.path.name)
    except (UnreadableImage, OSError) as error:
        reason = str(error).removeprefix(f"{entry.path.name}: ")
        return Problem(
            entry.row, entry.file, reason, "unreadable", reason[:300], cells_of(entry)
        )
    return _store_or_refuse(entry, image, sha256, known)


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > fundus.MAX_BYTES:
        raise UnreadableImage(f"larger than {fundus.MAX_BYTES / 2**20:g} MiB")
    return path.read_bytes()


def _store_or_refuse(
    entry: Entry, image: Image, sha256: str, known: tuple[str, str] | None
) -> Taken | Problem | None:
    if known is None:
        return _store(entry, image, sha256)
    if known[1] == content_hash(fundus.square(image)):
        return None
    reason = "has changed since it was imported; import it into another pool."
    return Problem(entry.row, entry.file, reason, "changed", "", cells_of(entry))


def content_hash(image: Image) -> str:
    """Name pixels by their content, whatever file they came in."""
    shape = "x".join(str(side) for side in image.shape)
    return hashlib.sha256(shape.encode() + np.ascontiguousarray(image).data).hexdigest()


def _store(entry: Entry, image: Image, sha256: str) -> Taken:
    squared = fundus.square(image)
    measures = selection.measure(image)
    digest = content_hash(squared)
    return Taken(
        entry=entry,
        source_sha256=sha256,
        content_hash=digest,
        name=store_png(f"images/{digest[:2]}/{digest}.png", squared),
        width=image.shape[1],
        height=image.shape[0],
        measures=asdict(measures),
        reason=selection.verdict(measures) or "",
        dhash=duplicates.difference_hash(image),
        thumbnail=duplicates.thumbnail(image).tobytes(),
    )


def store_png(name: str, image: Image) -> str:
    """Store pixels under a name that says what they are, once."""
    if default_storage.exists(name):
        return name
    data = fundus.encode_png(image, compression=PNG_LEVEL)
    return default_storage.save(name, ContentFile(data))
