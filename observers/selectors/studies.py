"""Questions about studies for their desk: lists, progress, the pipeline.

Nothing here tells truth or a rating; progress counts, it never looks at scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forgery.exceptions import WrongInput
from forgery.imaging import domain
from forgery.models import Reservation
from observers.models import Enrolment, OptSet, Session, Study, StudyRole

State = Study.State
Text = str | Promise


def studies_of(user: Any) -> QuerySet[Study]:
    """Studies that the user coordinates or analyses, with numbers for the list."""
    roles = StudyRole.objects.filter(study=OuterRef("pk"), user_id=user.pk)
    reads = Enrolment.objects.filter(study=OuterRef("pk"), user_id=user.pk)
    mine = Q(Exists(roles)) | (~Q(Exists(reads)) if user.is_superuser else Q(pk__in=()))
    sessions = "enrolments__sessions"
    main = Q(**{f"{sessions}__opt_set__block": OptSet.Block.MAIN})
    finished = main & Q(**{f"{sessions}__finished_at__isnull": False})
    return (
        Study.objects.filter(mine)
        .select_related("pool")
        .annotate(
            n_readers=Count("enrolments", distinct=True),
            n_sessions=Count(sessions, filter=main, distinct=True),
            n_finished=Count(sessions, filter=finished, distinct=True),
        )
        .order_by("-created_at")
    )


def study_called(name: str) -> Study:
    """Find a study by name, or raise ``Study.DoesNotExist``."""
    return Study.objects.select_related("pool", "owner").get(name=name)


def study_named(name: str) -> Study:
    """Find a study by name, or say which there are."""
    try:
        return study_called(name)
    except Study.DoesNotExist:
        names = Study.objects.order_by("name").values_list("name", flat=True)
        known = ", ".join(names) or "none yet; make one with create_study"
        msg = f"No study {name!r}; there are: {known}."
        raise WrongInput(msg) from None


@dataclass(frozen=True)
class Cell:
    """One reader's progress in one set."""

    rated: int
    total: int
    is_started: bool
    is_finished: bool

    def and_further(self, cell: Cell) -> Cell:
        """Add a further round of the same set."""
        return Cell(
            self.rated + cell.rated,
            self.total + cell.total,
            self.is_started or cell.is_started,
            self.is_finished and cell.is_finished,
        )

    @property
    def word(self) -> Text:
        """The state as a word: never colour alone."""
        if self.is_finished:
            return _("finished")
        if self.rated == self.total:
            return _("all rated")
        return _("reading") if self.is_started else _("not begun")


@dataclass(frozen=True)
class ReaderProgress:
    """One row of the progress table."""

    enrolment: Enrolment
    cells: tuple[Cell, ...]
    last_rating: datetime | None

    @property
    def rated(self) -> int:
        """Cases rated in all sets."""
        return sum(cell.rated for cell in self.cells)

    @property
    def total(self) -> int:
        """Cases planned in all sets."""
        return sum(cell.total for cell in self.cells)


def set_names(study: Study) -> list[str]:
    """Names of the study's sets in the order of tables."""
    subject = domain.get(study.pool.domain)
    return [str(_(subject.lesion(key).name)) for key in study.rules.lesions]


def progress(study: Study) -> list[ReaderProgress]:
    """Every reader's progress in every set, in two queries."""
    total = study.rules.cases_per_set
    cells: dict[int, dict[str, Cell]] = {}
    last: dict[int, datetime | None] = {}
    for session in sessions_with_counts(study):
        reader = session.enrolment_id
        own = cells.setdefault(reader, {})
        cell = Cell(
            session.rated,
            total,
            session.started_at is not None,
            session.finished_at is not None,
        )
        earlier = own.get(session.opt_set.lesion)
        own[session.opt_set.lesion] = earlier.and_further(cell) if earlier else cell
        last[reader] = newest(last.get(reader), session.last_rating)
    return [
        ReaderProgress(
            reader,
            tuple(
                cells[reader.pk][key]
                for key in study.rules.lesions
                if reader.pk in cells
            ),
            last.get(reader.pk),
        )
        for reader in readers(study)
    ]


def newest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the later of two times, either of which may be missing."""
    return max((t for t in (one, other) if t is not None), default=None)


def readers(study: Study) -> QuerySet[Enrolment]:
    """Readers of a study with their groups and accounts."""
    return (
        study.enrolments.select_related("user", "group")
        .prefetch_related("invitations")
        .order_by("group__position", "position")
    )


def sessions_with_counts(study: Study) -> QuerySet[Session, Any]:
    """Sessions with the number of cases rated and the time of the last rating."""
    return (
        Session.objects.filter(enrolment__study=study, opt_set__block=OptSet.Block.MAIN)
        .select_related("opt_set")
        .annotate(
            rated=Count("ratings", filter=Q(ratings__version=1)),  # one a rated case
            last_rating=Max("ratings__received_at"),
        )
    )


@dataclass(frozen=True)
class Step:
    """One step of the pipeline: what it is, how it stands, in words."""

    key: str
    name: Text
    state: str
    """done, now or waiting."""
    text: Text


def pipeline(study: Study, rows: list[ReaderProgress]) -> list[Step]:
    """Draw the way from pool to report, and where the study stands on it."""
    n_forged = study.pool.manipulators.filter(manipulations__isnull=False).distinct()
    set_aside = Reservation.objects.filter(
        cluster__images__pool=study.pool, role=Reservation.Role.OPT
    )
    rated, total = sum(r.rated for r in rows), sum(r.total for r in rows)
    facts: list[tuple[str, Text, bool, Text]] = [
        ("pool", _("Pool"), set_aside.exists(), study.pool.name),
        ("manipulate", _("Manipulate"), n_forged.exists(), _("manipulated images")),
        ("readers", _("Readers"), is_enrolled(study, rows), enrolled(study, rows)),
        ("freeze", _("Sets"), study.state != State.DRAFT, _("drawn when frozen")),
        ("read", _("Read"), is_read(study, rated, total), f"{rated} / {total}"),
        ("lock", _("Lock"), study.state == State.LOCKED, _("fixes the ratings")),
        ("report", _("Report"), study.reports.exists(), _("after the lock")),
    ]
    return steps(facts)


def is_read(study: Study, rated: int, total: int) -> bool:
    """Whether reading is over: closed, or every case is rated."""
    return study.state in {State.CLOSED, State.LOCKED} or 0 < total == rated


def planned(study: Study) -> int:
    """How many readers the protocol plans."""
    return sum(group.n_readers for group in study.rules.groups)


def is_enrolled(study: Study, rows: list[ReaderProgress]) -> bool:
    """Whether nobody can or need be enrolled any more."""
    return study.state != State.DRAFT or len(rows) >= max(1, planned(study))


def enrolled(study: Study, rows: list[ReaderProgress]) -> Text:
    """Say how many readers of how many are enrolled."""
    return _("%(n)d of %(planned)d enrolled") % {
        "n": len(rows),
        "planned": planned(study),
    }


def steps(facts: list[tuple[str, Text, bool, Text]]) -> list[Step]:
    """Mark the first step that is not done as the one to do now."""
    made, seen_now = [], False
    for key, name, is_done, text in facts:
        state = "done" if is_done else ("waiting" if seen_now else "now")
        seen_now = seen_now or not is_done
        made.append(Step(key, name, state, text))
    return made


@dataclass(frozen=True)
class GroupCount:
    """How many readers of a group are planned and enrolled."""

    name: str
    enrolled: int
    planned: int

    @property
    def missing(self) -> int:
        """How many are still to be enrolled."""
        return max(0, self.planned - self.enrolled)


def group_counts(study: Study, rows: list[ReaderProgress]) -> list[GroupCount]:
    """Compare enrolled readers with the protocol's plan."""
    keys = [row.enrolment.group.key for row in rows]
    return [
        GroupCount(group.name, keys.count(group.key), group.n_readers)
        for group in study.rules.groups
    ]
