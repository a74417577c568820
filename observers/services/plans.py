"""Every reader's plan, made once at freezing and stored: order is data."""

from __future__ import annotations

from observers.analysis import design
from observers.models import Enrolment, OptSet, PlanItem, Session, Study
from observers.models.protocol import LATIN_SQUARE
from observers.tokens import new_token

SEED_SHIFT = 66
"""Of 128 bits those that fit into the column remain."""


def make_plans(*, study: Study) -> None:
    """Make every reader's sessions and their items; runs in freezing's transaction."""
    readers = list(study.enrolments.order_by("group__position", "position"))
    sets = {s.lesion: s for s in study.sets.prefetch_related("cases")}
    practice = sets.pop("", None)
    first = 0 if practice is None else 1
    for enrolment in readers:
        if practice is not None and not enrolment.is_simulated:
            make_session(study, enrolment, practice, position=0)
    for reading_round in range(1, study.rules.rounds + 1):
        orders = round_orders(study, list(sets), readers, reading_round)
        start = first + (reading_round - 1) * len(sets)
        for enrolment in readers:
            for place, lesion in enumerate(orders[enrolment.pseudonym], start):
                make_session(
                    study,
                    enrolment,
                    sets[lesion],
                    position=place,
                    reading_round=reading_round,
                )


def round_orders(
    study: Study, lesions: list[str], readers: list[Enrolment], reading_round: int
) -> dict[str, tuple[str, ...]]:
    """Return every reader's order of the sets in a round; each has its own draw."""
    names = [reader.pseudonym for reader in readers]
    return set_orders(study, lesions, names, round_seed(study, reading_round))


def round_seed(study: Study, reading_round: int) -> int:
    """Return the seed of a round's orders: the study's own for the first."""
    seed = study.rules.seed
    if reading_round == 1:
        return seed
    return design.derived_seed(seed, "round", str(reading_round)) >> SEED_SHIFT


def set_orders(
    study: Study, lesions: list[str], readers: list[str], seed: int
) -> dict[str, tuple[str, ...]]:
    """Return for every reader the order of the sets."""
    rules = study.rules
    if rules.set_order != LATIN_SQUARE:
        return dict.fromkeys(readers, rules.lesions)
    return design.set_orders(lesions, readers, seed)


def make_session(
    study: Study,
    enrolment: Enrolment,
    opt_set: OptSet,
    position: int,
    reading_round: int = 1,
) -> Session:
    """Make one session and put its cases in the reader's own order."""
    seed = round_seed(study, reading_round)
    cases = {case.code: case for case in opt_set.cases.all()}
    session = Session.objects.create(
        enrolment=enrolment,
        opt_set=opt_set,
        position=position,
        round=reading_round,
        seed=seed,
        algorithm=design.ALGORITHM,
        token=new_token(),
    )
    name = str(opt_set.lesion or opt_set.block)
    order = design.case_order(
        cases,
        seed=seed,
        reader=enrolment.pseudonym,
        set_name=name,
    )
    PlanItem.objects.bulk_create(
        PlanItem(session=session, case=cases[code], position=place, token=new_token())
        for place, code in enumerate(order, start=1)
    )
    return session
