"""Two who amend at once: neither takes the other's words back without knowing it."""

import pytest
from django.urls import reverse

from observers.models import Amendment, Study
from observers.services.verification import verify_study
from tests import factories
from tests.observers.amended import REASON, at, filled, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(coordinator) -> Study:
    return opened(coordinator)


def test_a_second_form_never_overwrites_what_the_first_amended(
    coordinator_client, study
):
    first = filled(coordinator_client, study) | {"reason": REASON}
    second = first | {"contact": "Dr Lee, 456", "washout_days": 3}
    coordinator_client.post(
        at("amend", study), first | {"contact": "Dr Kim, 123", "consent": "I agree."}
    )

    refused = coordinator_client.post(at("amend", study), second)

    study.refresh_from_db()
    assert refused.status_code == 409
    assert "amended meanwhile: version 2 holds now" in refused.text
    assert "<ins>Dr Kim, 123</ins>" in refused.text  # theirs, since this was begun
    assert "<del>Kim, 123</del> <ins>Lee, 456</ins>" in refused.text  # one's own
    assert (study.rules.contact, study.rules.washout_days) == ("Dr Kim, 123", 0)
    form = refused.context["form"]
    once_more = {name: form[name].value() for name in form.fields}
    assert once_more["consent"] == "I agree."  # was not touched: follows the other
    assert (once_more["begun_from"], once_more["reason"]) == (2, REASON)

    sent = {k: v for k, v in once_more.items() if v is not None}
    assert coordinator_client.post(at("amend", study), sent).status_code == 302
    study.refresh_from_db()
    assert (study.rules.consent, study.rules.washout_days) == ("I agree.", 3)
    assert (study.rules.contact, study.version) == ("Dr Lee, 456", 3)
    assert verify_study(study=study).is_sound


def test_a_box_that_another_ticked_stays_ticked(coordinator_client, study):
    first = filled(coordinator_client, study) | {"reason": REASON}
    second = first | {"contact": "Dr Lee"}
    held = study.rules.debrief
    flipped = {k: v for k, v in first.items() if k != "debrief"}
    flipped |= {} if held else {"debrief": "on"}
    coordinator_client.post(at("amend", study), flipped)

    form = coordinator_client.post(at("amend", study), second).context["form"]

    assert bool(form["debrief"].value()) is not held


def test_the_api_refuses_an_amendment_of_an_older_version(coordinator_client, study):
    address = reverse("api:amendments", args=[study.name])

    def send(**entries):
        return coordinator_client.post(
            address, {"reason": REASON} | entries, content_type="application/json"
        )

    assert send(contact="Dr Kim", begun_from=1).status_code == 201
    late = send(contact="Dr Lee", begun_from=1)

    assert (late.status_code, list(late.json())) == (409, ["detail"])
    assert "version 2 holds now" in late.text
    assert "begun_from" in send(contact="Dr Lee").json()
    study.refresh_from_db()
    assert study.rules.contact == "Dr Kim"


def test_line_ends_of_a_browser_amend_nothing(coordinator_client, coordinator):
    text = "I agree.\nI may stop."
    study = factories.open_study(
        owner=coordinator, protocol=factories.tiny_protocol(consent=text)
    )
    data = filled(coordinator_client, study) | {"reason": REASON, "washout_days": 3}

    coordinator_client.post(
        at("amend", study), data | {"consent": text.replace("\n", "\r\n")}
    )

    assert Amendment.objects.get().changes == {"washout_days": 3}
