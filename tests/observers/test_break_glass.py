"""Truth before the lock: superusers alone, with a reason, on the record."""

import pytest
from django.urls import reverse

from observers.models import AuditEvent, CaseTruth
from tests import factories

REASON = "An image shows a patient's name; I must find its source."


@pytest.fixture
def address(study):
    return reverse("observers:break-glass", args=[study.name])


def test_truth_opens_to_a_superuser_with_a_reason_on_the_record(
    study, address, client_of
):
    client = client_of(factories.UserFactory(is_superuser=True))

    before = client.get(address)
    opened = client.post(address, {"reason": REASON})

    codes = CaseTruth.objects.values_list("case__code", flat=True)
    assert not any(code in before.text for code in codes)
    assert all(code in opened.text for code in codes)
    event = AuditEvent.objects.get(verb="truth opened")
    assert event.detail == {"reason": REASON}
    assert event.user.is_superuser


def test_no_reason_opens_nothing(study, address, client_of):
    client = client_of(factories.UserFactory(is_superuser=True))

    answer = client.post(address, {"reason": "test   "})

    assert "Give the reason" in answer.text
    assert not AuditEvent.objects.filter(verb="truth opened").exists()


@pytest.mark.parametrize("who", ["owner", "reader", "staff", "reading superuser"])
def test_nobody_else_opens_it(study, address, client_of, who):
    reader = study.enrolments.all()[0].user
    if who == "reading superuser":
        reader.is_superuser = True
        reader.save()
    user = {
        "owner": study.owner,
        "reader": reader,
        "staff": factories.UserFactory(is_staff=True),
        "reading superuser": reader,
    }[who]

    assert client_of(user).post(address, {"reason": REASON}).status_code == 403
    assert not AuditEvent.objects.filter(verb="truth opened").exists()
