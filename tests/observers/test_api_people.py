"""Readers and roles by script: invited, revoked, reminded, excluded; no token told."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.authtoken.models import Token

from observers.models import Enrolment, Invitation, Study
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"
GUESTS = [
    {"email": "kim@example.org", "group": "ophthalmologists", "years": "12"},
    {"email": "lee@example.org", "group": "Doctors", "years": "7,5"},
    {"email": "no address", "group": "gp", "years": "3"},
    {"email": "jung@example.org", "group": "gp", "years": "six"},
    {"email": "park@example.org", "group": "nurses", "years": "2"},
]


@pytest.fixture
def script(coordinator):
    token = Token.objects.create(user=coordinator)
    return Client(headers={"authorization": f"Token {token.key}"})


@pytest.fixture
def draft(coordinator):
    return factories.StudyFactory(owner=coordinator)


def at(name, study, *arguments):
    return reverse(f"api:{name}", args=[study.name, *arguments])


def invite(script, study, guests=GUESTS):
    body = {"readers": guests}
    return script.post(at("invitations", study), body, content_type=JSON)


def link_of(message):
    return re.search(r"/join/(\S+?)/", str(message.body))[1]


def test_good_rows_are_invited_and_bad_ones_are_named(script, draft):
    answer = invite(script, draft)

    told = answer.json()
    assert answer.status_code == 201
    assert [one["reader"] for one in told["invited"]] == ["R01", "R02"]
    assert [fault["row"] for fault in told["faults"]] == [3, 4, 5]
    assert "no number" in told["faults"][1]["reason"]
    assert [message.to for message in mail.outbox] == [
        ["kim@example.org"],
        ["lee@example.org"],
    ]
    years = dict(draft.enrolments.values_list("pseudonym", "years"))
    assert [float(years[name]) for name in ("R01", "R02")] == [12, 7.5]


def test_where_no_row_is_good_nobody_is_invited(script, draft):
    answer = invite(script, draft, GUESTS[2:])

    assert answer.status_code == 400
    assert len(answer.json()["faults"]) == 3
    assert not mail.outbox
    assert not draft.enrolments.exists()


def test_no_answer_tells_a_token_or_its_hash(script, draft):
    answers = [invite(script, draft)]
    answers.append(script.post(at("invitation", draft, "R01")))
    answers.append(script.get(at("invitations", draft)))
    answers.append(script.get(at("events", draft)))

    told = "".join(answer.text for answer in answers)
    secrets = {link_of(message) for message in mail.outbox}
    secrets |= set(Invitation.objects.values_list("token_hash", flat=True))
    assert len(mail.outbox) == 3
    assert len(secrets) == 6
    assert not [secret for secret in secrets if secret in told]


def test_a_new_link_ends_the_one_before_and_a_revoked_one_lets_nobody_in(script, draft):
    invite(script, draft, GUESTS[:1])
    first = link_of(mail.outbox[0])
    script.post(at("invitation", draft, "R01"))
    second = link_of(mail.outbox[1])
    listed = script.get(at("invitations", draft)).json()["results"]
    assert [one["is_open"] for one in listed] == [True, False]
    opens = Client().get(reverse("observers:join", args=[second]))

    revoked = script.delete(at("invitation", draft, "R01"))

    assert revoked.status_code == 204
    assert opens.status_code == 200
    for link in (first, second):
        closed = Client().get(reverse("observers:join", args=[link]))
        assert closed.status_code == 403, link
    rows = script.get(at("invitations", draft)).json()["results"]
    assert not any(one["is_open"] for one in rows)


def test_a_reader_leaves_a_draft_or_is_excluded_with_a_reason(script, coordinator):
    draft = factories.StudyFactory(owner=coordinator)
    factories.enrol(draft)
    opened = factories.open_study(owner=coordinator)

    gone = script.delete(at("reader", draft, "R01"))
    stays = script.delete(at("reader", opened, "R01"))
    address = at("exclusion", opened, "R01")
    short = script.post(address, {"reason": "ill"}, content_type=JSON)
    excluded = script.post(
        address, {"reason": "Left the hospital in May."}, content_type=JSON
    )

    assert (gone.status_code, draft.enrolments.count()) == (204, 0)
    assert (stays.status_code, opened.enrolments.count()) == (403, 2)
    assert short.status_code == 400
    assert excluded.json()["excluded_because"] == "Left the hospital in May."


def test_a_place_without_a_rating_is_handed_over_and_a_rated_one_succeeded(
    script, coordinator
):
    study = factories.open_study(owner=coordinator)
    factories.rate_next(factories.started_session(study))
    guest = {"email": "seo@example.org", "years": "8"}
    other = {"email": "yun@example.org", "years": "4"}
    why = {"reason": "Moved to another hospital."}

    rated = script.post(at("replacement", study, "R01"), other, content_type=JSON)
    free = script.post(at("replacement", study, "R02"), guest, content_type=JSON)
    told = script.post(at("replacement", study, "R01"), other | why, content_type=JSON)

    assert rated.status_code == 400
    assert (free.status_code, free.json()["pseudonym"]) == (200, "R02")
    assert (told.status_code, told.json()["pseudonym"]) == (200, "R03")
    sent = [message.to for message in mail.outbox]
    assert sent == [["seo@example.org"], ["yun@example.org"]]
    place = Enrolment.objects.get(study=study, pseudonym="R02")
    assert place.user.username == "seo@example.org"


def test_pace_is_told_and_the_late_alone_are_reminded(script, coordinator):
    study = factories.open_study(owner=coordinator)
    for enrolment in study.enrolments.all():
        enrolment.user.email = f"{enrolment.pseudonym}@example.org"
        enrolment.user.save()
    Study.objects.filter(pk=study.pk).update(
        opened_at=timezone.now() - timedelta(days=9)
    )
    factories.rate_all(factories.started_session(study))
    today = timezone.localdate() - timedelta(days=1)

    due = script.post(at("due", study), {"due_on": str(today)}, content_type=JSON)
    late = script.get(at("conduct", study), {"only": "late"}).json()["results"]
    told = script.post(at("reminders", study))

    assert due.json() == {"due_on": str(today)}
    assert [row["pseudonym"] for row in late] == ["R01", "R02"]
    assert (late[0]["rated"], late[0]["total"]) == (4, 8)
    assert told.json() == {"reminded": ["R01", "R02"]}
    assert script.post(at("reminders", study)).json() == {"reminded": []}


def test_roles_are_given_but_to_no_reader(script, coordinator, make_user):
    study = factories.open_study(owner=coordinator)
    make_user("statistician")
    reader = study.enrolments.first().user.username

    def give(username):
        body = {"username": username, "role": "analyst"}
        return script.post(at("roles", study), body, content_type=JSON)

    answers = [give("statistician"), give(reader), give("nobody")]

    assert [one.status_code for one in answers] == [201, 403, 400]
    listed = script.get(at("roles", study)).json()["results"]
    assert [(one["username"], one["role"]) for one in listed] == [
        ("statistician", "analyst"),
        (coordinator.username, "coordinator"),
    ]
