"""What verify_study names: a changed, moved or removed rating, a lifted trigger."""

from django.utils import timezone

from observers import triggers
from observers.models import Rating, Session
from observers.services import reading
from observers.services.verification import verify_study
from tests import factories


def test_verify_finds_a_sound_study(study):
    factories.read_study(study)

    verdict = verify_study(study=study)

    assert verdict.is_sound
    assert (verdict.sessions, verdict.ratings) == (4, 16)


def test_verify_names_a_changed_score(study, session):
    factories.rate_next(session, 10)
    factories.rate_next(session, 20)
    with triggers.lifted():
        Rating.objects.filter(sequence=1).update(score=90)

    faults = verify_study(study=study).faults

    assert len(faults) == 1
    assert "rating 1 was changed" in faults[0]


def test_verify_names_a_removed_tail_even_with_the_head_put_back(study, session):
    factories.rate_next(session)
    session.refresh_from_db()
    earlier = (session.length, session.head, session.head_signature)
    for _ in range(3):
        factories.rate_next(session)
    reading.finish_session(token=session.token, reader=session.enrolment.user)
    with triggers.lifted():
        Rating.objects.filter(sequence__gt=1).delete()

    removed = verify_study(study=study).faults
    Session.objects.filter(pk=session.pk).update(
        length=earlier[0], head=earlier[1], head_signature=earlier[2]
    )
    put_back = verify_study(study=study).faults

    assert "1 ratings are stored, but 4 were signed" in removed[0]
    assert any("audit trail" in fault for fault in put_back)


def test_verify_names_a_removed_middle(study, session):
    for _ in range(3):
        factories.rate_next(session)
    with triggers.lifted():
        Rating.objects.filter(sequence=2).delete()

    assert any("rating 2 is missing" in f for f in verify_study(study=study).faults)


def test_verify_names_a_chain_made_anew_without_the_key(study, session, settings):
    factories.rate_next(session, 10)
    key = settings.CHAIN_KEY
    settings.CHAIN_KEY = "an intruder's key"
    factories.rate_next(session, 20)
    settings.CHAIN_KEY = key

    assert any("not this key's" in fault for fault in verify_study(study=study).faults)


def test_verify_names_lifted_triggers_and_a_changed_protocol(study):
    document = {**study.protocol, "seed": 77}
    type(study).objects.filter(pk=study.pk).update(protocol=document)
    study.refresh_from_db()
    triggers.remove()
    try:
        faults = verify_study(study=study).faults
    finally:
        triggers.install()

    assert any("trigger" in fault for fault in faults)
    assert any("protocol was changed" in fault for fault in faults)


def test_verify_names_a_rating_moved_to_another_sessions_case(study, session):
    factories.rate_next(session)
    other = factories.first_session(study, reader=1).items.first()
    with triggers.lifted():
        Rating.objects.update(item=other)

    faults = verify_study(study=study).faults

    assert any("another session's case" in fault for fault in faults)


def test_verify_names_a_finish_that_the_trail_does_not_know(study, session):
    Session.objects.filter(pk=session.pk).update(finished_at=timezone.now())

    faults = verify_study(study=study).faults

    assert any("the audit trail does not know it" in fault for fault in faults)


def test_verify_names_a_session_opened_again(study, session):
    factories.rate_all(session)
    Session.objects.filter(pk=session.pk).update(finished_at=None)

    assert any("open again" in fault for fault in verify_study(study=study).faults)
