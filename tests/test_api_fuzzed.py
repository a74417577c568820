"""Schemathesis asks the running API whatever its description allows, and more.

Each operation gets a bounded number of requests over HTTP; no answer may be a server
error, or differ from what the description says.
"""

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.authtoken.models import Token
from rest_framework.throttling import ScopedRateThrottle
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from forgery.models import Job, Manipulation
from forgery.services import jobs
from fundus_study.api_docs import METHODS, document
from observers.models import Study
from observers.services.check_files import KIND
from tests import factories

REQUESTS = 12
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(document())
OPERATIONS: dict[str, list[tuple[str, str]]] = {}
for path, methods in document()["paths"].items():
    known = [(path, method) for method in METHODS if method in methods]
    OPERATIONS.setdefault(path.split("/")[2], []).extend(known)


@pytest.fixture
def script(live_server, coordinator, monkeypatch):
    """A coordinator's session by token, in a world that has one of everything."""
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *_args, **_kwargs: None)
    rates = dict.fromkeys(ScopedRateThrottle.THROTTLE_RATES, "100000/min")
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", rates)
    factories.training_pool(name="clinic")
    pool = factories.tiny_pool(name="locked").pool
    pool.problems.create(row=2, file="gone.png", reason="gone.")
    pool.manipulators.filter(lesion="glaucoma").update(name="locked")
    factories.DetectorModelFactory(pool=pool, name="locked")
    Job.objects.create(kind="forgery.import_pool", owner=coordinator)
    Job.objects.create(kind=KIND, owner=coordinator, arguments={"detector": "default"})
    locked = factories.frozen_study(owner=coordinator, name="locked", pool=pool)
    locked.reports.create(
        result=factories.empty_result(locked), view=factories.empty_view(locked)
    )
    Study.objects.filter(pk=locked.pk).update(state=Study.State.LOCKED)
    factories.StudyFactory(owner=coordinator, name="draft")
    token = Token.objects.create(user=coordinator)
    with requests.Session() as session:  # closed, or the server keeps its connection
        session.headers["Authorization"] = f"Token {token.key}"
        yield session


@pytest.mark.parametrize("noun", list(OPERATIONS))
def test_no_answer_is_an_error_or_a_surprise(script, live_server, noun):
    names = names_below(noun)
    seen = set()
    for path, method in OPERATIONS[noun]:
        ask(SCHEMA[path][method.upper()], script, live_server.url, names, seen)

    assert seen - {401, 403, 404, 429}  # some were read, not all refused at the door


def ask(operation, script, base, names, seen):
    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case):
        drawn = len(repr((case.path_parameters, case.query, case.body)))
        if case.path_parameters and drawn % 2:  # there is such a thing in half of all
            case.path_parameters = {key: names[key] for key in case.path_parameters}
        answer = case.call(base_url=base, session=script)
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    send()


def names_below(noun: str) -> dict[str, object]:
    """Name something that there is below a noun; each thing is called 'locked'."""
    locked = Study.objects.get(name="locked")
    made = Manipulation.objects.first()
    given = {
        "images": {"id": made.source_id, "kind": "photograph"},
        "manipulations": {"id": made.pk},
        "pools": {"id": locked.pool.problems.get().pk},
        "jobs": {"id": Job.objects.first().pk},
        "checks": {"id": Job.objects.get(kind=KIND).pk, "file": "scores.csv"},
    }
    return {
        "name": "locked",
        "id": locked.reports.get().pk,
        "file": "result.json",
        "pseudonym": "R01",
        "code": locked.sets.first().cases.first().code,
        "kind": "shown",
        "side": "raw",
    } | given.get(noun, {})
