"""A pool made ready for studies: all that it lacks at once, fold by fold."""

import pytest
from celery import current_app
from django.urls import reverse

from forgery.models import Job, Manipulator
from forgery.selectors.next_steps import LEAST_CLUSTERS, next_steps
from forgery.services import jobs, manipulation, training
from tests import factories

pytestmark = pytest.mark.django_db
LESIONS = ("normal", "glaucoma")


@pytest.fixture(autouse=True)
def quiet_broker(monkeypatch):
    """Messages go nowhere."""
    monkeypatch.setattr(current_app, "send_task", lambda *_args, **_kwargs: None)


@pytest.fixture
def pool():
    """A pool with few patients of two lesions: both are cross-fitted."""
    made = factories.PoolFactory.create(name="few")
    for number in range(LEAST_CLUSTERS):
        for lesion in LESIONS:
            image = factories.FundusImageFactory.create(pool=made, lesion=lesion)
            factories.reserve(image, "crossfit", fold=number % 3)
    return made


def prepare(client, pool, **values):
    address = reverse("forgery:prepare", args=[pool.name])
    return client.post(address, {"recipe": "paper-unet", "preset": "quick"} | values)


def test_one_click_trains_every_fold_of_every_lesion(pool, coordinator_client):
    answer = prepare(coordinator_client, pool)

    assert answer["Location"] == reverse("forgery:jobs")
    given = [job.arguments for job in Job.objects.all()]
    assert {(one["lesion"], one["held_out_fold"]) for one in given} == {
        (lesion, fold) for lesion in LESIONS for fold in range(3)
    }
    assert all(one["manipulate"] for one in given)
    page = coordinator_client.get(pool.get_absolute_url()).text
    assert "6 trainings and manipulations are under way" in page


def test_what_needs_no_training_is_made_once_a_lesion_and_forges_at_once(
    pool, coordinator_client
):
    prepare(coordinator_client, pool, recipe="lesion-insert")

    assert Job.objects.count() == 2
    for job in Job.objects.filter(kind="forgery.train_manipulator"):
        jobs.run_job(job.pk, training.train_work)
    followers = Job.objects.filter(kind="forgery.manipulate")
    assert {job.arguments["manipulator"] for job in followers} == set(
        Manipulator.objects.values_list("name", flat=True)
    )
    assert len(next_steps(pool)) == 2  # two that are to manipulate, whatever the fold
    for job in followers:
        jobs.run_job(job.pk, manipulation.manipulate_work)
    assert next_steps(pool) == []


def test_a_lesion_of_few_patients_is_trained_three_times_by_one_form(
    pool, coordinator_client
):
    page = reverse("forgery:train")
    values = {"lesion": "glaucoma", "recipe": "paper-unet", "preset": "quick"}

    coordinator_client.post(page, values | {"pool": pool.name, "seed": 1})

    folds = [job.arguments["held_out_fold"] for job in Job.objects.order_by("pk")]
    assert folds == [0, 1, 2]


def test_the_only_pool_is_chosen_beforehand(pool, coordinator_client):
    html = coordinator_client.get(reverse("forgery:train")).text

    assert f'<option value="{pool.name}" selected>' in html


def test_a_lesion_of_too_few_patients_is_named_not_passed_over(
    pool, coordinator_client
):
    image = factories.FundusImageFactory.create(
        pool=pool, lesion="macular-degeneration"
    )
    factories.reserve(image, "crossfit", fold=0)

    page = coordinator_client.get(pool.get_absolute_url()).text

    assert f"with fewer than {LEAST_CLUSTERS} patients kept for readers" in page
    assert "Macular Degeneration (1)." in page
    assert len(next_steps(pool)) == len(LESIONS) * 3
