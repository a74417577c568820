"""The door, health, request ids and error pages."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from forgery.permissions import rule
from fundus_study import health, urls

pytestmark = pytest.mark.django_db


def bare(request):
    return HttpResponse("seen")


@rule("signed-in")
def refused(request):
    raise PermissionDenied("Only on Tuesdays.")


@rule("public")
def broken(request):
    raise RuntimeError


urlpatterns = [
    path("bare/", bare),
    path("refused/", refused),
    path("broken/", broken),
    *urls.urlpatterns,
]


def test_a_view_without_a_rule_is_refused_even_to_staff(settings, admin_client):
    settings.ROOT_URLCONF = __name__

    assert admin_client.get("/bare/").status_code == 403


def test_anonymous_is_sent_to_the_login_page_and_back(settings, client):
    settings.ROOT_URLCONF = __name__

    response = client.get("/refused/?page=2")

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/refused/%3Fpage%3D2"


def test_an_anonymous_script_is_told_401(settings, client):
    settings.ROOT_URLCONF = __name__

    response = client.get("/refused/", headers={"accept": "application/json"})

    assert response.status_code == 401
    assert response.json() == {"detail": "Log in first."}


def test_the_refusal_is_said_in_plain_words(settings, somebody_client):
    settings.ROOT_URLCONF = __name__

    response = somebody_client.get("/refused/")

    assert response.status_code == 403
    assert "Only on Tuesdays." in response.text
    assert "everything saved before is safe" in response.text


def test_a_server_error_says_what_is_safe(settings, client):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False

    response = client.get("/broken/")

    assert response.status_code == 500
    assert "everything marked" in response.text
    assert "RuntimeError" not in response.text


def test_an_unknown_address_is_404(somebody_client):
    response = somebody_client.get("/no/such/page")

    assert response.status_code == 404
    assert "There is nothing at this address" in response.text


def test_a_stale_form_is_explained(somebody):
    client = Client(enforce_csrf_checks=True)

    response = client.post("/accounts/login/", {"username": "somebody"})

    assert response.status_code == 403
    assert "The page was too old to be sent" in response.text


def test_the_admin_is_for_staff(somebody_client, admin_client, client):
    assert client.get("/admin/").status_code == 302
    assert somebody_client.get("/admin/").status_code == 403
    assert admin_client.get("/admin/").status_code == 200


def test_the_right_password_opens_and_the_wrong_one_is_explained(somebody, client):
    wrong = client.post("/accounts/login/", {"username": "somebody", "password": "x"})
    right = client.post(
        "/accounts/login/",
        {"username": "somebody", "password": "reads-well-4", "next": "/health/live"},
    )

    assert "do not match" in wrong.text
    assert right["Location"] == "/health/live"


def test_too_many_wrong_passwords_shut_the_door_for_a_while(settings, somebody, client):
    settings.LOGIN_ATTEMPTS = 3
    form = {"username": "somebody", "password": "wrong"}

    answers = [client.post("/accounts/login/", form).status_code for _ in range(4)]
    even_right = client.post("/accounts/login/", form | {"password": "reads-well-4"})
    another = client.post("/accounts/login/", form | {"username": "other"})

    assert answers == [200, 200, 200, 429]
    assert even_right.status_code == 429
    assert "Wait 15 minutes" in even_right.text
    assert another.status_code == 200


def test_the_language_can_be_switched(client):
    response = client.post(
        "/accounts/language/", {"language": "ko", "next": "/accounts/login/"}
    )
    page = client.get(response["Location"])

    assert '<html lang="ko">' in page.text


def test_live_and_ready(client):
    assert client.get("/health/live").json() == {"status": "ok"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json() == {
        "database": "ok",
        "migrations": "ok",
        "broker": "ok",
        "status": "ok",
    }


def test_ready_names_what_fails(client, monkeypatch):
    monkeypatch.setitem(health.CHECKS, "broker", lambda: "the broker does not answer")

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["broker"] == "the broker does not answer"
    assert response.json()["status"] == "not ready"


def test_an_unreachable_broker_is_noticed(settings):
    from fundus_study.celery import app

    app.conf.broker_url = "redis://127.0.0.1:1/0"
    try:
        assert health.broker() == "the broker does not answer"
    finally:
        app.conf.broker_url = "memory://"


def test_each_request_is_logged_with_its_id_and_without_content(client, caplog):
    with caplog.at_level(logging.INFO, logger="fundus_study.request"):
        response = client.get("/health/live?truth=manipulated")

    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("GET /health/live 200 ")
    assert "manipulated" not in line
    assert len(response["X-Request-ID"]) == 16


def test_a_proxy_may_name_the_request_but_not_inject_lines(client):
    good = client.get("/health/live", headers={"x-request-id": "abcdef-123456"})
    bad = client.get("/health/live", headers={"x-request-id": "a b\tc=forged;line"})

    assert good["X-Request-ID"] == "abcdef-123456"
    assert bad["X-Request-ID"] != "a b\tc=forged;line"
