"""Invite many readers at once: good rows are invited, bad ones are named and kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from observers import policies
from observers.exceptions import WrongReaders
from observers.models import Invitation, Study
from observers.services.invitations import Guest, invite

MAX_ROWS = 500
LEAST_LETTERS = 4
HEADER = ("email", "e-mail", "mail")


@dataclass(frozen=True)
class Fault:
    """A row that could not be invited."""

    line: int
    row: str
    reason: str


@dataclass
class Outcome:
    """What came of a list of readers."""

    invited: list[Invitation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def left(self) -> str:
        """The rows that are still to be mended, as they were given."""
        return "\n".join(fault.row for fault in self.faults)


def invite_many(*, study: Study, actor: Any, text: str, site: str) -> Outcome:
    """Invite every line of ``e-mail, group, years``; a bad one stops no other."""
    return invite_rows(study=study, actor=actor, rows=rows_of(text), site=site)


def invite_rows(
    *, study: Study, actor: Any, rows: Sequence[tuple[int, Sequence[str]]], site: str
) -> Outcome:
    """Invite numbered rows of e-mail, group and years."""
    policies.check_can_edit(actor, study)
    found = Outcome()
    for line, row in rows:
        try:
            guest = guest_of(study, row)
            made = invite(study=study, actor=actor, guest=guest, site=site)
        except (WrongInput, PermissionDenied) as fault:
            found.faults.append(Fault(line, ", ".join(row), str(fault)))
        else:
            found.invited.append(made)
    return found


def rows_of(text: str) -> list[tuple[int, list[str]]]:
    """Split pasted lines or a CSV at commas, semicolons or tabs; skip a header."""
    first = text.partition("\n")[0]
    mark = next((mark for mark in ("\t", ";") if mark in first), ",")
    rows = [
        (line, [cell.strip() for cell in row])
        for line, row in enumerate(csv.reader(io.StringIO(text), delimiter=mark), 1)
        if any(cell.strip() for cell in row)
    ]
    if rows and rows[0][1][0].lower() in HEADER:
        rows = rows[1:]
    if len(rows) > MAX_ROWS:
        raise WrongReaders(
            _("{n} rows are more than {limit}; invite them in parts.").format(
                n=len(rows), limit=MAX_ROWS
            )
        )
    if not rows:
        raise WrongReaders(_("Write one reader a line: e-mail, group, years."))
    return rows


def guest_of(study: Study, row: Sequence[str]) -> Guest:
    """Read one row; the error names the field."""
    cells = [*row, "", "", ""]
    email, group, years = cells[:3]
    try:
        validate_email(email)
    except ValidationError as error:
        text = _("E-mail: {email!r} is no address.").format(email=email)
        raise WrongReaders(text) from error
    try:
        number = Decimal(years.replace(",", "."))
    except InvalidOperation as error:
        text = _("Years: {years!r} is no number.").format(years=years)
        raise WrongReaders(text) from error
    return Guest(email, group_key(study, group), number)


def group_key(study: Study, name: str) -> str:
    """Find a group by its key or name, or by what only one name begins with."""
    wanted = name.casefold()
    names = {
        group.key: {one.casefold() for one in (group.key, group.name, _(group.name))}
        for group in study.rules.groups
    }
    for key, called in names.items():
        if wanted in called:
            return key
    begun = [
        key
        for key, called in names.items()
        if len(wanted) >= LEAST_LETTERS
        and any(one.startswith(wanted) for one in called)
    ]
    if len(begun) == 1:  # a list says "general doctor" of each reader
        return begun[0]
    known = ", ".join(group.name for group in study.rules.groups)
    raise WrongReaders(
        _("Group: {name!r} is none of {known}.").format(name=name, known=known)
    )
