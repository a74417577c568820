"""A desk page asks the database as often for nine readers as for two."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories

PAGES = ("study", "readers", "protocol", "trail")


def count(client, path):
    client.get(path)  # sessions and content types are known now
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.mark.django_db
def test_no_page_asks_once_a_reader(client_of):
    few = factories.frozen_study(n_readers=2)
    many = factories.frozen_study(n_readers=9)

    asked = {
        page: [
            count(
                client_of(study.owner), reverse(f"observers:{page}", args=[study.name])
            )
            for study in (few, many)
        ]
        for page in PAGES
    }

    assert {page: n for page, n in asked.items() if n[0] != n[1]} == {}
