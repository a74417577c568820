"""Freeze a study: fix its protocol, draw, render, pin, and plan every reading.

Drawing and rendering take seconds and happen before the transaction; the rows are
written in one, and the files go again if it fails.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from forgery.services import reservations
from observers import policies
from observers.exceptions import WrongState
from observers.models import Case, CaseTruth, OptSet, Study
from observers.models.protocol import Protocol
from observers.services import audit, plans, practice, sealing, sets, studies
from observers.services.sets import Drawn

State = Study.State
Role = reservations.Role


def freeze_study(*, study: Study, user: Any | None) -> Study:
    """Bring a draft to its frozen state."""
    if user is None:
        policies.check_transition(study, State.FROZEN)
    else:
        policies.check_can_move(user, study, State.FROZEN)
    if not study.enrolments.exists():
        raise WrongState(_("Enrol at least one reader before freezing the study."))
    rules = study.rules
    drawn = sets.mixed(
        sets.draw(study.pool, rules) + practice.draw(study.pool, rules), rules
    )
    cases: list[Case] = []
    try:
        for one, code in zip(drawn, sets.codes(study, len(drawn)), strict=True):
            cases.append(sets.store(one, rules, code))
        check_lengths(cases)
        return save(study, user, drawn, cases)
    except BaseException:
        sets.discard(cases)
        raise


def check_clusters(drawn: list[Drawn]) -> None:
    """Ask the reservations whether the clusters may be drawn."""
    for role, is_practice in ((Role.OPT, False), (Role.PRACTICE, True)):
        clusters = [d.image.cluster for d in drawn if d.is_practice is is_practice]
        reservations.check_drawing(clusters, role)


def check_lengths(cases: list[Case]) -> None:
    """Refuse files whose length could tell the class; a fault of the program."""
    lengths = {case.byte_length for case in cases}
    if len(lengths) != 1:
        msg = f"rendered cases have {len(lengths)} different lengths"
        raise RuntimeError(msg)


def save(
    study: Study, user: Any | None, drawn: list[Drawn], cases: list[Case]
) -> Study:
    """Write everything that freezing fixes, or nothing."""
    with transaction.atomic():
        frozen = Study.objects.select_for_update().get(pk=study.pk)
        if frozen.protocol != study.protocol:
            raise WrongState(_("The protocol was changed meanwhile; freeze again."))
        fix_protocol(frozen, drawn)
        save_cases(frozen, drawn, cases)
        check_clusters(drawn)
        reservations.pin([one.image.cluster for one in drawn])
        plans.make_plans(study=frozen)
        frozen = studies.move(frozen, user, State.FROZEN)
        sealing.seal_plan(frozen, user)
        detail = {"protocol_hash": frozen.protocol_hash, "cases": len(cases)}
        detail |= {"sealed": True}
        audit.record(study=frozen, user=user, verb="study frozen", detail=detail)
    return frozen


def fix_protocol(study: Study, drawn: list[Drawn]) -> None:
    """Complete the protocol by the manipulators used, and fix its hash."""
    main = [one for one in drawn if not one.is_practice]
    used = sets.manipulators_used(study.pool, study.rules, main)
    document = {**study.protocol, "manipulators": list(used)}
    complete = Protocol.from_dict(document)
    study.protocol, study.protocol_hash = complete.to_dict(), complete.digest
    study.save(update_fields=["protocol", "protocol_hash"])


def save_cases(study: Study, drawn: list[Drawn], cases: list[Case]) -> None:
    """Insert sets, cases and truths, in the shuffled order."""
    made = {
        lesion: OptSet.objects.create(study=study, lesion=lesion, position=i)
        for i, lesion in enumerate(study.rules.lesions)
    }
    if study.rules.practice:
        made[""] = OptSet.objects.create(
            study=study, block=OptSet.Block.PRACTICE, position=len(made)
        )
    for one, case in zip(drawn, cases, strict=True):
        case.opt_set = made[one.lesion]
    Case.objects.bulk_create(cases)
    CaseTruth.objects.bulk_create(
        CaseTruth(
            case=case, truth=one.truth, image=one.image, manipulation=one.manipulation
        )
        for one, case in zip(drawn, cases, strict=True)
    )
