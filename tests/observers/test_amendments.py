"""A frozen protocol is amended with a reason; versions differ readably; seals hold."""

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from observers.exceptions import WrongProtocol, WrongState
from observers.models import Amendment, AuditEvent, Study
from observers.selectors.versions import versions
from observers.services import amending, studies
from observers.services.verification import verify_study
from tests import factories

pytestmark = pytest.mark.django_db
REASON = "The ethics board asked for the telephone number."


@pytest.fixture
def study(coordinator) -> Study:
    return factories.open_study(
        owner=coordinator, protocol=factories.tiny_protocol(consent="I agree to read.")
    )


def at(name, study):
    return reverse(f"observers:{name}", args=[study.name])


def amended(client, study, **changes):
    form = client.get(at("amend", study)).context["form"]
    held = {
        name: form.get_initial_for_field(field, name)
        for name, field in form.fields.items()
    }
    data = {k: v for k, v in held.items() if v is not None and v is not False}
    answer = client.post(at("amend", study), data | changes)
    study.refresh_from_db()
    return answer


def test_amended_text_holds_and_both_versions_are_shown(coordinator_client, study):
    frozen = (study.protocol, study.protocol_hash)

    answer = amended(
        coordinator_client,
        study,
        consent="I agree to read. Call 123.",
        washout_days=14,
        reason=REASON,
    )

    assert answer.status_code == 302
    assert study.rules.consent == "I agree to read. Call 123."
    assert study.rules.washout_days == 14
    assert (study.protocol, study.protocol_hash) == frozen
    newest, first = versions(study)
    assert (newest.number, first.number) == (2, 1)
    texts = {
        str(d.name): [(p.kind, p.text) for p in d.pieces] for d in newest.differences
    }
    assert texts["Consent"] == [("same", "I agree to read."), ("added", "Call 123.")]
    assert texts["Days between two readings of a set"] == [
        ("removed", "0"),
        ("added", "14"),
    ]
    page = coordinator_client.get(at("protocol", study)).text
    assert REASON in page
    assert "<ins>Call 123.</ins>" in page
    assert newest.digest in page
    assert first.digest in page
    assert AuditEvent.objects.get(verb="protocol amended").detail["version"] == 2
    assert verify_study(study=study).is_sound


def test_without_reason_or_change_nothing_is_amended(coordinator_client, study):
    no_reason = amended(coordinator_client, study, consent="Other.", reason="because")
    no_change = amended(coordinator_client, study, reason=REASON)

    assert "Say in a sentence why" in no_reason.text
    assert "Nothing was changed." in no_change.text
    assert not Amendment.objects.exists()


def test_what_makes_another_study_is_refused(study, coordinator):
    with pytest.raises(WrongProtocol, match="n_original is fixed"):
        amending.amend(
            study=study, user=coordinator, reason=REASON, entries={"n_original": 9}
        )
    closed = studies.close_study(study=study, user=None)
    with pytest.raises(WrongState, match="between freezing and closing"):
        amending.amend(
            study=closed, user=coordinator, reason=REASON, entries={"consent": "x"}
        )


def test_tampering_is_found_and_rows_never_change(study, coordinator):
    amending.amend(
        study=study, user=coordinator, reason=REASON, entries={"washout_days": 7}
    )
    Study.objects.update(amended={"washout_days": 1})

    faults = verify_study(study=Study.objects.get(pk=study.pk)).faults

    assert "the protocol holds what nobody amended" in faults
    with pytest.raises(DatabaseError), transaction.atomic():
        Amendment.objects.update(reason="another")
