"""A locked study whose detector scored every case; figures are specks."""

import pytest

from observers.models import (
    CaseTruth,
    Study,
)
from observers.models.analysis_plan import AnalysisPlan
from observers.models.protocol import Group
from observers.reports import plots
from observers.reports.body import FIGURES
from observers.services import locking, simulation, studies
from tests import factories

GROUPS = (
    Group("ophthalmologists", "Ophthalmologists", 3, 10),
    Group("general-doctors", "General doctors", 2, 5),
)
TINY = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


@pytest.fixture
def locked(db) -> Study:
    study = factories.StudyFactory(
        protocol=factories.tiny_protocol(
            groups=GROUPS,
            n_original=5,
            n_manipulated=3,
            analysis=AnalysisPlan(margin=0.1),
        )
    )
    study = simulation.prepare(study=study, seed=1)
    list(simulation.simulate_readers(study=study, seed=1))
    studies.close_study(study=study, user=None)
    locking.lock_study(study=study, user=None)
    return Study.objects.get(pk=study.pk)


@pytest.fixture
def detector(locked):
    """A detector that scored every case, with scores of many digits."""
    model = factories.DetectorModelFactory(
        pool=locked.pool, threshold=0.1, temperature=0.7
    )
    truths = CaseTruth.objects.filter(case__opt_set__study=locked)
    for place, truth in enumerate(truths.order_by("case__code")):
        is_manipulated = truth.truth == CaseTruth.Truth.MANIPULATED
        model.scores.create(
            image=truth.image,
            manipulation=truth.manipulation,
            view="reader",
            content_hash=f"{place:064d}",
            score=0.1 + place % 5 / 3 + is_manipulated,
            probability=(1 + place % 5 + is_manipulated) / 8,
            detail=0.0,
        )
    return model.name


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    """Let a speck stand for each figure, whose drawing takes most of the time."""
    specks = {f"{name}.svg": TINY for name in FIGURES}
    monkeypatch.setattr(plots, "all_figures", lambda *_: dict(specks))
    monkeypatch.setattr(plots, "journal_figures", lambda *_: {"roc.svg": TINY})
