"""A hostile reader: nothing that reaches a browser tells the classes apart."""

import re
from itertools import chain
from uuid import uuid4

import pytest
from django.urls import reverse

from observers.models import CaseTruth, PlanItem, Session, Study
from observers.services import locking, studies
from tests import factories

WORDS = ("manipulated_", "original_", "truth", "checkpoint", "SECRET-SOURCE", "forg")
VOLATILE = {"X-Request-ID", "Expires", "Date"}


def secrets_of(study: Study) -> set[str]:
    """Everything that a reader must never see, as it stands in the database."""
    found: set[str] = set(WORDS) | {study.pool.name, "patient-"}
    for truth in CaseTruth.objects.filter(case__opt_set__study=study).select_related(
        "case", "image__cluster", "manipulation__manipulator"
    ):
        found |= {
            truth.case.code,
            truth.case.file.name,
            truth.case.content_hash,
            truth.image.content_hash,
            truth.image.source_file,
            truth.image.file.name,
            truth.image.cluster.name,
        }
        if truth.manipulation:
            found |= {
                truth.manipulation.manipulator.name,
                truth.manipulation.file.name,
                truth.manipulation.content_hash,
            }
    return found


def pages(session: Session) -> list[str]:
    """Addresses that a reader can open, whatever the state."""
    token = session.token
    items = [item.token for item in session.items.all()]
    return [
        reverse("observers:home"),
        reverse("observers:room", args=[token]),
        reverse("observers:finished", args=[token]),
        reverse("observers:api-state", args=[token]),
        *(reverse("observers:api-image", args=[token, item]) for item in items),
    ]


def words_of(response) -> str:
    """Body (an image's is compared byte by byte elsewhere) and headers as text."""
    is_image = response.headers.get("Content-Type") == "image/png"
    body = "" if is_image else response.content.decode()
    headers = "\n".join(f"{k}: {v}" for k, v in response.headers.items())
    return f"{body}\n{headers}"


def assert_blind(client, study, sessions):
    secrets = secrets_of(study)
    seen = 0
    for address in chain.from_iterable(pages(session) for session in sessions):
        text = words_of(client.get(address, follow=True))
        leaks = [secret for secret in secrets if secret in text]
        assert leaks == [], f"{address} tells {leaks}"
        seen += 1
    assert seen


def test_no_page_or_answer_tells_a_secret_in_any_state(db, client_of):
    study = factories.frozen_study()
    reader = study.enrolments.all()[0]
    sessions = list(reader.sessions.order_by("position"))
    client = client_of(reader.user)

    assert_blind(client, study, sessions)
    studies.open_study(study=study, user=study.owner)
    assert_blind(client, study, sessions)
    factories.started_session(study)
    assert_blind(client, study, sessions)
    factories.rate_next(sessions[0])
    assert_blind(client, study, sessions)
    for _ in range(3):
        factories.rate_next(sessions[0])
    assert_blind(client, study, sessions)
    client.post(reverse("observers:api-finish", args=[sessions[0].token]))
    assert_blind(client, study, sessions)
    closed = studies.close_study(study=study, user=study.owner)
    assert_blind(client, study, sessions)
    locking.lock_study(study=closed, user=study.owner)
    assert_blind(client, study, sessions)


def test_answers_to_ratings_undo_and_errors_tell_no_secret(session, reader_client):
    study = session.enrolment.study
    secrets = secrets_of(study)
    items = list(session.items.order_by("position"))

    def posted(name, *arguments, body=None):
        address = reverse(f"observers:api-{name}", args=[session.token, *arguments])
        return reader_client.post(address, body or {}, content_type="application/json")

    rating = {
        "score": 5,
        "elapsed_ms": 1,
        "idempotency_key": "6b1c5a0e-4d6b-4f4b-9c8e-000000000001",
    }
    answers = [
        posted("rating", items[0].token, body=rating),
        posted("rating", items[0].token, body={**rating, "score": 6}),
        posted("rating", items[2].token, body=rating),
        posted("rating", items[1].token, body={"score": "x"}),
        posted("review", items[0].token),
        posted("undo"),
        posted("finish"),
        posted("rating", "unknown", body={**rating, "idempotency_key": str(uuid4())}),
    ]

    assert {a.status_code for a in answers} == {201, 409, 400, 403, 200, 404}
    for answer in answers:
        assert [s for s in secrets if s in words_of(answer)] == []


def test_no_primary_key_reaches_the_room(reader_client, session):
    state = reader_client.get(reverse("observers:api-state", args=[session.token]))
    room = reader_client.get(reverse("observers:room", args=[session.token]))

    for key in ("id", "pk", "case", "code", "file", "hash"):
        assert f'"{key}"' not in state.content.decode()
    assert not re.search(r"data-(id|pk|case)", room.content.decode())
    numbers = {str(i.case_id) for i in PlanItem.objects.filter(session=session)}
    assert all(len(item.token) == 22 for item in session.items.all())
    assert not numbers & set(re.findall(r'"token": ?"([^"]+)"', state.content.decode()))


@pytest.fixture
def shown(db, client_of):
    """Every image of a balanced set as its reader gets it, by class."""
    pool = factories.tiny_pool(("glaucoma",), n=12).pool
    protocol = factories.tiny_protocol(
        lesions=("glaucoma",), n_original=6, n_manipulated=6
    )
    study = factories.open_study(1, pool=pool, protocol=protocol)
    session = factories.started_session(study)
    client = client_of(session.enrolment.user)
    by_class = {"original": [], "manipulated": []}
    for item in session.items.order_by("position").select_related("case__truth"):
        state = client.get(reverse("observers:api-state", args=[session.token]))
        image = client.get(
            reverse("observers:api-image", args=[session.token, item.token])
        )
        factories.rate_next(session)
        by_class[item.case.truth.truth].append((image, state))
    return by_class


def facts(image, state):
    """All that is not pixels: status, headers, length, chunks, keys of the state."""
    headers = {k: v for k, v in image.headers.items() if k not in VOLATILE}
    headers["X-Presentation"] = len(headers["X-Presentation"])  # random, as long
    data = image.content
    chunks = re.findall(
        rb"IHDR|IDAT|IEND|tEXt|iTXt|zTXt|eXIf|tIME|pHYs|gAMA|iCCP", data
    )
    return (
        image.status_code,
        tuple(headers.items()),
        len(data),
        data[:33],
        tuple(sorted(set(chunks))),
        tuple(sorted(state.json())),
        tuple(sorted(state.json()["current"])),
        len(state.json()["current"]["token"]),
        tuple(state.cookies),
        tuple(image.cookies),
    )


def test_everything_but_the_pixels_is_equal_between_the_classes(shown):
    originals = {facts(*answer) for answer in shown["original"]}
    manipulated = {facts(*answer) for answer in shown["manipulated"]}

    assert len(shown["original"]) == len(shown["manipulated"]) == 6
    assert originals == manipulated
    assert len(originals) == 1


def test_image_headers_name_nothing(shown):
    for image, _state in shown["original"] + shown["manipulated"]:
        assert image.headers["Content-Disposition"] == "inline"
        assert image.headers["Cache-Control"] == "private, no-store"
        for name in ("ETag", "Last-Modified", "Accept-Ranges", "Set-Cookie"):
            assert name not in image.headers


def test_truth_and_ratings_are_not_in_the_admin():
    from django.contrib import admin

    registered = {model.__name__ for model in admin.site._registry}

    assert not registered & {
        "CaseTruth",
        "Case",
        "Rating",
        "PlanItem",
        "Presentation",
        "DetectorScore",
    }
