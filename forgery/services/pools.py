"""Import a pool: list, take, sort into clusters, select, and set aside.

A bad row or file is reported and never stops the rest. Importing again adds what
is new, leaves what is there, and repeats no problem. Nothing but files in storage
is written before the last step, which is one transaction.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction

from forgery.exceptions import NothingImported, WrongInput
from forgery.imaging import domain as domains
from forgery.models import FundusImage, ImportProblem, Pool
from forgery.services import clusters, intake, layouts, reservations, sheets
from forgery.services.choosing import Choice, choose
from forgery.services.intake import Taken
from forgery.services.jobs import JobContext
from forgery.services.sources import Listing, Problem

EYES = ("right", "any")
TAKEN_NAMES = frozenset({"import", "images", "manipulators", "manipulations"})
TAKEN_NAMES |= {"jobs"}
"""Words of addresses, which no pool can be called."""
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
        "per_lesion": 110,
        "domain": "fundus",
        "opt": reservations.OPT,
        "practice": reservations.PRACTICE,
    } | {name: value for name, value in options.items() if value is not None}
    check(given)
    return given


def check(given: Mapping[str, Any]) -> None:
    """Refuse arguments that no import could use."""
    layout, source = given["layout"], given["source"]
    if layout not in layouts.LAYOUTS:
        raise WrongInput(f"No layout {layout!r}; use {', '.join(layouts.LAYOUTS)}.")
    if given["eyes"] not in EYES:
        raise WrongInput(f"No eyes {given['eyes']!r}; use right or any.")
    if layout != "phantom" and not (source and Path(source).exists()):
        raise WrongInput(f"There is no {source}; name the folder to import.")
    if not 1 <= int(given["per_lesion"]) <= 99_999:
        raise WrongInput("per-lesion must be 1 to 99,999 phantoms.")
    _check_lesions(given)
    _check_pool(given)


def _check_lesions(given: Mapping[str, Any]) -> None:
    try:
        known = domains.get(given["domain"]).lesion_keys
    except KeyError as error:
        raise WrongInput(str(error.args[0])) from None
    named = {*given["names"].values(), *given["draw"]}
    if unknown := sorted(named - set(known)):
        raise WrongInput(f"No lesion {unknown[0]!r}; use {', '.join(known)}.")
    if any(int(n) < 0 for n in given["draw"].values()):
        raise WrongInput("draw must be 0 or more images a lesion.")


def _check_pool(given: Mapping[str, Any]) -> None:
    name = given["pool"]
    if name in TAKEN_NAMES or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name):
        raise WrongInput(
            f"{name!r} cannot be a pool's name: use small letters, digits and hyphens."
        )
    pool = Pool.objects.filter(name=given["pool"]).first()
    if pool is None:
        return
    if pool.layout != given["layout"]:
        raise WrongInput(
            f"Pool {pool.name} was imported with layout {pool.layout}; choose another "
            "name for this one."
        )
    if given["seed"] not in (None, pool.seed):
        raise WrongInput(
            f"Pool {pool.name} was imported with seed {pool.seed}; leave --seed out or "
            "choose another name."
        )


def import_work(context: JobContext) -> dict[str, Any]:
    """Do an import: the work of a job of kind ``forgery.import_pool``."""
    given = context.job.arguments
    check(given)
    listing = layouts.read(_source(given), _options(given))
    taken, problems = _take(listing, _known(given["pool"]), context)
    problems = listing.problems + problems
    for problem in problems:
        context.log(str(problem))
    if not taken and not Pool.objects.filter(name=given["pool"]).exists():
        raise NothingImported(_nothing(given, problems), problems)
    context.progress(len(listing.entries), len(listing.entries), "sorting")
    with transaction.atomic():
        pool = _pool(given)
        assignment = clusters.assign(pool, taken)
        problems += assignment.problems
        rows = _rows(pool, taken, assignment, given)
        FundusImage.objects.bulk_create(rows, batch_size=200)
        _note(pool, problems)
        pool.data_hash = data_hash(pool)
        pool.save(update_fields=["data_hash"])
        reservations.reserve(
            pool=pool,
            seed=pool.seed,
            opt=int(given["opt"]),
            practice=int(given["practice"]),
        )
    context.progress(len(listing.entries), len(listing.entries), "contact sheets")
    sheets.make_all(pool)
    return {
        "pool": pool.name,
        "new": len(rows),
        "in_all": pool.images.count(),
        "problems": [asdict(problem) for problem in problems],
        "data_hash": pool.data_hash,
    }


def _source(given: Mapping[str, Any]) -> Path | None:
    return None if given["source"] is None else Path(given["source"])


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
    first = f" The first: {problems[0]}" if problems else ""
    where = given["source"] or "the phantom"
    return f"Nothing could be imported from {where}: {len(problems)} problems.{first}"


def _pool(given: Mapping[str, Any]) -> Pool:
    is_synthetic = given["layout"] == "phantom"
    pool, _ = Pool.objects.get_or_create(
        name=given["pool"],
        defaults={
            "domain": given["domain"],
            "source": "synthetic phantom" if is_synthetic else given["source"],
            "licence": given["licence"],
            "layout": given["layout"],
            "eyes": given["eyes"],
            "is_synthetic": is_synthetic,
            "seed": _seed(given),
            "options": {name: given[name] for name in ("names", "columns", "draw")},
        },
    )
    return pool


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


def _note(pool: Pool, problems: Sequence[Problem]) -> None:
    """Keep the problems of the latest import."""
    pool.problems.all().delete()
    once = {(p.row, p.file, p.reason): p for p in problems}
    ImportProblem.objects.bulk_create(
        ImportProblem(pool=pool, row=p.row, file=p.file, reason=p.reason)
        for p in once.values()
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
