"""One clean audit kept answer by answer, to plant leaks in what went over the wire.

A leak changes some answers; only those are taken apart again, so that dozens of
leaks cost little more than one audit.
"""

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from observers.analysis.blinding import Verdict, judge
from observers.analysis.blinding_reply import Reply, Told, take_apart
from observers.models import CaseTruth, Session, Study
from observers.services import blinding_client, blinding_probe
from observers.services.blinding import planned
from observers.services.blinding_reader import HostileReader
from tests import factories

HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@contextmanager
def world(blocker: Any) -> Iterator[None]:
    """Give a module its own rows and files, which go again."""
    with (
        tempfile.TemporaryDirectory() as folder,
        override_settings(MEDIA_ROOT=folder, PASSWORD_HASHERS=HASHERS),
        blocker.unblock(),
        transaction.atomic(),
    ):
        cache.clear()
        yield
        transaction.set_rollback(True)


def frozen(n: int, **rules: Any) -> Study:
    """Freeze a study of one set with n cases of each class."""
    pool = factories.tiny_pool(("glaucoma",), n=2 * n).pool
    protocol = factories.tiny_protocol(
        lesions=("glaucoma",), n_original=n, n_manipulated=n, **rules
    )
    return factories.frozen_study(2, pool=pool, protocol=protocol)


@dataclass(frozen=True)
class Seen:
    """One answer of the clean audit."""

    reply: Reply
    told: Told
    case: int | None
    """Index of the case that it is about."""


@dataclass
class Recording:
    """A clean audit of one set."""

    reader: HostileReader
    truth: np.ndarray
    sets: np.ndarray
    plans: list[Any]
    answers: list[Seen] = field(default_factory=list)
    borders: dict[int, Any] = field(default_factory=dict)

    @property
    def items(self) -> list[str]:
        """Tokens in the plan's order."""
        return [item.token for item in self.reader.items]

    @property
    def forged(self) -> dict[str, bool]:
        """Whether the case of each token is manipulated."""
        cases = self.reader.cases
        return {
            item.token: bool(self.truth[cases[item.case_id]])
            for item in self.reader.items
        }

    def judged(self, change: Callable[["Recording", Seen, bool], Any]) -> Verdict:
        """Judge what a reader would have seen with the change."""
        reader = self.reader
        reader.facts.clear()
        reader.mentions.clear()
        reader.entries.clear()
        reader.borders = dict(self.borders)
        by_case = {reader.cases[item.case_id]: item for item in reader.items}
        for one in self.answers:
            forged = one.case is not None and bool(self.truth[one.case])
            changed = change(self, one, forged)
            told = one.told
            if changed is not None:
                told = take_apart(changed, reader.token, self.items)
            about = None if one.case is None else by_case[one.case]
            reader.keep(about, one.reply.kind, told)
        return judge(reader.results(), self.plans, self.truth, self.sets)


def put_first(session: Session, truths: Sequence[str]) -> None:
    """Let the plan begin with cases of these truths, in this order."""
    places = session.items.order_by("position")
    for place, truth in enumerate(truths, start=1):
        here = places.get(position=place)
        wanted = places.filter(position__gte=place, case__truth__truth=truth)[0]
        if here.pk != wanted.pk:
            swap = ((here, 0), (wanted, place), (here, wanted.position))
            for item, position in swap:
                session.items.filter(pk=item.pk).update(position=position)


def record(n: int, monkeypatch: Any, **rules: Any) -> Recording:
    """Audit a clean study and keep every answer."""
    study = frozen(n, **rules)
    truths = list(
        CaseTruth.objects.filter(case__opt_set__study=study)
        .select_related("case")
        .order_by("case__code")
    )
    cases = {truth.case_id: i for i, truth in enumerate(truths)}
    replies: list[Reply] = []

    def kept(reply: Reply, session: str, items: Any) -> Told:
        replies.append(reply)
        return take_apart(reply, session, items)

    answers: list[Seen] = []
    keep = HostileReader.keep

    def noted(self: HostileReader, about: Any, kind: str, told: Told) -> None:
        case = None if about is None else cases[about.case_id]
        answers.append(Seen(replies[-1], told, case))
        keep(self, about, kind, told)

    monkeypatch.setattr(blinding_client, "take_apart", kept)
    monkeypatch.setattr(HostileReader, "keep", noted)
    with blinding_probe.reading(study) as [session]:
        # the first is never fetched ahead, and each manipulated case shall be; nor does
        # a wrong order show where no manipulated one follows an original that is
        put_first(session, ("original", "original", "manipulated"))
        reader = HostileReader(session, 0, cases)
        reader.read(random.Random(1))
        blinding_probe.close(study)
        reader.look_again()
    monkeypatch.undo()
    return Recording(
        reader,
        np.array([one.truth == "manipulated" for one in truths]),
        np.array([one.case.opt_set_id for one in truths]),
        planned(study, cases),
        answers,
        dict(reader.borders),
    )


def unchanged(_recording: Recording, _one: Seen, _forged: bool) -> None:
    """Plant nothing."""


def with_header(reply: Reply, name: str, value: str | None) -> Reply:
    """Set one header, or take it out."""
    rest = [(n, v) for n, v in reply.headers if n.lower() != name.lower()]
    return replace(reply, headers=[*rest, *([(name, value)] if value else [])])
