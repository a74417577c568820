"""Import a pool: list, take, sort into clusters, select, and set aside.

A bad row or file is reported and never stops the rest. Importing again adds what
is new, leaves what is there, and repeats no problem. Nothing but files in storage
is written before the last step, which is one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from forgery.exceptions import NothingImported
from forgery.models import FundusImage, Pool
from forgery.selectors.problems import told
from forgery.services import (
    clusters,
    intake,
    layouts,
    mended,
    notes,
    reservations,
    sheets,
    uploads,
)
from forgery.services.choosing import Choice, choose
from forgery.services.import_checks import check
from forgery.services.intake import Taken
from forgery.services.jobs import JobContext
from forgery.services.sources import Listing, Problem

NEWER: dict[str, Any] = {"provenance": "", "uploads": [], "rows": [], "mended": []}
"""Arguments that jobs of an earlier program lack."""
KEPT_OPTIONS = ("names", "columns", "draw", "opt", "practice")
DEFAULT_DRAW = {"odir": {"normal": 114}}
"""Normals that the paper drew; by layout."""


def arguments(
    *, source: str | None, pool: str, layout: str, **options: Any
) -> dict[str, Any]:
    """Complete and check an import's arguments, before anything is read."""
    given = {
        "source": None if source is None else str(Path(source).expanduser().resolve()),
        "pool": pool,
        "layout": layout,
        "names": {},
        "columns": {},
        "eyes": "right",
        "draw": DEFAULT_DRAW.get(layout, {}),
        "seed": None,
        "licence": "",
        **NEWER,
        "per_lesion": 110,
        "domain": "fundus",
        "opt": reservations.OPT,
        "practice": reservations.PRACTICE,
    } | {name: value for name, value in options.items() if value is not None}
    check(given)
    return given


def import_work(context: JobContext) -> dict[str, Any]:
    """Do an import: the work of a job of kind ``forgery.import_pool``."""
    given = NEWER | context.job.arguments
    check(given)
    listing = _listing(given, context)
    taken, problems = _take(listing, _known(given["pool"]), context)
    problems = listing.problems + problems
    _tell(problems, context)
    _check_something(given, taken, problems, context)
    context.progress(len(listing.entries), len(listing.entries), _("sorting"))
    with transaction.atomic():
        pool = _pool(given)
        assignment = clusters.assign(pool, taken)
        problems += assignment.problems
        rows = _rows(pool, taken, assignment, given)
        FundusImage.objects.bulk_create(rows, batch_size=200)
        notes.note(pool, problems, given, context.job)
        pool.data_hash = data_hash(pool)
        pool.save(update_fields=["data_hash"])
        reservations.reserve(
            pool=pool,
            seed=pool.seed,
            opt=int(given["opt"]),
            practice=int(given["practice"]),
        )
    context.progress(len(listing.entries), len(listing.entries), _("contact sheets"))
    if pool.images.exists():
        sheets.make_all(pool)
    uploads.clear(given["uploads"], context)
    return {
        "pool": pool.name,
        "new": len(rows),
        "in_all": pool.images.count(),
        "problems": [asdict(problem) for problem in problems],
        "data_hash": pool.data_hash,
    }


def _tell(problems: Sequence[Problem], context: JobContext) -> None:
    """Log what was not taken, and where on the pages it can be mended."""
    for problem in problems:
        context.log(told(problem))
    if problems:
        text = _("Rows not taken: {n}. On the pool's page, choose “{link}”.")
        link = _("See what is wrong, and mend them")
        context.log(text.format(n=len(problems), link=link))


def _check_something(
    given: Mapping[str, Any],
    taken: Sequence[Taken],
    problems: Sequence[Problem],
    context: JobContext,
) -> None:
    """End an import that brought nothing; on a page its problems can be mended."""
    is_mendable = bool(problems) and context.job.owner_id is not None
    if taken or is_mendable or Pool.objects.filter(name=given["pool"]).exists():
        return
    raise NothingImported(_nothing(given, problems), problems)


def _listing(given: Mapping[str, Any], context: JobContext) -> Listing:
    """List what the source offers: a folder, what was sent, or mended rows."""
    sent = uploads.fetch(given["uploads"], context)
    folders = [uploads.inner(folder, given["layout"]) for folder in sent]
    folders += [] if given["source"] is None else [Path(given["source"])]
    if given["rows"]:
        return mended.mended(given["rows"], folders, _options(given))
    return layouts.read(folders[0] if folders else None, _options(given))


def _options(given: Mapping[str, Any]) -> layouts.Options:
    pool = Pool.objects.filter(name=given["pool"]).first()
    return layouts.Options(
        layout=given["layout"],
        domain=given["domain"],
        names=given["names"],
        columns=given["columns"],
        per_lesion=int(given["per_lesion"]),
        seed=pool.seed if pool else _seed(given),
    )


def _seed(given: Mapping[str, Any]) -> int:
    return 1 if given["seed"] is None else int(given["seed"])


def _known(pool: str) -> intake.Known:
    rows = FundusImage.objects.filter(pool__name=pool)
    return {
        file: (sha256, content)
        for file, sha256, content in rows.values_list(
            "source_file", "source_sha256", "content_hash"
        )
    }


def _take(
    listing: Listing, known: intake.Known, context: JobContext
) -> tuple[list[Taken], list[Problem]]:
    """Take every entry, telling how far it is."""
    taken: list[Taken] = []
    problems: list[Problem] = []
    total, done = len(listing.entries), 0

    def each(file: str) -> None:
        nonlocal done
        done += 1
        context.progress(done, total, file)
        context.stop_if_asked()

    for one in intake.take_all(listing.entries, known, each):
        if isinstance(one, Problem):
            problems.append(one)
        else:
            taken.append(one)
    return taken, problems


def _nothing(given: Mapping[str, Any], problems: Sequence[Problem]) -> str:
    where = given["source"] or _("the phantom")
    text = _("Nothing could be imported from {where}: {n} problems.").format(
        where=where, n=len(problems)
    )
    return f"{text} {problems[0]}" if problems else text


def _pool(given: Mapping[str, Any]) -> Pool:
    is_synthetic = given["layout"] == "phantom"
    pool, _is_new = Pool.objects.get_or_create(
        name=given["pool"],
        defaults={
            "domain": given["domain"],
            "source": "synthetic phantom" if is_synthetic else _origin(given),
            "licence": given["licence"],
            "layout": given["layout"],
            "eyes": given["eyes"],
            "is_synthetic": is_synthetic,
            "seed": _seed(given),
            "options": {name: given[name] for name in KEPT_OPTIONS},
        },
    )
    return pool


def _origin(given: Mapping[str, Any]) -> str:
    """Say where images come from: as somebody wrote it, else the folder."""
    return str(given["provenance"] or given["source"] or "uploaded")[:500]


def _rows(
    pool: Pool,
    taken: Sequence[Taken],
    assignment: clusters.Assignment,
    given: Mapping[str, Any],
) -> list[FundusImage]:
    kept = [one for one in taken if one.entry.file in assignment.clusters]
    choices = choose(pool, kept, assignment.groups, given["draw"])
    return [
        _row(pool, one, assignment.clusters[one.entry.file].pk, choice)
        for one, choice in zip(kept, choices, strict=True)
    ]


def _row(pool: Pool, one: Taken, cluster: int, choice: Choice) -> FundusImage:
    entry = one.entry
    return FundusImage(
        pool=pool,
        cluster_id=cluster,
        content_hash=one.content_hash,
        file=one.name,
        source_file=entry.file[:300],
        source_sha256=one.source_sha256,
        patient_id=entry.patient_id,
        eye=entry.eye,
        lesion=entry.lesion,
        keywords=entry.keywords,
        width=one.width,
        height=one.height,
        measures=one.measures,
        dhash=f"{one.dhash:016x}",
        thumbnail=one.thumbnail,
        excluded_because=choice.reason,
        is_trainable=choice.is_trainable,
    )


def data_hash(pool: Pool) -> str:
    """Name a pool by its content: sorted pixels, labels and fates."""
    rows = pool.images.order_by("content_hash", "source_file").values_list(
        "content_hash", "lesion", "eye", "excluded_because"
    )
    digest = hashlib.sha256()
    for row in rows:
        digest.update("\t".join(row).encode() + b"\n")
    return digest.hexdigest()
