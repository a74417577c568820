"""Readers: enrol an existing account, make a new one, take one out of a draft."""

from __future__ import annotations

import csv
import secrets
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from observers import policies
from observers.exceptions import RealReaders, WrongReaders
from observers.models import Enrolment, ReaderGroup, Study
from observers.services import audit

MAX_YEARS = 80
PASSWORD_BYTES = 9


@dataclass(frozen=True)
class NewReader:
    """A reader to enrol, as a form or a row of a file gives it."""

    username: str
    group: str
    """Key of the study's group."""
    years: Decimal
    email: str = ""
    is_invited: bool = False
    """Whether the reader sets a password by the link of an invitation."""


@dataclass(frozen=True)
class Enrolled:
    """An enrolment, with the password of an account made for it (shown once)."""

    enrolment: Enrolment
    password: str


def enrol_reader(
    *, study: Study, actor: Any | None, reader: NewReader, is_simulated: bool = False
) -> Enrolled:
    """Enrol somebody in a draft; an unknown user name gets a new account."""
    check_actor(actor, study)
    group = group_of(study, reader.group)
    if not 0 <= reader.years <= MAX_YEARS:
        raise WrongReaders(
            _("Years of experience must lie between 0 and 80, not {years}.").format(
                years=reader.years
            )
        )
    with transaction.atomic():
        study = Study.objects.select_for_update().get(pk=study.pk)
        policies.check_is_draft(study)
        check_kind(study, is_simulated=is_simulated)
        user, password = account(reader, is_simulated=is_simulated)
        policies.check_can_be_reader(user, study)
        if policies.is_reader(user, study):
            msg = _("{user} reads in this study already.")
            raise WrongReaders(msg.format(user=user.get_username()))
        enrolment = add(study, group, user, reader.years, is_simulated=is_simulated)
        detail = {"pseudonym": enrolment.pseudonym, "group": group.key}
        audit.record(study=study, user=actor, verb="reader enrolled", detail=detail)
    return Enrolled(enrolment, password)


def check_actor(actor: Any | None, study: Study) -> None:
    """Coordinators enrol; a command (no actor) is checked for the state only."""
    if actor is None:
        policies.check_is_draft(study)
    else:
        policies.check_can_edit(actor, study)


def group_of(study: Study, key: str) -> ReaderGroup:
    """Return the study's group, or name those there are."""
    groups = {group.key: group for group in study.groups.all()}
    if key not in groups:
        msg = _("{key!r} is not a group of this study; there are: {known}.")
        raise WrongReaders(msg.format(key=key, known=", ".join(groups)))
    return groups[key]


def account(reader: NewReader, *, is_simulated: bool) -> tuple[AbstractUser, str]:
    """Return the account of that name, made if there is none, and a new password.

    Of two who make it at once one makes it, and the other finds it.
    """
    model = get_user_model()
    found = model.objects.filter(username=reader.username).first()
    if found is not None:
        return found, ""
    if not reader.username.strip():
        raise WrongReaders(_("A reader needs a user name."))
    has_none = is_simulated or reader.is_invited
    password = "" if has_none else secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        with transaction.atomic():
            made = model.objects.create_user(
                reader.username,
                reader.email,
                password or None,
                is_active=not is_simulated,
            )
    except IntegrityError:
        return model.objects.get(username=reader.username), ""
    return made, password


def check_kind(study: Study, *, is_simulated: bool) -> None:
    """Refuse to mix people and simulated readers in one study."""
    if study.enrolments.filter(is_simulated=not is_simulated).exists():
        raise RealReaders(
            _(
                "{study} cannot have both people and simulated readers; create a study "
                "of its own for the simulation."
            ).format(study=study.name)
        )


def add(
    study: Study,
    group: ReaderGroup,
    user: Any,
    years: Decimal,
    *,
    is_simulated: bool = False,
    replaces: Enrolment | None = None,
) -> Enrolment:
    """Insert the enrolment at the next row of the Latin square."""
    if is_simulated and not study.is_simulated:
        study.is_simulated = True
        study.save(update_fields=["is_simulated"])
    position = study.enrolments.count()
    return Enrolment.objects.create(
        study=study,
        user=user,
        group=group,
        pseudonym=pseudonym(position),
        years=years,
        position=position,
        is_simulated=is_simulated,
        replaces=replaces,
    )


def pseudonym(position: int) -> str:
    """R01 for the first reader."""
    return f"R{position + 1:02d}"


def remove_reader(*, enrolment: Enrolment, actor: Any) -> None:
    """Take a reader out of a draft; the readers after move up."""
    study = enrolment.study
    policies.check_can_edit(actor, study)
    with transaction.atomic():
        policies.check_is_draft(Study.objects.select_for_update().get(pk=study.pk))
        detail = {"pseudonym": enrolment.pseudonym}
        audit.record(study=study, user=actor, verb="reader removed", detail=detail)
        enrolment.delete()
        for i, other in enumerate(study.enrolments.order_by("position")):
            other.position, other.pseudonym = i, pseudonym(i)
            other.save(update_fields=["position", "pseudonym"])


def read_readers_file(path: Path) -> list[NewReader]:
    """Read a CSV of readers with the columns ``username, group, years[, email]``."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            return [row_reader(path, n, row) for n, row in enumerate(table, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        msg = f"The readers file {path} cannot be read as UTF-8 CSV: {fault}."
        raise WrongReaders(msg) from fault


def row_reader(path: Path, line: int, row: dict[str, str]) -> NewReader:
    """Read one row; the error names file, line and field."""
    for field in ("username", "group", "years"):
        if not (row.get(field) or "").strip():
            msg = f"{path.name}, line {line}, field {field}: is missing or empty."
            raise WrongReaders(msg)
    try:
        years = Decimal(row["years"].strip())
    except InvalidOperation as fault:
        msg = f"{path.name}, line {line}, field years: {row['years']!r} is no number."
        raise WrongReaders(msg) from fault
    return NewReader(
        row["username"].strip(),
        row["group"].strip(),
        years,
        (row.get("email") or "").strip(),
    )
