"""Mend rows that an import could not take, and import those alone.

A row counts as mended when a cell differs from what was read, or when a photograph
of its name was added, with or without the folder that the row names. What is in the
pool already is not touched.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.models import ImportProblem, Job, Pool
from forgery.policies import User
from forgery.selectors.problems import FIELDS, cells_of, open_problems
from forgery.services import archives, import_checks, pools, uploads
from forgery.services.jobs import start_job

Cells = Mapping[int, Mapping[str, str]]
"""Problem to the cells that somebody wrote for it."""
FORMULAS = ("=", "+", "-", "@")
"""What a spreadsheet would take for a formula; the download puts ' before it."""
MAX_BYTES = 8 * 2**20
"""Of a mended table."""


def read_table(file: UploadedFile[Any]) -> dict[int, dict[str, str]]:
    """Read the table of problems as it was downloaded and mended."""
    if (file.size or 0) > MAX_BYTES:
        raise WrongInput(_("The table is larger than 8 MiB; mend it on the page."))
    text = file.read().decode("utf-8-sig", errors="replace")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not {"problem", *FIELDS} <= set(reader.fieldnames or []):
        raise WrongInput(
            _("The table lacks the column “problem” or one of {columns}.").format(
                columns=", ".join(FIELDS)
            )
        )
    return {
        int(row["problem"]): {name: _typed(row.get(name) or "") for name in FIELDS}
        for row in reader
        if (row.get("problem") or "").isdecimal()
    }


def _typed(cell: str) -> str:
    """Take a cell as it was before the download defused it for spreadsheets."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULAS else text


def labelled(pool: Pool, cells: Cells, named: Mapping[str, str]) -> Cells:
    """Name the lesion of every row whose label was named; a row's own cell wins."""
    found = dict(cells)
    for problem in open_problems(pool):
        if problem.kind != "unknown-label" or problem.value not in named:
            continue
        given = found.get(problem.pk, {})
        if given.get("lesion", problem.value) == problem.value:
            found[problem.pk] = {**given, "lesion": named[problem.value]}
    return found


def mend(
    *,
    pool: Pool,
    owner: User,
    cells: Cells,
    files: Sequence[UploadedFile[Any]],
    left_out: Collection[int] = (),
) -> list[Job]:
    """Leave rows out; queue the mended ones, one job for each source they came from."""
    names = {name for file in files for name in archives.names_in(file)}
    rows = list(open_problems(pool).exclude(pk__in=left_out))
    changed = [
        (problem, given)
        for problem, given in _given(rows, cells, names)
        if given["file"] in names or given != cells_of(problem)
    ]
    if not changed and not left_out:
        raise WrongInput(
            _("No row was changed yet, and no photograph of their names was added.")
        )
    with transaction.atomic():
        pool.problems.filter(pk__in=left_out).delete()
        if not changed:
            return []
        sent = (
            [str(uploads.store(owner=owner, files=files, table=None).token)]
            if files
            else []
        )
        return _started(pool, owner, changed, sent)


def _given(
    rows: Sequence[ImportProblem], cells: Cells, names: Collection[str]
) -> list[tuple[ImportProblem, dict[str, str]]]:
    """Give each row its cells; a file sent without the folder that one row names."""
    given = [(one, {**cells_of(one), **cells.get(one.pk, {})}) for one in rows]
    bare = Counter(PurePosixPath(row["file"]).name for _problem, row in given)
    for _problem, row in given:
        name = PurePosixPath(row["file"]).name
        if row["file"] not in names and name in names and bare[name] == 1:
            row["file"] = name
    return given


def _started(
    pool: Pool,
    owner: User,
    changed: Sequence[tuple[ImportProblem, dict[str, str]]],
    sent: list[str],
) -> list[Job]:
    """Start one job for each import that the rows came from."""
    groups: dict[int | None, list[tuple[ImportProblem, dict[str, str]]]]
    groups = defaultdict(list)
    for problem, given in changed:
        groups[problem.job_id].append((problem, given))
    jobs = []
    for rows in groups.values():
        arguments = _arguments(pool, rows[0][0].job, sent)
        arguments["mended"] = [problem.pk for problem, _given in rows]
        arguments["rows"] = [given | {"row": p.row} for p, given in rows]
        import_checks.check(arguments)
        jobs.append(
            start_job(kind="forgery.import_pool", arguments=arguments, owner=owner)
        )
    return jobs


def _arguments(pool: Pool, job: Job | None, sent: list[str]) -> dict[str, Any]:
    """Take the arguments of the import that met the problem, the new files first."""
    if job is None:
        given = pools.NEWER | {
            "source": None,
            "pool": pool.name,
            "layout": pool.layout,
            "names": pool.options.get("names", {}),
            "columns": pool.options.get("columns", {}),
            "eyes": pool.eyes,
            "draw": {},
            "seed": None,
            "licence": pool.licence,
            "per_lesion": 110,
            "domain": pool.domain,
            "opt": 0,
            "practice": 0,
        }
    else:
        given = pools.NEWER | job.arguments
    return given | {"uploads": [*sent, *given["uploads"]]}


def leave_out(*, problem: ImportProblem) -> None:
    """Take a row off the list: it will not be imported."""
    problem.delete()
