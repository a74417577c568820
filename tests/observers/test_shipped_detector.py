"""The detector that comes with the program, in a study: named, offered, scoring."""

import pytest
from django.urls import reverse

from detector.models import DetectorScore
from detector.services import shipped
from forgery.exceptions import TrainedOn
from observers.forms import RunForm
from observers.models import CaseTruth
from observers.services import scoring
from tests import factories

pytestmark = pytest.mark.django_db


def score(study) -> dict[str, int]:
    return scoring.score_study(study, shipped.NAME, lambda _done, _total: None)


def test_the_plan_can_name_it_without_any_training(coordinator_client, coordinator):
    study = factories.StudyFactory(owner=coordinator)
    plan = reverse("observers:setup", args=[study.name, "plan"])

    page = coordinator_client.get(plan)
    data = page.context["form"].initial | {"detector": shipped.NAME}
    coordinator_client.post(plan, data)

    assert "default (comes with the program)" in page.text
    study.refresh_from_db()
    assert study.rules.analysis.detector == shipped.NAME


def test_results_offer_it_and_choose_it_where_the_plan_does():
    study = factories.frozen_study()

    form = RunForm(study=study)

    assert (shipped.NAME, shipped.NAME) in form.fields["detector"].choices
    assert form.initial["detector"] == ""


def test_it_scores_a_study_but_no_twin_of_a_patient_it_has_seen(monkeypatch):
    study = factories.frozen_study()
    drawn = set(CaseTruth.objects.values_list("image__cluster", flat=True))
    forged = scoring.test_manipulations(study)
    spare = [c for one in forged if (c := one.source.cluster_id) not in drawn]
    every = score(study)["matched"]
    DetectorScore.objects.all().delete()
    monkeypatch.setattr(shipped, "seen_clusters", lambda _pool=None: {spare[0]})

    monkeypatch.setattr(scoring, "seen_in", lambda _pool: set())
    with pytest.raises(TrainedOn):
        score(study)
    monkeypatch.setattr(scoring, "seen_in", lambda _pool: {spare[0]})

    assert score(study)["matched"] == every - 2
