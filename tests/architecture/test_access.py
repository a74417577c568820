"""Every address of the resolver, for every role, in one's own and another's study."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from detector.models import DetectorModel
from forgery.middleware import access_rule
from forgery.models import ImportProblem, Job, Manipulation
from forgery.services.job_context import sheet_path
from observers.models import Enrolment, Invitation, Report, Study
from observers.reports.body import file_name
from observers.services import check_files, reporting
from observers.services.invitations import hashed
from tests import factories
from tests.architecture import access_table as table


@dataclass
class World:
    """Two open studies, their people, and objects to put into addresses."""

    study: Study
    people: dict[str, User | None]
    named: dict[str, dict[str, Any]]
    """Arguments of the views whose name begins so; the longest beginning wins."""

    def address(self, name: str, wanted: list[str]) -> str:
        """Return the address of a view with the objects of the own study."""
        return reverse(name, kwargs={key: self.value(name, key) for key in wanted})

    def value(self, name: str, key: str) -> Any:
        """Return an argument of the view called ``name``."""
        begins = [b for b, given in self.named.items() if name.startswith(b)]
        begins = [begin for begin in begins if key in self.named[begin]]
        return self.named[max(begins, key=len)][key]


@dataclass(frozen=True)
class Address:
    """One named pattern of the resolver."""

    name: str
    arguments: list[str]
    view: Any


def addresses(patterns: list[Any], namespace: str = "") -> list[Address]:
    """Walk the resolver; the admin is tested as one door elsewhere."""
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else ""
                found += addresses(pattern.url_patterns, inner or namespace)
        elif isinstance(pattern, URLPattern):
            arguments = list(pattern.pattern.converters)
            found.append(
                Address(f"{namespace}{pattern.name}", arguments, pattern.callback)
            )
    return found


ALL = addresses(get_resolver(settings.ROOT_URLCONF).url_patterns)


def test_every_address_is_in_the_table_and_the_reverse():
    assert {address.name for address in ALL} == set(table.TABLE)


def test_every_view_declares_its_rule():
    assert [a.name for a in ALL if access_rule(a.view) is None] == []


@pytest.fixture
def world(db) -> World:
    patient = factories.tiny_protocol(undo_seconds=600)
    study, other = factories.open_study(protocol=patient), factories.open_study()
    session = factories.started_session(study)
    factories.rate_next(session)
    readers = [enrolment.user for enrolment in study.enrolments.all()]
    analysts = [factories.UserFactory(), factories.UserFactory()]
    factories.give_role(study, analysts[0], "analyst")
    factories.give_role(other, analysts[1], "analyst")
    people = {
        table.ANONYMOUS: None,
        table.SOMEBODY: factories.UserFactory(),
        table.READER: readers[0],
        table.COLLEAGUE: readers[1],
        table.OTHER_READER: other.enrolments.all()[0].user,
        table.COORDINATOR: study.owner,
        table.OTHER_COORDINATOR: other.owner,
        table.ANALYST: analysts[0],
        table.OTHER_ANALYST: analysts[1],
    }
    observers = {
        "name": study.name,
        "session": session.token,
        "item": session.items.order_by("position")[1].token,
        "step": "cases",
        "n": 0,
        "pseudonym": study.enrolments.all()[1].pseudonym,
        "state": "closed",
        "report": report_of(study).pk,  # shown once the study is locked
        "code": study.sets.all()[0].cases.all()[0].code,
        "kind": "shown",
        "file": "result.json",
    }
    named = {"observers:": observers} | objects_of(study)
    of_cases = {key: observers[key] for key in ("code", "kind", "pseudonym")}
    named["api:"] |= of_cases
    named |= ways_in_of(session.enrolment) | check_of(study)
    return World(study, people, named)


def ways_in_of(enrolment: Enrolment) -> dict[str, dict[str, Any]]:
    """Give a reader an open invitation, and somebody else a passkey."""
    Invitation.objects.create(
        enrolment=enrolment,
        email="reader@example.org",
        token_hash=hashed("a-token"),
        expires_at=timezone.now() + timedelta(days=1),
    )
    key = Authenticator.objects.create(
        user=factories.UserFactory(), type=Authenticator.Type.WEBAUTHN, data={}
    )
    return {
        "observers:join": {"token": "a-token"},
        "mfa_remove_webauthn": {"pk": key.pk},
    }


def check_of(study: Study) -> dict[str, dict[str, Any]]:
    """Make a check of images with one file, of the study's owner."""
    job = Job.objects.create(
        kind=check_files.KIND, owner=study.owner, arguments={"detector": "default"}
    )
    file = ContentFile(b"file,score\n")
    default_storage.save(check_files.check_file(job.pk, "scores.csv"), file)
    named = {"pk": job.pk, "file": "scores.csv"}
    return {"observers:check-": named, "api:check": named}


def report_of(study: Study) -> Report:
    """Make a report with one file."""
    return reporting.store_report(
        study=study,
        detector=None,
        made=reporting.Made(
            factories.empty_result(study),
            {"result.json": b"{}"},
            factories.empty_view(study),
        ),
        name=file_name,
    )


def objects_of(study: Study) -> dict[str, dict[str, Any]]:
    """Make what the addresses of pools, models and jobs name."""
    factories.image_with_role(study.pool, "practice", lesion="normal")  # to preview
    detector = DetectorModel.objects.create(
        name="tiny", pool=study.pool, seed=1, threshold=0.0, temperature=1.0
    )
    manipulation = Manipulation.objects.filter(manipulator__pool=study.pool)[0]
    job = Job.objects.create(kind="forgery.manipulate", owner=study.owner)
    maker = {"name": manipulation.manipulator.name}
    default_storage.save(sheet_path(job), ContentFile(b"a picture"))
    jobs = ("forgery:job", "forgery:cancel", "forgery:retry", "api:job", "api:retry")
    pool = {"name": study.pool.name, "pk": problem_of(study, 3).pk}
    ours = ("pool", "images", "problems", "leave-out", "reservations", "bounds")
    return {
        "detector:": {"pk": detector.pk},
        "forgery:": {"name": study.pool.name, "lesion": "glaucoma"},
        "forgery:thumbnail": {"pk": manipulation.source_id},
        "forgery:image": {"pk": manipulation.source_id},
        "forgery:view": {"pk": manipulation.source_id, "kind": "spectrum"},
        "forgery:manipulator": maker,
        "forgery:manipulate": maker,
        "forgery:quality": maker,
        "forgery:manipulation": {"pk": manipulation.pk},
        "forgery:side": {"pk": manipulation.pk, "side": "manipulated"},
        "api:score": {"name": "tiny"},
        "api:detector": {"name": "tiny"},
        "api:manipulator": maker,
        "api:quality": maker,
        "api:image": {"pk": manipulation.source_id, "kind": "spectrum"},
        "api:side": {"pk": manipulation.pk, "side": "manipulated"},
        "api:": {"name": study.name, "pk": report_of(study).pk, "file": "result.json"},
        **{f"api:{name}": pool for name in (*ours, "duplicates")},
        **{name: {"pk": job.pk} for name in jobs},
    }


def problem_of(study: Study, row: int = 2) -> ImportProblem:
    """Make a row that could not be imported."""
    return ImportProblem.objects.create(
        pool=study.pool, row=row, file="gone.jpg", reason="file not found."
    )


RATING = {
    "score": 50,
    "cannot_rate": "",
    "elapsed_ms": 1000,
    "idempotency_key": str(uuid4()),
    "version": 1,
}


def is_refused(response: Any) -> bool:
    to_login = response.status_code == 302 and "/login/?next" in response["Location"]
    return to_login or response.status_code in {401, 403, 404}


def log_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def ask(client: Client, address: str) -> Any:
    """Open the address; where only POST is understood, post to it."""
    is_data = address.startswith("/api/")
    kind = "application/json" if is_data else MULTIPART_CONTENT
    cookies = client.cookies.copy()  # logging out must not last
    with transaction.atomic():
        response = client.get(address)
        if response.status_code == 405:
            body = RATING if is_data else {}
            response = client.post(address, body, content_type=kind)
        transaction.set_rollback(True)
    for cache in caches.all(initialized_only=True):
        cache.clear()
    client.cookies = cookies
    return response


def test_each_role_opens_what_the_table_says_and_nothing_else(world):
    assert wrong_answers(world, ALL, table.TABLE) == []


def test_results_open_to_the_team_once_the_study_is_locked(world):
    Study.objects.filter(pk=world.study.pk).update(state=Study.State.LOCKED)
    results = [address for address in ALL if address.name in table.RESULTS]

    assert wrong_answers(world, results, table.RESULTS) == []


def writes_of(address: Address) -> list[str]:
    """Return the methods that change something at an address that is read too."""
    known = getattr(getattr(address.view, "cls", None), "http_method_names", ())
    methods = [name for name in known if hasattr(address.view.cls, name)]
    changing = [name for name in methods if name in {"post", "patch", "put", "delete"}]
    return changing if "get" in methods else []


def test_who_may_read_may_not_always_change(world):
    """Where one address is read and written, each method has its own people."""
    changed = {a.name: a for a in ALL if writes_of(a) and a.name not in table.RESULTS}
    assert set(changed) == set(table.WRITES)
    wrong = []
    for role, address in itertools.product(table.ROLES, changed.values()):
        client = log_in(world.people[role])
        path = world.address(address.name, address.arguments)
        for method in writes_of(address):
            with transaction.atomic():
                answer = getattr(client, method)(
                    path, {}, content_type="application/json"
                )
                transaction.set_rollback(True)
            for cache in caches.all(initialized_only=True):
                cache.clear()
            if is_refused(answer) is (role in table.WRITES[address.name]):
                wrong.append(f"{role}: {method} {address.name}: {answer.status_code}")
    assert wrong == []


def wrong_answers(
    world: World, asked: list[Address], expected: dict[str, frozenset[str]]
) -> list[str]:
    """Name each role that an address lets in or keeps out against the table."""
    wrong = []
    clients = {role: log_in(user) for role, user in world.people.items()}
    for role, address in itertools.product(table.ROLES, asked):
        path = world.address(address.name, address.arguments)

        response = ask(clients[role], path)

        may = role in expected.get(address.name, frozenset())
        if is_refused(response) is may or response.status_code >= 500:
            wrong.append(f"{role} at {address.name}: {response.status_code}")
    return wrong


def test_an_unknown_object_is_refused_like_a_foreign_one(world):
    """A reader cannot find out which sessions or studies exist."""
    client = log_in(world.people[table.SOMEBODY])
    for address in ALL:
        unknown = {
            key: 10**9 if key in {"pk", "report", "n"} else "no-such-thing"
            for key in address.arguments
        }
        if unknown:
            path = reverse(address.name, kwargs=unknown)
            assert is_refused(ask(client, path)), address.name
