"""Simulated readers: they read a study through the very services that people use.

Their true AUC is the paper's for their group and lesion. A study is read either by
people or by simulated readers, never by both, and says which everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from django.utils.translation import gettext as _

from forgery.services.job_context import JobContext
from observers.analysis import paper
from observers.analysis.design import derived_seed
from observers.analysis.simulate import simulate_ratings, spread_aucs
from observers.exceptions import RealReaders
from observers.models import CaseTruth, Enrolment, PlanItem, Session, Study
from observers.models.protocol import Group, Scale
from observers.models.protocol_parts import BINARY, ORDINAL, SLIDER
from observers.selectors.studies import study_called
from observers.services import enrolment, freezing, locking, reading, studies
from observers.services.answers import Answer
from observers.services.enrolment import NewReader
from observers.services.timing import Times

State = Study.State
KEYS = UUID("7d5f8f2e-3f0c-4d8f-9a54-6f1f0b6a2c11")
MORE_YEARS = 15
MIDDLE = 50
MEDIAN_MS, SPREAD = 6500, 0.45
OTHER_AUC = 0.74  # mean of the paper's two groups, for groups and lesions it has not


@dataclass(frozen=True)
class Rated:
    """How far the simulation has come."""

    done: int
    total: int


def enrol_simulated(*, study: Study, seed: int) -> list[Enrolment]:
    """Enrol as many simulated readers as the protocol plans; the study is marked."""
    made = []
    for group in study.rules.groups:
        for number in range(1, group.n_readers + 1):
            name = f"simulated-{study.name}-{group.key}-{number}"[:150]
            years = simulated_years(group, number, seed)
            reader = NewReader(name, group.key, years)
            enrolled = enrolment.enrol_reader(
                study=study, actor=None, reader=reader, is_simulated=True
            )
            made.append(enrolled.enrolment)
    return made


def simulated_years(group: Group, number: int, seed: int) -> Decimal:
    """Draw years of experience above the group's least."""
    rng = np.random.default_rng(derived_seed(seed, "years", group.key, str(number)))
    return Decimal(int(group.min_years) + 1 + int(rng.integers(MORE_YEARS)))


def check_simulated(study: Study) -> None:
    """Refuse a study that people read."""
    people = study.enrolments.filter(is_simulated=False)
    names = ", ".join(people.values_list("pseudonym", flat=True))
    if names:
        raise RealReaders(
            _(
                "{study} has real readers ({names}); simulated ratings would mix with "
                "theirs. Create a study of its own for the simulation."
            ).format(study=study.name, names=names)
        )


def prepare(*, study: Study, seed: int) -> Study:
    """Bring a study to where simulated readers can read: enrolled, frozen, open."""
    check_simulated(study)
    if study.state == State.DRAFT:
        if not study.enrolments.exists():
            enrol_simulated(study=study, seed=seed)
        study = freezing.freeze_study(study=study, user=None)
    if study.state == State.FROZEN:
        study = studies.open_study(study=study, user=None)
    return study


def simulate_readers(*, study: Study, seed: int) -> Iterator[Rated]:
    """Let every simulated reader read every set, telling how far they are.

    A simulation that was cut off goes on where it stopped.
    """
    check_simulated(study)
    total = PlanItem.objects.filter(session__enrolment__study=study).count()
    done = 0
    ratings = all_ratings(study, seed)
    for session in sessions_in_order(study):
        reader = session.enrolment.user
        reading.start_session(token=session.token, reader=reader)
        for item in session.items.select_related("case").order_by("position"):
            if not item.ratings.exists():
                score = ratings[session.enrolment.pseudonym, item.case.code]
                rate(session, item, reader, score, seed)
            done += 1
            yield Rated(done, total)
        reading.finish_session(token=session.token, reader=reader)


def simulate_work(context: JobContext) -> dict[str, Any]:
    """Simulate as a job's row says, and lock where it asks for it."""
    arguments = context.job.arguments
    study = study_called(arguments["study"])
    study = prepare(study=study, seed=arguments["seed"])
    if study.state == State.OPEN:
        for step in simulate_readers(study=study, seed=arguments["seed"]):
            context.stop_if_asked()
            context.progress(step.done, step.total)
    if arguments["lock"] and study.state == State.OPEN:
        study = studies.close_study(study=study, user=context.job.owner)
    if arguments["lock"] and study.state == State.CLOSED:
        locking.lock_study(study=study, user=context.job.owner)
    return {"readers": study.enrolments.count()}


def sessions_in_order(study: Study) -> list[Session]:
    """List unfinished sessions, reader by reader, in the reader's own order."""
    return list(
        Session.objects.filter(enrolment__study=study, finished_at=None)
        .select_related("enrolment__user", "enrolment__study")
        .order_by("enrolment__position", "position")
    )


def rate(
    session: Session, item: PlanItem, reader: Any, score: float, seed: int
) -> None:
    """Give one rating as the reading room would."""
    code = item.case.code
    name = session.enrolment.pseudonym
    rng = np.random.default_rng(derived_seed(seed, "time", name, code))
    elapsed = int(MEDIAN_MS * np.exp(SPREAD * rng.standard_normal()))
    scale = session.enrolment.study.rules.scale
    answer = Answer(
        score=None,
        cannot_rate="",
        given=on_scale(score, scale),
        times=Times(elapsed),
        idempotency_key=uuid5(KEYS, f"{session.token}/{item.token}"),
    )
    reading.record_rating(
        session_token=session.token, token=item.token, reader=reader, answer=answer
    )


def on_scale(score: float, scale: Scale) -> dict[str, Any]:
    """Bring a rating of 0 to 100 onto the protocol's scale."""
    if scale.kind == ORDINAL:
        level = round(score / 100 * (len(scale.labels) - 1))
        return {"kind": ORDINAL, "level": level}
    if scale.kind == BINARY:
        decision = "manipulated" if score >= MIDDLE else "original"
        confidence = round(2 * abs(score - MIDDLE))
        return {"kind": BINARY, "decision": decision, "confidence": confidence}
    width = scale.maximum - scale.minimum
    steps = round(score / 100 * width / scale.step)
    steps = min(steps, width // scale.step)
    return {"kind": SLIDER, "value": scale.minimum + steps * scale.step}


def all_ratings(study: Study, seed: int) -> dict[tuple[str, str], float]:
    """Simulate the rating of every reader for every case, by pseudonym and code."""
    aucs = reader_aucs(study)
    found: dict[tuple[str, str], float] = {}
    for lesion in study.rules.lesions:
        rows = CaseTruth.objects.filter(
            case__opt_set__study=study, case__opt_set__lesion=lesion
        ).order_by("case__code")
        pairs = list(rows.values_list("case__code", "truth"))
        truth = np.array([t == CaseTruth.Truth.MANIPULATED for _code, t in pairs])
        wanted = {reader: by_lesion[lesion] for reader, by_lesion in aucs.items()}
        scores = simulate_ratings(truth, wanted, seed=seed, name=lesion)
        for reader, row in zip(wanted, scores.tolist(), strict=True):
            for (code, _truth), score in zip(pairs, row, strict=True):
                found[reader, code] = score
    return found


def reader_aucs(study: Study) -> dict[str, dict[str, float]]:
    """Return each reader's true AUC by lesion: the paper's, spread over the group."""
    found: dict[str, dict[str, float]] = {}
    for group in study.groups.all():
        names = list(group.enrolments.values_list("pseudonym", flat=True))
        mean = {key: paper_auc(group.key, key) for key in study.rules.lesions}
        found.update(zip(names, spread_aucs(mean, len(names)), strict=True))
    return found


def paper_auc(group: str, lesion: str) -> float:
    """Return the paper's AUC of a group and lesion, or the mean of its readers."""
    by_lesion = paper.GROUP_AUC.get(group, {})
    cited = by_lesion.get(lesion)
    return cited.value if cited else OTHER_AUC
