"""Which page rates: tokens, rooms, replays, times and marks through the API."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from observers import triggers
from observers.models import Rating, RoomVisit
from observers.services.verification import verify_study
from tests import factories


def url(name, session, item=None):
    arguments = [session.token] + ([item] if item else [])
    return reverse(f"observers:api-{name}", args=arguments)


class Page:
    """One open page of the reading room."""

    def __init__(self, client, session):
        self.client, self.session, self.room = client, session, str(uuid4())

    def ask(self, method, name, item=None, body=None):
        return getattr(self.client, method)(
            url(name, self.session, item),
            *([body] if body is not None else []),
            content_type="application/json",
            headers={"X-Room": self.room},
        )

    def state(self):
        return self.client.get(
            url("state", self.session), headers={"X-Room": self.room}
        ).json()

    def rate(self, token, score=50, **changes):
        body = {
            "score": score,
            "idempotency_key": str(uuid4()),
            "timing": {"elapsed_ms": 100},
            **changes,
        }
        return self.ask("post", "rating", token, body)


@pytest.fixture
def page(reader_client, session):
    return Page(reader_client, session)


@pytest.fixture
def other_page(reader_client, session):
    return Page(reader_client, session)


def test_the_newest_page_takes_over_and_the_older_one_is_told(page, other_page):
    token = page.state()["current"]["token"]
    assert page.state()["room"] is True

    assert other_page.state()["room"] is True
    refused = page.rate(token)

    assert refused.status_code == 409
    assert refused.json()["reason"] == "taken-over"
    assert refused.json()["state"]["room"] is False
    assert page.state()["room"] is False  # asking again takes nothing back
    assert not Rating.objects.exists()
    assert other_page.rate(token).status_code == 201
    assert RoomVisit.objects.count() == 2


def test_a_replay_is_answered_whichever_page_sends_it(page, other_page):
    token = page.state()["current"]["token"]
    key = str(uuid4())
    assert page.rate(token, idempotency_key=key).status_code == 201
    other_page.state()

    assert page.rate(token, idempotency_key=key).status_code == 200
    assert other_page.rate(token, idempotency_key=key).status_code == 200
    assert Rating.objects.count() == 1


def test_an_older_page_neither_undoes_nor_rates_by_hiding_its_name(page, other_page):
    token = page.state()["current"]["token"]
    page.rate(token)
    other_page.state()

    assert page.ask("post", "undo", body={}).json()["reason"] == "taken-over"
    nameless = page.client.post(
        url("rating", page.session, page.state()["current"]["token"]),
        {"score": 5, "idempotency_key": str(uuid4()), "elapsed_ms": 5},
        content_type="application/json",
    )
    assert nameless.json()["reason"] == "taken-over"


def test_a_room_must_be_a_uuid(page):
    page.room = "mine"

    assert page.ask("get", "state").status_code == 400


@pytest.mark.parametrize("reason", ["already", "order", "key"])
def test_each_conflict_names_its_reason(page, reason):
    first = page.state()["current"]["token"]
    key = str(uuid4())
    page.rate(first, 10, idempotency_key=key)
    later = page.state()["ahead"][0]["token"]

    answer = {
        "already": lambda: page.rate(first, 20),
        "order": lambda: page.rate(later, 20),
        "key": lambda: page.rate(first, 20, idempotency_key=key),
    }[reason]()

    assert answer.status_code == 409
    assert answer.json()["reason"] == reason


def test_times_marks_and_answer_are_stored_and_chained(db, client_of):
    study = factories.open_study(protocol=factories.tiny_protocol(marks="point"))
    session = factories.started_session(study)
    page = Page(client_of(session.enrolment.user), session)
    token = page.state()["current"]["token"]
    image = page.client.get(url("image", session, token))
    mark = {"kind": "point", "x": 1.5, "y": 2, "confidence": 70}

    answer = page.rate(
        token,
        62,
        answer={"kind": "slider", "value": 62},
        marks=[mark],
        presentation=image["X-Presentation"],
        timing={"elapsed_ms": 20, "active_ms": 15, "hidden_ms": 5, "paint_ms": 3},
    )

    assert answer.status_code == 201
    rating = Rating.objects.get()
    assert (rating.active_ms, rating.hidden_ms, rating.paint_ms) == (15, 5, 3)
    assert rating.flags == []
    assert rating.served_ms is not None
    assert rating.marks == [mark]
    assert verify_study(study=study).is_sound
    for change in ({"marks": []}, {"active_ms": 1}, {"flags": ["x"]}, {"chain": 1}):
        before = {name: getattr(rating, name) for name in change}
        with triggers.lifted():
            Rating.objects.update(**change)
        assert not verify_study(study=study).is_sound, change
        with triggers.lifted():
            Rating.objects.update(**before)


def test_a_presentation_of_another_case_is_refused(page):
    state = page.state()
    ahead = page.client.get(url("image", page.session, state["ahead"][0]["token"]))

    answer = page.rate(state["current"]["token"], presentation=ahead["X-Presentation"])

    assert answer.status_code == 400
    assert not Rating.objects.exists()


@pytest.mark.parametrize(
    "timing",
    [{}, {"elapsed_ms": -1}, {"elapsed_ms": 1.5}, {"elapsed_ms": 2**31}]
    + [{"elapsed_ms": 1, name: -1} for name in ("active_ms", "waited_ms", "paint_ms")],
)
def test_absurd_times_are_refused(page, timing):
    token = page.state()["current"]["token"]

    assert page.rate(token, timing=timing).status_code == 400
    assert not Rating.objects.exists()


def test_token_tells_who_is_logged_in_before_a_replay(reader_client, study, client_of):
    address = reverse("observers:api-token")
    other = client_of(study.enrolments.all()[1].user)

    one, again, another = (
        c.get(address).json() for c in (reader_client, reader_client, other)
    )

    assert set(one) == {"csrf", "user"}
    assert one["user"] == again["user"] != another["user"]
    assert Client().get(address).status_code == 401
    assert "no-store" in reader_client.get(address)["Cache-Control"]


def test_a_whole_cycle_costs_at_most_12_statements(page, django_assert_max_num_queries):
    state = page.state()
    token = state["current"]["token"]
    image = page.client.get(url("image", page.session, token))

    with django_assert_max_num_queries(12 + 2):  # + savepoint and release
        rated = page.rate(
            token,
            presentation=image["X-Presentation"],
            timing={"elapsed_ms": 9, "active_ms": 9, "paint_ms": 1},
        )
        following = rated.json()["current"]["token"]
        page.client.get(url("image", page.session, following))

    assert rated.status_code == 201


def test_a_fresh_token_lets_a_post_through(session):
    client = Client(enforce_csrf_checks=True)
    client.force_login(session.enrolment.user)
    csrf = client.get(reverse("observers:api-token")).json()["csrf"]

    answer = client.post(
        url("finish", session),
        content_type="application/json",
        headers={"X-CSRFToken": csrf},
    )

    assert answer.status_code == 409
