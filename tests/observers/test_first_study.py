"""What somebody stumbled over who set up a first study by its pages alone."""

import pytest
from django.urls import reverse

from observers.selectors.studies import pipeline, progress
from observers.services import checklist
from tests import factories

pytestmark = pytest.mark.django_db


def test_without_a_pool_the_first_page_leads_to_the_photographs(coordinator_client):
    without = coordinator_client.get(reverse("observers:home")).text
    factories.PoolFactory()
    with_one = coordinator_client.get(reverse("observers:home")).text

    assert reverse("forgery:upload") in without
    assert reverse("observers:create") in with_one
    assert "Import photographs first" not in with_one


def test_cross_fitted_patients_are_set_aside_too():
    pool = factories.PoolFactory()
    factories.image_with_role(pool, "crossfit", fold=0)
    study = factories.StudyFactory(pool=pool)

    steps = {step.key: step.state for step in pipeline(study, progress(study))}

    assert steps["pool"] == "done"


def test_a_lesion_without_a_manipulator_leads_to_the_pool_that_lists_its_trainings():
    pool = factories.PoolFactory()
    factories.image_with_role(pool, "crossfit", fold=0)
    factories.ManipulatorFactory(pool=pool, lesion="normal")
    rules = factories.tiny_protocol(lesions=("glaucoma",))
    study = factories.StudyFactory(pool=pool, protocol=rules)

    points = {point.name: point for point in checklist.checklist(study)}

    assert points["Glaucoma"].mend == pool.get_absolute_url()
    assert "manipulate the cross-fitting clusters" in points["Glaucoma"].text


def test_a_draft_without_readers_says_how_to_invite_and_then_how_to_go_on(
    coordinator, coordinator_client
):
    study = factories.StudyFactory(owner=coordinator)
    address = reverse("observers:readers", args=[study.name])

    empty = coordinator_client.get(address).text
    factories.enrol(study)
    one = coordinator_client.get(address).text

    check = reverse("observers:setup", args=[study.name, "check"])
    assert "No reader yet" in empty
    assert check not in empty
    assert check in one
