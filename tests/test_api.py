"""The API that starts and watches work: who may, by what, and what is told."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token
from rest_framework.throttling import ScopedRateThrottle

from forgery.models import Job
from observers.models import Case
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet_broker")]
JSON = "application/json"


@pytest.fixture
def pool():
    return factories.training_pool()


def training(pool) -> dict:
    return {"pool": pool.name, "name": "tiny", "preset": "quick"}


def test_a_token_starts_work_and_watches_it(pool, coordinator):
    token = Token.objects.create(user=coordinator)
    script = Client(headers={"authorization": f"Token {token.key}"})

    started = script.post(
        reverse("api:train-detector"), training(pool), content_type=JSON
    )

    assert started.status_code == 202
    job = Job.objects.get()
    assert job.owner == coordinator
    assert job.arguments["seed"] == 1
    assert job.arguments["recipe"] == "default"  # as the page offers it first
    state = script.get(reverse("api:job", args=[job.pk]))
    assert state.json()["state"] == "queued"
    assert state.json()["kind"] == "detector.train_detector"


def test_a_token_opens_the_api_and_no_page(coordinator):
    token = Token.objects.create(user=coordinator)
    script = Client(headers={"authorization": f"Token {token.key}"})

    assert script.get(reverse("detector:models")).status_code == 302


@pytest.mark.parametrize("header", ["Token wrong", "Token", "Token a b", "Bearer x"])
def test_a_wrong_token_is_told_401(pool, header):
    script = Client(headers={"authorization": header})

    answer = script.post(
        reverse("api:train-detector"), training(pool), content_type=JSON
    )

    assert answer.status_code == 401
    assert list(answer.json()) == ["detail"]
    assert not Job.objects.exists()


def test_a_token_of_someone_who_left_is_void(pool, coordinator):
    token = Token.objects.create(user=coordinator)
    coordinator.is_active = False
    coordinator.save()
    script = Client(headers={"authorization": f"Token {token.key}"})

    assert script.get(reverse("api:job", args=[1])).status_code == 401


def test_a_wrong_token_does_not_fall_back_on_the_session(coordinator_client):
    answer = coordinator_client.get(
        reverse("api:job", args=[1]), headers={"authorization": "Token wrong"}
    )

    assert answer.status_code == 401


def test_a_session_needs_its_csrf_token(pool, coordinator):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(coordinator)

    answer = browser.post(
        reverse("api:train-detector"), training(pool), content_type=JSON
    )

    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["train-manipulator", "train-detector", "manipulate"])
def test_strangers_are_refused(pool, somebody_client, client, name):
    address = reverse(f"api:{name}")

    answer = somebody_client.post(address, training(pool), content_type=JSON)
    assert answer.status_code == 403
    assert "ask for the right" in answer.json()["detail"]
    assert client.post(address, {}, content_type=JSON).status_code == 401
    assert not Job.objects.exists()


def test_a_reader_of_a_running_study_starts_nothing(pool, coordinator):
    factories.enrol(factories.StudyFactory(), coordinator)
    token = Token.objects.create(user=coordinator)
    script = Client(headers={"authorization": f"Token {token.key}"})

    answer = script.post(
        reverse("api:train-detector"), training(pool), content_type=JSON
    )

    assert answer.status_code == 403
    assert "You are a reader" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": ""}, "name"),
        ({"name": "Not A Slug"}, "name"),
        ({"pool": None}, "pool"),
        ({"preset": "slow"}, "preset"),
        ({"seed": -1}, "seed"),
        ({"held_out_fold": 3}, "held_out_fold"),
        ({"clusters": "one"}, "clusters"),
    ],
)
def test_wrong_input_is_told_by_its_field(pool, coordinator_client, changes, fault):
    answer = coordinator_client.post(
        reverse("api:train-detector"), training(pool) | changes, content_type=JSON
    )

    assert answer.status_code == 400
    assert list(answer.json()) == [fault]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pool": "nowhere"}, "No pool 'nowhere'"),
        ({"clusters": ["gone"]}, "has no cluster 'gone'"),
    ],
)
def test_what_does_not_exist_is_told_by_its_name(
    pool, coordinator_client, changes, sentence
):
    answer = coordinator_client.post(
        reverse("api:train-detector"), training(pool) | changes, content_type=JSON
    )

    assert answer.status_code == 400
    assert sentence in str(answer.json()["detail"])
    assert not Job.objects.exists()


def test_scoring_asks_for_a_detector_there_is(pool, coordinator_client):
    factories.DetectorModelFactory(pool=pool, name="scorer")

    found = coordinator_client.post(
        reverse("api:score", args=["scorer"]), {"pool": pool.name}, content_type=JSON
    )
    missing = coordinator_client.post(
        reverse("api:score", args=["other"]), {"pool": pool.name}, content_type=JSON
    )

    assert found.status_code == 202
    assert missing.status_code == 404
    assert Job.objects.get().arguments == {
        "pool": pool.name,
        "detector": "scorer",
        "clusters": [],
    }


def test_a_study_is_frozen_by_its_coordinator_alone(
    coordinator, coordinator_client, client_of
):
    study = factories.StudyFactory(owner=coordinator)
    factories.enrol(study)
    address = reverse("api:freeze", args=[study.name])
    other = client_of(factories.coordinator_user())

    refused = other.post(address, content_type=JSON)
    frozen = coordinator_client.post(address, content_type=JSON)
    again = coordinator_client.post(address, content_type=JSON)

    assert refused.status_code == 403
    study.refresh_from_db()
    assert frozen.json() == {
        "name": study.name,
        "state": "frozen",
        "protocol_hash": study.protocol_hash,
        "readers": 1,
    }
    assert again.status_code == 403
    assert "frozen" in again.json()["detail"]


def test_a_study_that_lacks_cases_stays_a_draft(coordinator, coordinator_client):
    study = factories.StudyFactory(
        owner=coordinator, protocol=factories.tiny_protocol(n_original=50)
    )
    factories.enrol(study)

    answer = coordinator_client.post(
        reverse("api:freeze", args=[study.name]), content_type=JSON
    )

    assert answer.status_code == 400
    assert "8 of 51 clusters" in answer.json()["detail"]
    assert not Case.objects.exists()


def test_starting_work_is_throttled(pool, coordinator_client, monkeypatch):
    monkeypatch.setattr(
        ScopedRateThrottle,
        "THROTTLE_RATES",
        {**ScopedRateThrottle.THROTTLE_RATES, "job": "2/hour"},
    )
    cache.clear()
    address = reverse("api:train-detector")

    codes = [
        coordinator_client.post(
            address, training(pool) | {"name": f"d{i}"}, content_type=JSON
        ).status_code
        for i in range(3)
    ]

    assert codes == [202, 202, 429]
