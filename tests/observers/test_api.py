"""The reading room's API: shapes, order, refusals, conflicts, headers."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from observers.models import Rating, Session
from observers.models.protocol import REVIEW
from tests import factories

STATE_KEYS = {
    "session",
    "total",
    "rated",
    "is_complete",
    "is_finished",
    "current",
    "ahead",
    "undo_seconds",
    "room",
    "user",
    "reviewable",
}


def url(name, session, item=None):
    arguments = [session.token] + ([item] if item else [])
    return reverse(f"observers:api-{name}", args=arguments)


def state_of(client, session):
    return client.get(url("state", session)).json()


def post_rating(client, session, token, score=50, **changes):
    body = {
        "score": score,
        "elapsed_ms": 900,
        "idempotency_key": str(uuid4()),
        **changes,
    }
    return client.post(
        url("rating", session, token), body, content_type="application/json"
    )


def test_state_tells_the_current_case_and_the_next_two(reader_client, session):
    state = state_of(reader_client, session)

    assert set(state) == STATE_KEYS
    assert state["total"] == 4
    assert state["rated"] == 0
    assert state["current"]["position"] == 1
    assert [item["position"] for item in state["ahead"]] == [2, 3]
    assert set(state["current"]) == {"token", "position", "version"}


def test_whole_set_is_read_through_the_api(reader_client, session):
    state = state_of(reader_client, session)
    for n in range(4):
        token = state["current"]["token"]
        assert reader_client.get(url("image", session, token)).status_code == 200
        answer = post_rating(reader_client, session, token, 10 * n)
        assert answer.status_code == 201
        state = answer.json()
    finish = reader_client.post(url("finish", session))

    assert state["is_complete"]
    assert state["current"]["token"] is None
    assert finish.json()["is_finished"]
    assert Rating.objects.count() == 4


def test_repeated_request_answers_200_with_the_state(reader_client, session):
    token = state_of(reader_client, session)["current"]["token"]
    key = str(uuid4())

    first = post_rating(reader_client, session, token, idempotency_key=key)
    again = post_rating(reader_client, session, token, idempotency_key=key)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["current"] == first.json()["current"]
    assert Rating.objects.count() == 1


def test_second_tab_gets_409_with_the_state_to_go_on_from(reader_client, session):
    token = state_of(reader_client, session)["current"]["token"]
    post_rating(reader_client, session, token, 10)

    second = post_rating(reader_client, session, token, 90)

    assert second.status_code == 409
    assert set(second.json()["state"]) == STATE_KEYS
    assert second.json()["state"]["current"]["position"] == 2
    assert Rating.objects.get().score == 10


@pytest.mark.parametrize(
    "body",
    [
        {"score": None},
        {"score": 101},
        {"score": "much"},
        {"score": 50, "cannot_rate": "Technical fault"},
        {"score": None, "cannot_rate": "no"},
        {"elapsed_ms": -5},
        {"elapsed_ms": None},
        {"idempotency_key": "x"},
        {"version": 0},
    ],
)
def test_wrong_input_is_answered_400_and_nothing_is_stored(
    reader_client, session, body
):
    token = state_of(reader_client, session)["current"]["token"]

    answer = post_rating(reader_client, session, token, **body)

    assert answer.status_code == 400
    assert not Rating.objects.exists()


def test_undo_gives_the_case_back_as_version_two(reader_client, session):
    token = state_of(reader_client, session)["current"]["token"]
    post_rating(reader_client, session, token, 10)

    state = reader_client.post(url("undo", session)).json()
    image = reader_client.get(url("image", session, token))
    answer = post_rating(reader_client, session, token, 20, version=2)

    assert (state["current"]["token"], state["current"]["version"]) == (token, 2)
    assert image.status_code == 200
    assert answer.status_code == 201
    assert answer.json()["current"]["position"] == 2


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("state", "get"),
        ("image", "get"),
        ("rating", "post"),
        ("undo", "post"),
        ("review", "post"),
        ("finish", "post"),
    ],
)
def test_other_people_are_refused_everywhere(
    study, session, client_of, somebody_client, name, method
):
    item = (
        session.items.first().token if name in {"image", "rating", "review"} else None
    )
    address = url(name, session, item)
    body = {"score": 1, "elapsed_ms": 1, "idempotency_key": str(uuid4())}
    other_reader = client_of(study.enrolments.all()[1].user)
    owner = client_of(study.owner)

    for client in (other_reader, owner, somebody_client):
        answer = getattr(client, method)(address, body, content_type="application/json")
        assert answer.status_code == 403, client
    anonymous = getattr(Client(), method)(address)
    assert anonymous.status_code == 401
    assert not Rating.objects.exists()


def test_unknown_tokens_are_not_found(reader_client, session):
    assert (
        reader_client.get(reverse("observers:api-state", args=["nothing"])).status_code
        == 404
    )
    assert reader_client.get(url("image", session, "nothing")).status_code == 404
    assert post_rating(reader_client, session, "nothing").status_code == 404


def test_image_of_a_later_case_is_refused(reader_client, session):
    last = session.items.order_by("position").last()

    assert reader_client.get(url("image", session, last.token)).status_code == 403


def test_answers_may_not_be_stored(reader_client, session):
    item = session.items.order_by("position").first()
    for address in (url("state", session), url("image", session, item.token)):
        headers = reader_client.get(address).headers
        assert "no-store" in headers["Cache-Control"]
        assert "ETag" not in headers
        assert "Last-Modified" not in headers


def test_ratings_are_throttled(reader_client, session, monkeypatch):
    from observers.throttles import ReadingThrottle

    monkeypatch.setattr(ReadingThrottle, "THROTTLE_RATES", {"rating": "2/min"})
    token = session.items.order_by("position").first().token
    codes = [post_rating(reader_client, session, token).status_code for _ in range(3)]

    assert codes == [201, 409, 429]


def test_post_without_csrf_token_is_refused(session):
    client = Client(enforce_csrf_checks=True)
    client.force_login(session.enrolment.user)

    answer = post_rating(client, session, session.items.first().token)

    assert answer.status_code == 403
    assert not Rating.objects.exists()


def test_cycle_of_submit_next_and_image_costs_few_queries(
    reader_client, session, django_assert_max_num_queries
):
    first, second = session.items.order_by("position")[:2]

    with django_assert_max_num_queries(12 + 2):  # + savepoint and release
        answer = post_rating(reader_client, session, first.token)
        reader_client.get(url("image", session, second.token))

    assert answer.status_code == 201


def test_queries_do_not_grow_with_the_session(db, client_of):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for n in (2, 12):
        pool = factories.tiny_pool(("glaucoma",), n + 1).pool
        study = factories.open_study(
            n_readers=1,
            pool=pool,
            protocol=factories.tiny_protocol(lesions=("glaucoma",), n_original=n),
        )
        session = factories.started_session(study)
        client = client_of(session.enrolment.user)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url("state", session))
            client.get(reverse("observers:room", args=[session.token]))
            client.get(reverse("observers:home"))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_session_state_is_closed_when_the_study_is(reader_client, study, session):
    from observers.services import studies

    studies.close_study(study=study, user=study.owner)

    assert reader_client.get(url("state", session)).status_code == 403


def test_started_session_is_needed(study, client_of):
    fresh = factories.first_session(study, reader=1)
    client = client_of(fresh.enrolment.user)

    refused = client.get(url("state", fresh))
    client.post(reverse("observers:begin", args=[fresh.token]))

    assert refused.status_code == 403
    assert client.get(url("state", fresh)).status_code == 200
    assert Session.objects.get(pk=fresh.pk).started_at


def test_earlier_case_is_reviewed_through_the_api(db, client_of):
    study = factories.open_study(protocol=factories.tiny_protocol(review=REVIEW))
    session = factories.started_session(study)
    client = client_of(session.enrolment.user)
    first = state_of(client, session)["current"]["token"]
    post_rating(client, session, first, 10)
    post_rating(client, session, state_of(client, session)["current"]["token"], 20)

    state = client.post(url("review", session, first)).json()
    answer = post_rating(client, session, first, 15, version=2)

    assert (state["current"]["token"], state["current"]["version"]) == (first, 2)
    assert answer.json()["current"]["position"] == 3


def test_unknown_set_is_not_found_as_a_page(reader_client):
    page = reader_client.get(reverse("observers:room", args=["nothing"]))

    assert page.status_code == 404
