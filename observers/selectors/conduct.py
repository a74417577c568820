"""How the reading goes: pace, forecast, who is late, what departs from the protocol.

Counts and times alone; no score and no truth is read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from observers.models import ConditionsCheck, Enrolment, Study
from observers.selectors.counts import SessionCounts, counts, first_ratings
from observers.selectors.studies import Cell, ReaderProgress, progress

Text = str | Promise
SMALL = (1000, 600)
"""CSS pixels of the window: the image would be smaller than its own."""
QUIET = timedelta(days=3)
"""Without a rating for so long, a reader who is not done is late."""
TOLERANCE = 0.1
"""Of all cases that a reader may lag behind an even pace."""
STANDINGS = ("excluded", "withdrawn", "done", "late")
"""What is worth a badge, the first that is so."""
DEVIATIONS: Mapping[str, Text] = {
    "fast": gettext_lazy("answered within 2 seconds"),
    "hidden": gettext_lazy("page hidden for more than 5 seconds"),
    "times": gettext_lazy("times that do not fit"),
    "small": gettext_lazy("window smaller than 1000 x 600"),
    "device": gettext_lazy("more than one device"),
}


@dataclass(frozen=True)
class Pace:
    """How fast one reader goes, and when the reading would end."""

    per_day: float
    ends_on: date | None


@dataclass(frozen=True)
class Conduct:
    """One reader's row."""

    progress: ReaderProgress
    pace: Pace | None
    late_because: str
    """Why the reader counts as late; empty when not."""
    deviations: Mapping[str, int]
    reminded_at: datetime | None

    @property
    def enrolment(self) -> Enrolment:
        """The reader."""
        return self.progress.enrolment

    @property
    def is_done(self) -> bool:
        """Whether everything is rated."""
        return 0 < self.progress.total == self.progress.rated

    @property
    def standing(self) -> str:
        """How the reader stands: excluded, withdrawn, done, late, or nothing to say."""
        own = self.enrolment
        facts = (own.excluded_at, own.withdrawn_at, self.is_done, self.late_because)
        pairs = zip(STANDINGS, facts, strict=True)
        return next((key for key, is_so in pairs if is_so), "")

    @property
    def departures(self) -> list[tuple[str, Text]]:
        """How often what departs from the protocol, in words."""
        return [(str(n), DEVIATIONS[kind]) for kind, n in self.deviations.items()]


def conduct(study: Study) -> list[Conduct]:
    """Describe every reader's reading, in a fixed number of queries."""
    counted = counts(study)
    rows = progress(study, counted)
    begun = first_ratings(counted)
    deviations = _deviations(study, counted)
    reminded = dict(
        study.enrolments.annotate(last=Max("reminders__sent_at")).values_list(
            "pk", "last"
        )
    )
    return [
        Conduct(
            row,
            pace(row, begun.get(row.enrolment.pk)),
            late(study, row),
            deviations.get(row.enrolment.pk, {}),
            reminded.get(row.enrolment.pk),
        )
        for row in rows
    ]


def deviations(study: Study) -> dict[str, dict[str, int]]:
    """Count what departs from the protocol, by the reader's pseudonym."""
    found = _deviations(study, counts(study))
    readers = study.enrolments.order_by("pseudonym").values_list("pk", "pseudonym")
    return {name: dict(found[pk]) for pk, name in readers if found.get(pk)}


def is_wanted(row: Conduct, group: str, only: str) -> bool:
    """Whether a reader is of a group (empty: any) and late, or has deviations."""
    if group and row.enrolment.group.key != group:
        return False
    if only == "late":
        return bool(row.late_because)
    return only != "deviations" or bool(row.deviations)


def pace(row: ReaderProgress, begun: datetime | None) -> Pace | None:
    """Take ratings a day since the first; none before there is a day to speak of."""
    if begun is None or row.last_rating is None or not row.rated:
        return None
    days = max((timezone.now() - begun) / timedelta(days=1), 1.0)
    per_day = row.rated / days
    left = row.total - row.rated
    end = timezone.localdate() + timedelta(days=round(left / per_day)) if left else None
    return Pace(per_day, end)


def late(study: Study, row: ReaderProgress) -> str:
    """Say why a reader is late; nobody is who is done, has left or cannot read."""
    is_simulated = row.enrolment.is_simulated
    is_reading = study.state == Study.State.OPEN and study.opened_at is not None
    if not is_reading or row.has_left or row.rated >= row.total or is_simulated:
        return ""
    since = row.last_rating or study.opened_at
    if study.due_on is not None:
        return _behind(study, row)
    quiet = timezone.now() - since if since else timedelta()
    if quiet > QUIET:
        return _("no rating for {n} days").format(n=quiet.days)
    return ""


def _behind(study: Study, row: ReaderProgress) -> str:
    """Compare with an even pace from the opening to the day that is set."""
    today = timezone.localdate()
    if study.due_on is None or study.opened_at is None:
        return ""
    if today > study.due_on:
        return _("was to be done by {day}").format(day=study.due_on.isoformat())
    opened = timezone.localdate(study.opened_at)
    days = max((study.due_on - opened).days, 1)
    share = min((today - opened).days / days, 1.0)
    expected = int(row.total * share)
    if row.rated < expected - row.total * TOLERANCE:
        return _("{rated} rated, {expected} expected by now").format(
            rated=row.rated, expected=expected
        )
    return ""


def _deviations(
    study: Study, counted: Sequence[SessionCounts]
) -> dict[int, dict[str, int]]:
    """Count what departs from the protocol, by reader."""
    summed: dict[int, Counter[str]] = defaultdict(Counter)
    for one in counted:
        own = one.tally
        summed[one.reader].update(fast=own.fast, hidden=own.hidden, times=own.times)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for reader, sums in summed.items():
        _note(found[reader], tuple(sums), tuple(sums.values()))
    checks = (
        ConditionsCheck.objects.filter(enrolment__study=study)
        .order_by()
        .values("enrolment")
        .annotate(
            small=Count(
                "pk",
                filter=Q(window_width__lt=SMALL[0]) | Q(window_height__lt=SMALL[1]),
            ),
            device=Count("device", distinct=True) - 1,
        )
    )
    for reader, *numbers in checks.values_list("enrolment", "small", "device"):
        _note(found[reader], ("small", "device"), numbers)
    return found


def _note(held: dict[str, int], kinds: Sequence[str], numbers: Sequence[int]) -> None:
    pairs = zip(kinds, numbers, strict=True)
    held.update({kind: n for kind, n in pairs if n > 0})


@dataclass(frozen=True)
class Share:
    """How far a group or a set is."""

    name: str
    readers: int
    rated: int
    total: int
    finished: int
    """Sets that are handed in."""
    sets: int
    late: int = 0


def by_group(study: Study, rows: Sequence[Conduct]) -> list[Share]:
    """Add up the readers of each group who take part still."""
    found = []
    staying = [row for row in rows if not row.progress.has_left]
    for group in study.rules.groups:
        own = [row for row in staying if row.enrolment.group.key == group.key]
        cells = [cell for row in own for cell in row.progress.cells]
        found.append(_share(group.name, len(own), cells, _n_late(own)))
    return found


def by_set(names: Sequence[str], rows: Sequence[Conduct]) -> list[Share]:
    """Add up the readers of each set who take part still."""
    staying = [row.progress for row in rows if not row.progress.has_left]
    return [
        _share(
            name,
            len(staying),
            [went.cells[i] for went in staying if went.cells],
            0,
        )
        for i, name in enumerate(names)
    ]


def _n_late(rows: Sequence[Conduct]) -> int:
    return sum(bool(row.late_because) for row in rows)


def _share(name: str, readers: int, cells: Sequence[Cell], n_late: int) -> Share:
    return Share(
        name,
        readers,
        sum(cell.rated for cell in cells),
        sum(cell.total for cell in cells),
        sum(cell.is_finished for cell in cells),
        len(cells),
        n_late,
    )


def forecast(rows: Sequence[Conduct]) -> date | None:
    """Say when the last reader would be done at the present pace."""
    ends = [row.pace.ends_on for row in rows if row.pace and row.pace.ends_on]
    going_on = [row for row in rows if not (row.is_done or row.progress.has_left)]
    is_early = any(row.pace is None for row in going_on)
    return None if is_early or not ends else max(ends)


def late_readers(study: Study) -> list[Conduct]:
    """Find the readers who are late."""
    return [row for row in conduct(study) if row.late_because]


def conduct_of(study: Study, pseudonym: str) -> Conduct | None:
    """Describe one reader's reading, if there is such a reader."""
    rows = (row for row in conduct(study) if row.enrolment.pseudonym == pseudonym)
    return next(rows, None)
