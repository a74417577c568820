"""Play a hostile reader of a study and judge what he could learn.

The verdict is kept in the audit trail, by names of what differs and never with
what the classes showed, and appears in the report.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from forgery.imaging.versions import code_version
from observers.analysis.blinding import Verdict, judge
from observers.analysis.blinding_invariants import Seen
from observers.models import CaseTruth, PlanItem, Study
from observers.selectors.blinding import AUDITED
from observers.services import audit, blinding_probe
from observers.services.blinding_reader import HostileReader, numbers_of

MIN_SECRET = 8  # letters; shorter names occur by chance in random tokens


def audit_blinding(*, study: Study, seed: int = 1, user: Any = None) -> Verdict:
    """Read the study as a probe, judge, and write the verdict down."""
    if study.state == Study.State.DRAFT:
        raise PermissionDenied(
            _("{study} is a draft: freeze it, so that there are cases to see.").format(
                study=study.name
            )
        )
    truths = list(
        CaseTruth.objects.filter(case__opt_set__study=study)
        .select_related("case", "image__cluster", "manipulation__manipulator")
        .order_by("case__code")
    )
    cases = {truth.case_id: i for i, truth in enumerate(truths)}
    with quiet(), blinding_probe.reading(study) as sessions:
        rng = random.Random(seed)  # noqa: S311
        readers = [HostileReader(s, i, cases) for i, s in enumerate(sessions)]
        for reader in readers:
            reader.read(rng)
        blinding_probe.close(study)
        for reader in readers:
            reader.look_again()
    verdict = judge(
        [one for reader in readers for one in reader.results()],
        planned(study, cases),
        np.array([one.truth == CaseTruth.Truth.MANIPULATED for one in truths]),
        np.array([one.case.opt_set_id for one in truths]),
        secrets=secrets_of(study, truths),
        seed=seed,
    )
    audit.record(study=study, user=user, verb=AUDITED, detail=summary(verdict, seed))
    return verdict


@contextmanager
def quiet() -> Iterator[None]:
    """Keep thousands of requests out of the log."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


def planned(study: Study, cases: dict[int, int]) -> list[Seen]:
    """Lay out every reader's own plan: tokens and places, as browsers get them."""
    items = PlanItem.objects.filter(session__enrolment__study=study).values_list(
        "session_id", "session__position", "case_id", "position", "token"
    )
    total = study.rules.cases_per_set
    numbers: dict[int, int] = {}
    return [
        Seen(
            case=cases[case],
            session=numbers.setdefault(session, len(numbers)),
            place="",
            texts={"token": token},
            numbers=numbers_of(place, total, order),
        )
        for session, order, case, place, token in items.order_by(
            "session_id", "position"
        )
    ]


def secrets_of(study: Study, truths: list[CaseTruth]) -> list[str]:
    """List names, file names and hashes that no reader may learn."""
    found: set[str | None] = {study.pool.name}
    for truth in truths:
        image, made = truth.image, truth.manipulation
        found |= {truth.case.file.name, truth.case.content_hash, truth.case.code}
        found |= {image.content_hash, image.source_file, image.cluster.name}
        if made is not None:
            found |= {made.manipulator.name, made.file.name, made.content_hash}
    return sorted(name for name in map(str, found) if len(name) >= MIN_SECRET)


def summary(verdict: Verdict, seed: int) -> dict[str, Any]:
    """Give the verdict as the trail keeps it: names and figures, nothing of truth."""
    return {
        "is_blind": verdict.is_blind,
        "named": list(verdict.named),
        "invariants": verdict.n_invariants,
        "features": verdict.classified.n_features,
        "auc": verdict.classified.auc,
        "p": verdict.classified.p,
        "cases": verdict.n_cases,
        "answers": verdict.n_answers,
        "can_reach_limit": verdict.can_reach_limit,
        "seed": seed,
        "code_version": code_version(),
    }
