"""Questions about studies for their desk: lists, progress, the pipeline.

Nothing here tells truth or a rating; progress counts, it never looks at scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from forgery.exceptions import WrongInput
from forgery.imaging import domain
from forgery.models import Reservation
from observers.models import Enrolment, Invitation, OptSet, Study, StudyRole
from observers.selectors.counts import SessionCounts, counts

State = Study.State
Text = str | Promise


def studies_of(user: Any) -> QuerySet[Study]:
    """Studies that the user coordinates or analyses, with numbers for the list."""
    roles = StudyRole.objects.filter(study=OuterRef("pk"), user_id=user.pk)
    reads = Enrolment.objects.filter(study=OuterRef("pk"), user_id=user.pk)
    mine = Q(Exists(roles)) | (~Q(Exists(reads)) if user.is_superuser else Q(pk__in=()))
    sessions = "enrolments__sessions"
    stays = Q(enrolments__excluded_at=None, enrolments__withdrawn_at=None)
    main = stays & Q(**{f"{sessions}__opt_set__block": OptSet.Block.MAIN})
    finished = main & Q(**{f"{sessions}__finished_at__isnull": False})
    return (
        Study.objects.filter(mine)
        .select_related("pool")
        .annotate(
            n_readers=Count("enrolments", filter=stays, distinct=True),
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
        known = ", ".join(names) or _("none yet; make one first")
        msg = _("No study {name!r}; there are: {known}.").format(name=name, known=known)
        raise WrongInput(msg) from None


@dataclass(frozen=True)
class Cell:
    """One reader's progress in one set."""

    rated: int
    total: int
    is_started: bool
    is_finished: bool

    def __str__(self) -> str:
        return f"{self.rated} / {self.total}"

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
    invitation: Invitation | None = None
    """The newest link that was sent."""

    @property
    def rated(self) -> int:
        """Cases rated in all sets."""
        return sum(cell.rated for cell in self.cells)

    @property
    def total(self) -> int:
        """Cases planned in all sets."""
        return sum(cell.total for cell in self.cells)

    @property
    def sum(self) -> str:
        """Cases rated of those planned."""
        return f"{self.rated} / {self.total}"

    @property
    def account(self) -> str:
        """The person behind the pseudonym, for coordinators."""
        user = self.enrolment.user
        return user.get_full_name() or user.get_username()

    @property
    def group(self) -> str:
        """The group's name in the page's language."""
        return gettext(self.enrolment.group.name)

    @property
    def has_left(self) -> bool:
        """Whether the reader withdrew or was excluded."""
        return bool(self.enrolment.withdrawn_at or self.enrolment.excluded_at)


def set_names(study: Study) -> list[str]:
    """Names of the study's sets in the order of tables."""
    subject = domain.get(study.pool.domain)
    return [str(_(subject.lesion(key).name)) for key in study.rules.lesions]


def progress(
    study: Study, counted: Sequence[SessionCounts] | None = None
) -> list[ReaderProgress]:
    """Every reader's progress in every set, in a fixed number of queries."""
    total = study.rules.cases_per_set
    cells: dict[int, dict[str, Cell]] = {}
    last: dict[int, datetime | None] = {}
    links = newest_links(study)
    for one in counts(study) if counted is None else counted:
        own = cells.setdefault(one.reader, {})
        cell = Cell(one.tally.rated, total, one.is_started, one.is_finished)
        earlier = own.get(one.lesion)
        own[one.lesion] = earlier.and_further(cell) if earlier else cell
        last[one.reader] = newest(last.get(one.reader), one.tally.last_rating)
    return [
        ReaderProgress(
            reader,
            tuple(
                cells[reader.pk][key]
                for key in study.rules.lesions
                if reader.pk in cells
            ),
            last.get(reader.pk),
            links.get(reader.pk),
        )
        for reader in readers(study)
    ]


def newest_links(study: Study) -> dict[int, Invitation]:
    """Give each reader's newest invitation."""
    found = Invitation.objects.filter(enrolment__study=study).order_by("pk")
    return {one.enrolment_id: one for one in found}


def newest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the later of two times, either of which may be missing."""
    return max((t for t in (one, other) if t is not None), default=None)


def readers(study: Study) -> QuerySet[Enrolment]:
    """Readers of a study with their groups and accounts."""
    found = study.enrolments.select_related("user", "group")
    return found.order_by("group__position", "position")


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
    lesions = study.rules.lesions
    forged = study.pool.manipulators.filter(
        lesion__in=lesions, manipulations__isnull=False
    )
    n_forged = forged.values("lesion").distinct().count()
    is_drawn = study.state != State.DRAFT
    n_sets = ngettext_lazy("%(n)d set drawn", "%(n)d sets drawn", "n")
    set_aside = Reservation.objects.filter(
        cluster__images__pool=study.pool,
        role__in=(Reservation.Role.OPT, Reservation.Role.CROSSFIT),
    )
    rows = [row for row in rows if not row.has_left]
    rated, total = sum(r.rated for r in rows), sum(r.total for r in rows)
    facts: list[tuple[str, Text, bool, Text]] = [
        ("pool", _("Pool"), set_aside.exists(), study.pool.name),
        (
            "manipulate",
            _("Manipulate"),
            is_drawn or n_forged == len(lesions),
            _("%(n)d of %(all)d lesions") % {"n": n_forged, "all": len(lesions)},
        ),
        ("readers", _("Readers"), is_enrolled(study, rows), enrolled(study, rows)),
        (
            "freeze",
            _("Sets"),
            is_drawn,
            n_sets % {"n": len(lesions)} if is_drawn else _("drawn when frozen"),
        ),
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
    """Compare the readers who take part with the protocol's plan."""
    keys = [row.enrolment.group.key for row in rows if not row.has_left]
    return [
        GroupCount(group.name, keys.count(group.key), group.n_readers)
        for group in study.rules.groups
    ]
