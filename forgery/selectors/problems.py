"""What went wrong with a row, in words: the field, what is wrong, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forgery.models import ImportProblem, Pool

Text = str | Promise
FIELDS: Mapping[str, Text] = {
    "file": _("file"),
    "lesion": _("lesion"),
    "patient_id": _("patient"),
    "eye": _("eye"),
}
"""Columns of a row that can be mended."""
Choices = Sequence[tuple[str, Text]]
EYES: Choices = (("right", _("right")), ("left", _("left")), ("", _("unknown")))
SHORT: Mapping[str, Sequence[str]] = {"right": ("r", "od"), "left": ("l", "os")}
"""How tables write eyes, too; an import reads these."""


@dataclass(frozen=True)
class Words:
    """One kind of problem."""

    field: str
    wrong: Text
    """May hold ``%(value)s``: what stood there."""
    advice: Text


WORDS: Mapping[str, Words] = {
    "no-file": Words(
        "file",
        _("The row names no file."),
        _("Write the name of the photograph's file."),
    ),
    "file-missing": Words(
        "file",
        _("There is no file of this name."),
        _("Correct the name, or add the photograph below."),
    ),
    "outside": Words(
        "file",
        _("The name leads out of the folder, or to a link out of it."),
        _("Add the photograph itself below, and name it without folders."),
    ),
    "no-image": Words(
        "file",
        _("The file is no photograph by its name."),
        _("Nothing, if it is none; else send it as JPEG, PNG, TIFF or BMP."),
    ),
    "unreadable": Words(
        "file",
        _("The photograph cannot be read: %(value)s."),
        _("Open it on your computer, save it anew, and add it below."),
    ),
    "unknown-label": Words(
        "lesion",
        _("“%(value)s” is not the name of a lesion."),
        _("Choose the lesion that it means."),
    ),
    "no-label": Words(
        "lesion", _("The row names no lesion."), _("Choose what it shows.")
    ),
    "unknown-eye": Words(
        "eye",
        _("“%(value)s” is not an eye."),
        _("Choose right, left, or unknown."),
    ),
    "repeated": Words(
        "file",
        _("The same file is named in another row already."),
        _("Correct the name if it is another photograph; else leave the row out."),
    ),
    "changed": Words(
        "file",
        _("Another photograph of this name is in the pool already."),
        _("Give the new one another name, and add it below."),
    ),
    "tied": Words(
        "patient_id",
        _("It ties together patients whose roles are fixed and differ."),
        _("Correct the patient; else leave the row out."),
    ),
}


def words_of(kind: str) -> Words:
    """Find the words of a kind; one of an older program is a file's."""
    return WORDS.get(kind, WORDS["unreadable"])


class Faulty(Protocol):
    """A row that could not be taken, stored or not."""

    @property
    def row(self) -> int | None:
        """Line of the table."""

    @property
    def file(self) -> str:
        """Name of the photograph."""

    @property
    def reason(self) -> str:
        """The command's sentence."""

    @property
    def kind(self) -> str:
        """Key of ``WORDS``."""

    @property
    def value(self) -> str:
        """What stood there."""


def wrong(problem: Faulty) -> str:
    """Say what is wrong with a row."""
    value = problem.value or problem.reason
    return str(words_of(problem.kind).wrong) % {"value": value.rstrip(".")}


def told(problem: Faulty) -> str:
    """Say in one line which row is wrong, and how."""
    where = problem.file
    if problem.row is not None:
        text = gettext("row {row}, {file}")
        where = text.format(row=problem.row, file=problem.file)
    return f"{where}: {wrong(problem)}"


@dataclass(frozen=True)
class Line:
    """One row of the table of problems."""

    problem: ImportProblem
    field: Text
    wrong: str
    advice: Text
    cells: Mapping[str, str]
    lesions: Choices
    eyes: Choices


def cells_of(problem: ImportProblem) -> dict[str, str]:
    """Give the row as it was read; a problem without one has its file alone."""
    held = problem.cells or {"file": problem.file}
    return {name: str(held.get(name, "")) for name in FIELDS}


def choices_for(cell: str, known: Choices) -> Choices:
    """Offer the known values, and what stands there if it is none of them."""

    def means(key: str, text: Text) -> bool:
        names = (key, str(text), *SHORT.get(key, ()))
        return cell.casefold() in {name.casefold() for name in names}

    held = [(cell if means(key, text) else key, text) for key, text in known]
    return (
        held if any(means(*one) for one in known) else [(cell, cell or "\u2013"), *held]
    )


def line_of(problem: ImportProblem, lesions: Choices = ()) -> Line:
    """Put a problem in words, with what may be chosen instead."""
    words = words_of(problem.kind)
    cells = cells_of(problem)
    return Line(
        problem,
        FIELDS[words.field],
        wrong(problem),
        words.advice,
        cells,
        choices_for(cells["lesion"], lesions),
        choices_for(cells["eye"], EYES),
    )


def open_problems(pool: Pool) -> QuerySet[ImportProblem]:
    """Find the rows of a pool that are still to be mended."""
    return pool.problems.select_related("job")


def by_kind(pool: Pool) -> list[tuple[str, int]]:
    """Count a pool's problems by what is wrong, the most frequent first."""
    counts = pool.problems.order_by().values_list("kind").annotate(Count("id"))
    return sorted(counts, key=lambda pair: -pair[1])


def unknown_labels(pool: Pool) -> list[tuple[str, int]]:
    """Count the labels of a pool that nobody knows: mended once for all their rows."""
    found = pool.problems.filter(kind="unknown-label").order_by()
    return Counter(found.values_list("value", flat=True)).most_common()


def table(pool: Pool) -> list[dict[str, Any]]:
    """Give a pool's problems as rows of a table that can be mended and sent back."""
    rows = []
    for problem in open_problems(pool):
        line = line_of(problem)
        rows.append(
            {
                "problem": problem.pk,
                "row": problem.row or "",
                **line.cells,
                "field": str(line.field),
                "what is wrong": line.wrong,
                "what to do": str(line.advice),
            }
        )
    return rows
