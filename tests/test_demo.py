"""The demo as a newcomer gets it: one command, two studies, one report."""

import io
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from observers.models import Study
from observers.selectors.studies import studies_of
from observers.services.demo_people import LOGINS


@pytest.mark.slow
@pytest.mark.django_db
def test_demo_ends_with_a_report_and_its_people_see_both_studies():
    out = io.StringIO()

    call_command("demo", stdout=out)

    last = out.getvalue().strip().splitlines()[-1]
    assert last.startswith("report: ")
    assert Path(last.removeprefix("report: ")).stat().st_size > 0
    states = dict(Study.objects.values_list("name", "state"))
    assert states == {"demo": "locked", "demo-open": "open"}
    for login in LOGINS:
        if login.username in {"coordinator", "analyst"}:
            user = get_user_model().objects.get(username=login.username)
            seen = {study.name for study in studies_of(user)}
            assert seen == {"demo", "demo-open"}
