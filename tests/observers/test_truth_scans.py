"""Logs, errors, the API's documents, the admin and e-mails tell no truth."""

import json
import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from observers.models import AuditEvent, CaseTruth, Session
from observers.services.blinding import secrets_of
from observers.services.invitations import Guest, invite
from tests import factories


@pytest.fixture
def secrets(study):
    """Names, file names, hashes and codes of every case."""
    truths = CaseTruth.objects.filter(case__opt_set__study=study).select_related(
        "case", "image__cluster", "manipulation__manipulator"
    )
    return secrets_of(study, list(truths))


def leaks(text, secrets):
    return [word for word in secrets if word in text]


def read_everything(client, session):
    """Read a set as a browser does, with mistakes; return every answer's text."""
    told = []

    def api(name, *arguments, body=None):
        address = reverse(f"observers:api-{name}", args=[session.token, *arguments])
        if body is None:
            answer = client.get(address)
        else:
            answer = client.post(address, body, content_type="application/json")
        is_image = answer.headers.get("Content-Type") == "image/png"
        told.append("" if is_image else answer.text)
        return answer

    for item in session.items.order_by("position"):
        api("state")
        api("image", item.token)
        good = {"score": 40, "elapsed_ms": 9, "idempotency_key": str(uuid4())}
        for body in ({"score": "x"}, {**good, "score": 900}, good, good):
            api("rating", item.token, body=body)
        api("review", item.token, body={})
        api("image", item.token + "x")
    api("finish", body={})
    return "\n".join(told)


def test_the_log_of_a_session_tells_no_truth(session, reader_client, secrets, caplog):
    with caplog.at_level("DEBUG"):
        told = read_everything(reader_client, session)

    ours = ("fundus_study", "observers", "forgery", "detector", "django.request")
    lines = [
        f"{record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if record.name.startswith((*ours, "django.server", "django.security"))
    ]
    assert len(lines) > 4 * session.items.count()
    assert leaks("\n".join(lines), secrets) == []
    assert not re.search(r"truth|manipulated|original", "\n".join(lines))
    assert leaks(told, secrets) == []
    assert Session.objects.get(pk=session.pk).finished_at


def test_an_error_page_tells_nothing_of_the_error(
    session, reader_client, secrets, monkeypatch
):
    word = secrets[0]

    def fail(*_arguments, **_named):
        raise RuntimeError(word)

    monkeypatch.setattr("observers.api.reading.show_image", fail)
    monkeypatch.setattr("observers.selectors.reading.my_sets", fail)
    client = Client(raise_request_exception=False)
    client.force_login(session.enrolment.user)
    item = session.items.all()[0].token

    for address in (
        reverse("observers:api-image", args=[session.token, item]),
        reverse("observers:home"),
    ):
        answer = client.get(address)
        assert answer.status_code == 500
        assert leaks(answer.text, secrets) == []
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_documents_of_the_api_tell_no_truth(session, reader_client, secrets, accept):
    item = session.items.all()[0].token
    addresses = [
        reverse("api:schema"),
        reverse("api:docs"),
        reverse("observers:api-state", args=[session.token]),
        reverse("observers:api-rating", args=[session.token, item]),
        reverse("observers:api-state", args=[session.token]) + "?format=api",
    ]
    for address in addresses:
        for method in ("get", "options"):
            answer = getattr(reader_client, method)(address, headers={"Accept": accept})
            assert leaks(answer.text, secrets) == []
            assert "django-rest-framework" not in answer.text  # no browsable API


def admin_pages(client):
    """Every list of the admin, and the page of each row in it."""
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        for row in model._default_manager.all()[:20]:
            for page in ("change", "history", "delete"):
                try:
                    yield reverse(f"{name}_{page}", args=[row.pk])
                except NoReverseMatch:
                    continue
    yield reverse("admin:index")


@pytest.mark.parametrize("is_superuser", [True, False])
def test_the_admin_tells_no_truth_without_break_glass(
    session, client_of, secrets, is_superuser
):
    factories.read_study(session.enrolment.study)
    user = factories.UserFactory(is_staff=True, is_superuser=is_superuser)
    if not is_superuser:
        user.user_permissions.set(Permission.objects.all())
    client = client_of(user)
    made = CaseTruth.objects.filter(manipulation__isnull=False)
    known = {session.enrolment.study.pool.name}
    known |= set(made.values_list("manipulation__manipulator__name", flat=True))
    known |= set(CaseTruth.objects.values_list("case__code", flat=True))  # sealed
    hidden = [word for word in secrets if word not in known]

    opened = 0
    for address in admin_pages(client):
        answer = client.get(address)
        opened += answer.status_code == 200
        assert leaks(answer.text, hidden) == [], address

    assert opened > 5


def test_e_mails_tell_no_truth(study, secrets, django_capture_on_commit_callbacks):
    draft = factories.StudyFactory(pool=study.pool)
    with django_capture_on_commit_callbacks(execute=True):
        guest = Guest("kim@example.org", "gp", Decimal(6))
        invite(study=draft, actor=draft.owner, guest=guest, site="http://testserver")

    assert mail.outbox
    for message in mail.outbox:
        assert leaks(f"{message.subject}\n{message.body}", secrets) == []


def test_the_trail_that_coordinators_export_tells_no_truth(study, secrets):
    factories.read_study(study)
    known = {study.pool.name, *CaseTruth.objects.values_list("case__code", flat=True)}
    trail = json.dumps(list(AuditEvent.objects.values_list("verb", "detail")))

    assert leaks(trail, set(secrets) - known) == []
    assert not re.search(r'"(manipulated|original)"', trail)
