"""Ten leaks are planted, each is caught and named; harmless differences are not."""

import json
import secrets
import time

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from forgery.imaging import fundus
from observers.analysis.blinding_border import NAME
from observers.models import AuditEvent, Enrolment, Presentation, Rating, Session
from observers.services.blinding import audit_blinding
from observers.services.blinding_client import without
from tests import factories
from tests.observers import leaks
from tests.observers.replay import frozen, world


def jitter(_response, _forged):
    time.sleep(secrets.randbelow(2000) / 1e6)


def padded(state, forged):
    return {**state, "pad": " " * forged}


EXACT = {
    "byte length": (
        leaks.in_files(lambda data, forged: data + b"\0" * forged),
        "size in bytes of the image",
    ),
    "EXIF": (
        leaks.in_files(leaks.with_chunk(b"eXIf", b"MM\0*\0\0\0\x08")),
        "chunk eXIf of the image",
    ),
    "PNG chunk": (
        leaks.in_files(leaks.with_chunk(b"tEXt", b"a\0b", b"a\0c")),
        "chunk tEXt of the image",
    ),
    "file name": (
        leaks.in_images(
            leaks.header(
                "Content-Disposition", 'inline; filename="m"', 'inline; filename="o"'
            )
        ),
        "header Content-Disposition of the image",
    ),
    "header": (
        leaks.in_images(leaks.header("X-Pool", "a", "b")),
        "header X-Pool of the image",
    ),
    "padding": (leaks.in_states(padded), "text of the state"),
    "cacheability": (
        leaks.in_images(leaks.header("Expires", "Thu, 01 Jan 2037 00:00:00 GMT")),
        "header Expires of the image",
    ),
}


@pytest.fixture(scope="module")
def leaking(django_db_setup, django_db_blocker):
    """The verdict on a server with all of these leaks: they do not hide each other."""
    with pytest.MonkeyPatch.context() as patch, world(django_db_blocker):
        study = frozen(6)  # both classes stand in the middle of every plan
        for plant, _name in EXACT.values():
            plant(patch)
        return audit_blinding(study=study)


@pytest.mark.parametrize("leak", EXACT)
def test_an_invariant_that_differs_is_named(db, leaking, leak):
    _plant, name = EXACT[leak]

    assert not leaking.is_blind
    assert name in leaking.named


def marked(data, forged):
    """Set one bit of a pixel in the corner, where the photograph is black."""
    image = fundus.decode(data, name="a case")
    image[0, 0, 0] |= forged
    return fundus.encode_png(image, compression=0)


def test_a_mark_outside_the_retina_is_named(db, monkeypatch):
    study = frozen(12)
    leaks.in_files(marked)(monkeypatch)

    verdict = audit_blinding(study=study)

    assert verdict.named == (NAME,)


LEARNED = {
    "order": (leaks.in_plans(leaks.manipulated_first), "position"),
    "20 ms": (leaks.in_images(leaks.slower(0.02)), "response time of the image"),
    "sequential id": (leaks.in_plans(leaks.tokens_in_order), "of the token"),
}


@pytest.mark.parametrize("leak", LEARNED)
def test_what_a_classifier_learns_is_named(db, monkeypatch, leak):
    study = frozen(14)
    plant, name = LEARNED[leak]
    plant(monkeypatch)

    verdict = audit_blinding(study=study)

    assert not verdict.is_blind
    assert verdict.classified.p < 0.001
    assert name in verdict.named[-1]


HARMLESS = (
    leaks.in_images(
        lambda response, _forged: response.__setitem__(
            "X-Nonce", secrets.token_urlsafe(16)
        )
    ),
    leaks.in_images(leaks.header("X-Server", "one", "one")),
    leaks.in_images(jitter),
)
"""A nonce, a header for all, and answers that are slow at random."""


def test_harmless_differences_are_not_flagged(db, monkeypatch):
    study = frozen(8)
    for plant in HARMLESS:
        plant(monkeypatch)

    verdict = audit_blinding(study=study)

    assert verdict.named == ()


KEPT = (AuditEvent, Enrolment, Presentation, Rating, Session, User)


def test_an_audit_changes_nothing_but_the_trail(db, tmp_path, capsys):
    study = frozen(3)
    before = [model.objects.count() for model in KEPT]

    call_command("audit_blinding", study.name, "--json", str(tmp_path / "found.json"))

    after = [model.objects.count() for model in KEPT]
    study.refresh_from_db()
    assert study.state == "frozen"
    assert after == [before[0] + 1, *before[1:]]
    event = AuditEvent.objects.get(verb="blinding audited")
    assert event.detail["is_blind"] is True
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["is_blind"] is True
    assert found["n_cases"] == 6
    assert "nothing tells the classes apart" in capsys.readouterr().out


def test_a_leak_ends_the_command_with_a_sentence(db, monkeypatch):
    study = frozen(3)
    leaks.in_images(leaks.header("X-Pool", "a", "b"))(monkeypatch)

    with pytest.raises(CommandError, match="apart by header X-Pool of"):
        call_command("audit_blinding", study.name)

    detail = json.dumps(AuditEvent.objects.get(verb="blinding audited").detail)
    assert "manipulated" not in detail


def test_an_audit_that_sees_nothing_is_refused(db, monkeypatch):
    study = frozen(3)
    monkeypatch.setattr("observers.api.state_payload", None)

    with pytest.raises(CommandError, match="cannot read"):
        call_command("audit_blinding", study.name)


def test_practice_may_tell_the_truth_in_its_feedback_only(db):
    assert without(b'{"feedback": 1, "a": 2}', ["feedback"]) == b'{"a": 2}'
    assert without(b'{"a":  2}', ["feedback"]) == b'{"a":  2}'
    assert without(b'{"feedback": 1}', []) == b'{"feedback": 1}'


def test_a_draft_has_nothing_to_audit(db):
    with pytest.raises(CommandError, match="freeze it"):
        call_command("audit_blinding", factories.StudyFactory().name)
