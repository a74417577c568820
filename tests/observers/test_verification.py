"""Evidence that somebody with the database's password has changed is named."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from observers import triggers
from observers.models import (
    AuditEvent,
    Case,
    CaseTruth,
    PlanItem,
    Presentation,
    Rating,
    Session,
    Study,
)
from observers.selectors.heads import signed_heads
from observers.services import chain
from observers.services import reading as reading_service
from observers.services.verification import verify_study
from tests import factories


@pytest.fixture
def session(study):
    """Three of four ratings given."""
    begun = factories.started_session(study)
    for score in (10, 20, 30):
        factories.rate_next(begun, score)
    return Session.objects.get(pk=begun.pk)


def faults(study, heads=()):
    again = Study.objects.get(pk=study.pk)
    return "\n".join(verify_study(study=again, heads=heads).faults)


def remove(queryset):
    with triggers.lifted():
        queryset._raw_delete("default")


def name_of(session):
    return f"{session.enrolment.pseudonym}, {session.opt_set.lesion}"


def rewind(session, length):
    """Remove a tail and put an older head back, with the signature it really had."""
    old = Rating.objects.get(session=session, sequence=length)
    remove(Rating.objects.filter(session=session, sequence__gt=length))
    Session.objects.filter(pk=session.pk).update(length=length, head=old.hash)
    moved = Session.objects.get(pk=session.pk)
    Session.objects.filter(pk=session.pk).update(head_signature=chain.sign(moved))


def test_untouched_evidence_is_sound(study, session):
    assert faults(study) == ""
    assert faults(study, signed_heads(study)["heads"]) == ""


def test_a_tail_removed_with_an_older_signed_head_shows_in_exported_heads(
    study, session
):
    heads = signed_heads(study)["heads"]
    rewind(session, 2)

    assert faults(study) == ""  # nothing in the database can tell
    assert (
        f"{name_of(session)}: rating 3 is gone, though its head was signed"
        in faults(study, heads)
    )


def test_a_tail_rated_anew_shows_in_exported_heads(study, session):
    heads = signed_heads(study)["heads"]
    rewind(session, 2)
    factories.rate_next(session, 99)

    assert "rating 3 is not the one whose head was signed" in faults(study, heads)


def test_a_tail_of_a_finished_session_shows_in_the_trail(study, session):
    factories.rate_next(session, 40)
    reading_service.finish_session(token=session.token, reader=session.enrolment.user)
    rewind(session, 3)

    found = faults(study)

    assert "rating 4 is gone, though its head was signed" in found
    assert "the head differs from the one in the audit trail" in found


def test_exported_heads_may_be_older_than_the_chain(study, session):
    heads = signed_heads(study)["heads"]
    factories.rate_next(session, 40)

    assert faults(study, heads) == ""


def test_a_changed_row_is_named(study, session):
    with triggers.lifted():
        Rating.objects.filter(session=session, sequence=2).update(elapsed_ms=1)

    assert f"{name_of(session)}: rating 2 was changed" in faults(study)


def test_a_changed_head_is_named(study, session):
    Session.objects.filter(pk=session.pk).update(head="0" * 64)

    assert f"{name_of(session)}: the last rating is not the one" in faults(study)


def test_a_removed_session_is_named(study, session):
    remove(Rating.objects.filter(session=session))
    remove(Presentation.objects.filter(item__session=session))
    PlanItem.objects.filter(session=session)._raw_delete("default")
    with triggers.lifted():
        Session.objects.filter(pk=session.pk).delete()

    assert f"session {session.token} was removed" in faults(study)


def test_an_exchanged_plan_is_named(study, session):
    item = session.items.get(position=4)
    other = Case.objects.exclude(opt_set=session.opt_set).first()
    PlanItem.objects.filter(pk=item.pk).update(case=other)

    assert f"session {session.token}: its plan was changed" in faults(study)


def test_a_changed_truth_is_named(study):
    truth = CaseTruth.objects.filter(truth="manipulated").first()
    with triggers.lifted():
        CaseTruth.objects.filter(pk=truth.pk).update(
            truth="original", manipulation=None
        )

    assert f"case {truth.case.code}: its truth, image or set" in faults(study)


def test_a_changed_and_a_lost_file_are_named(study):
    changed, lost = Case.objects.all()[:2]
    with changed.file.storage.open(changed.file.name, "wb") as handle:
        handle.write(b"another")
    lost.file.storage.delete(lost.file.name)

    found = faults(study)

    assert f"case {changed.code}: its file was changed" in found
    assert f"case {lost.code}: its file is gone" in found


def test_a_protocol_changed_with_its_hash_is_named(study):
    rules = study.rules.to_dict() | {"question": "Is it real?"}
    changed = type(study.rules).from_dict(rules)
    Study.objects.filter(pk=study.pk).update(
        protocol=changed.to_dict(), protocol_hash=changed.digest
    )

    assert "the protocol is not the one that was frozen" in faults(study)


def test_a_removed_and_a_forged_seal_are_named(study):
    event = AuditEvent.objects.get(study=study, verb="plan sealed")
    forged = event.detail | {"sessions": {}}
    with triggers.lifted():
        AuditEvent.objects.filter(pk=event.pk).update(detail=forged)
    assert "seal of the plan was changed" in faults(study)

    remove(AuditEvent.objects.filter(pk=event.pk))
    assert "does not hold the seal" in faults(study)


def test_a_study_frozen_before_there_were_seals_is_sound(study):
    frozen = AuditEvent.objects.get(study=study, verb="study frozen")
    with triggers.lifted():
        AuditEvent.objects.filter(pk=frozen.pk).update(detail={})
        AuditEvent.objects.filter(verb="plan sealed")._raw_delete("default")

    assert faults(study) == ""


def execute(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_an_altered_trigger_is_named(study):
    table = Rating._meta.db_table
    if connection.vendor == "sqlite":
        execute(
            f'DROP TRIGGER "{table}_no_update"',
            f'CREATE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}" '
            "WHEN NEW.id < 0 BEGIN SELECT RAISE(ABORT, 'no'); END",
        )
    else:
        execute(
            f"CREATE OR REPLACE FUNCTION {triggers.FUNCTION}() RETURNS trigger AS "
            "$$ BEGIN RETURN NEW; END; $$ LANGUAGE plpgsql"
        )

    found = triggers.missing()
    triggers.install()

    assert table in found
    assert triggers.missing() == []


def test_a_trigger_switched_off_is_named(study):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite cannot switch a trigger off")
    table = Rating._meta.db_table
    connection.check_constraints()
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f'ALTER TABLE "{table}" DISABLE TRIGGER "{table}_no_update"')

    assert triggers.missing() == [table]


def test_the_command_compares_with_a_file_of_heads(study, session, tmp_path, capsys):
    path = tmp_path / "heads.json"
    path.write_text(json.dumps(signed_heads(study)))
    call_command("verify_study", study.name, "--heads", str(path))
    assert "no fault" in capsys.readouterr().out
    rewind(session, 1)

    with pytest.raises(CommandError, match=r"faults? found"):
        call_command("verify_study", study.name, "--heads", str(path))

    assert "rating 3 is gone" in capsys.readouterr().err


def test_a_file_without_heads_is_refused_in_a_sentence(study, tmp_path):
    path = tmp_path / "heads.json"
    path.write_text("[]")

    with pytest.raises(CommandError, match="holds no exported heads"):
        call_command("verify_study", study.name, "--heads", str(path))


def test_a_head_signed_with_another_key_is_named(study, session):
    heads = signed_heads(study)["heads"]
    forged = [head | {"signature": "0" * 64} for head in heads if head["length"]]

    assert "signature of the head of 3 ratings is not this key's" in faults(
        study, forged
    )
