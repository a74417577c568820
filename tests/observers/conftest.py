"""Studies for these tests."""

import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from observers.models import Session, Study
from observers.services import chain
from tests import factories


@pytest.fixture
def study(db: None) -> Study:
    """A study of two lesions, four cases each, open to two readers."""
    return factories.open_study()


@pytest.fixture
def session(study: Study) -> Session:
    """The first session of the first reader, begun."""
    return factories.started_session(study)


@pytest.fixture
def reader_client(session: Session, client_of: Any) -> Client:
    """The first reader's browser."""
    return client_of(session.enrolment.user)


@pytest.fixture
def several(transactional_db):
    """A database that several may write to."""
    if connection.vendor == "sqlite":
        pytest.skip("the tests' SQLite lives in memory, with one writer at most")


@pytest.fixture
def slow(monkeypatch):
    """Ratings that take a tenth of a second under their session's lock."""
    digest = chain.digest

    def slowly(*arguments, **named):
        time.sleep(0.1)
        return digest(*arguments, **named)

    monkeypatch.setattr(chain, "digest", slowly)
