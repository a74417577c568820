"""Every reader's plan, made once at freezing and stored: order is data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from observers.models import Case, Enrolment, OptSet, PlanItem, Session, Study
from observers.models.protocol import LATIN_SQUARE
from observers.tokens import new_token

ALGORITHM = "permutation/1"
ORDER_STREAM, SQUARE_STREAM = 4, 5


def make_plans(*, study: Study) -> None:
    """Make every reader's sessions and their items; runs in freezing's transaction."""
    sets = list(study.sets.prefetch_related("cases").order_by("position"))
    readers = list(study.enrolments.order_by("position"))
    rows = set_orders(study, n_readers=len(readers), n_sets=len(sets))
    for enrolment, row in zip(readers, rows, strict=True):
        for position, which in enumerate(row):
            make_session(study, enrolment, sets[which], position)


def set_orders(study: Study, *, n_readers: int, n_sets: int) -> list[list[int]]:
    """Return for every reader the order of the sets."""
    if study.rules.set_order != LATIN_SQUARE:
        return [list(range(n_sets))] * n_readers
    rng = np.random.default_rng([study.rules.seed, SQUARE_STREAM])
    first = rng.permutation(n_sets)
    return [
        [int(first[(i + r) % n_sets]) for i in range(n_sets)] for r in range(n_readers)
    ]


def make_session(
    study: Study, enrolment: Enrolment, opt_set: OptSet, position: int
) -> Session:
    """Make one session and put its cases in order."""
    cases = sorted(opt_set.cases.all(), key=lambda case: case.code)
    seed = session_seed(study, enrolment, opt_set)
    session = Session.objects.create(
        enrolment=enrolment,
        opt_set=opt_set,
        position=position,
        seed=seed,
        algorithm=ALGORITHM,
        token=new_token(),
    )
    PlanItem.objects.bulk_create(
        PlanItem(session=session, case=case, position=place, token=new_token())
        for place, case in enumerate(reading_order(cases, seed), start=1)
    )
    return session


def session_seed(study: Study, enrolment: Enrolment, opt_set: OptSet) -> int:
    """Derive a session's own seed from the study's, the reader's and the set's."""
    places = [study.rules.seed, ORDER_STREAM, enrolment.position, opt_set.position]
    return int(np.random.SeedSequence(places).generate_state(1)[0])


def reading_order(cases: Sequence[Case], seed: int) -> list[Case]:
    """Shuffle the cases of a set from the session's seed."""
    rng = np.random.default_rng(seed)
    return [cases[i] for i in rng.permutation(len(cases))]
