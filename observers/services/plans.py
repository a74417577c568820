"""Every reader's plan, made once at freezing and stored: order is data."""

from __future__ import annotations

from observers.analysis import design
from observers.models import Enrolment, OptSet, PlanItem, Session, Study
from observers.models.protocol import LATIN_SQUARE
from observers.tokens import new_token


def make_plans(*, study: Study) -> None:
    """Make every reader's sessions and their items; runs in freezing's transaction."""
    sets = {s.lesion: s for s in study.sets.prefetch_related("cases")}
    readers = list(study.enrolments.order_by("group__position", "position"))
    orders = set_orders(study, list(sets), [r.pseudonym for r in readers])
    for enrolment in readers:
        for position, lesion in enumerate(orders[enrolment.pseudonym]):
            make_session(study, enrolment, sets[lesion], position)


def set_orders(
    study: Study, lesions: list[str], readers: list[str]
) -> dict[str, tuple[str, ...]]:
    """Return for every reader the order of the sets."""
    rules = study.rules
    if rules.set_order != LATIN_SQUARE:
        return dict.fromkeys(readers, rules.lesions)
    return design.set_orders(lesions, readers, rules.seed)


def make_session(
    study: Study, enrolment: Enrolment, opt_set: OptSet, position: int
) -> Session:
    """Make one session and put its cases in the reader's own order."""
    seed = study.rules.seed
    cases = {case.code: case for case in opt_set.cases.all()}
    session = Session.objects.create(
        enrolment=enrolment,
        opt_set=opt_set,
        position=position,
        seed=seed,
        algorithm=design.ALGORITHM,
        token=new_token(),
    )
    order = design.case_order(
        cases, seed=seed, reader=enrolment.pseudonym, set_name=opt_set.lesion
    )
    PlanItem.objects.bulk_create(
        PlanItem(session=session, case=cases[code], position=place, token=new_token())
        for place, code in enumerate(order, start=1)
    )
    return session
