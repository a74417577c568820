"""Studies for these tests."""

from typing import Any

import pytest
from django.test import Client

from observers.models import Session, Study
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
