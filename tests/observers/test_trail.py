"""The audit trail's page: who did what when, nothing of truth, nothing to change."""

import csv
import io
import json
import re

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from observers.models import AuditEvent, CaseTruth
from observers.selectors.trail_words import NAMES
from tests import factories


@pytest.fixture
def study(db):
    opened = factories.open_study()
    factories.rate_all(factories.started_session(opened))
    return opened


def get(client_of, study, **query):
    address = reverse("observers:trail", args=[study.name])
    return client_of(study.owner).get(address, query)


def test_every_event_is_on_the_page_and_in_the_file(study, client_of):
    page = get(client_of, study).content.decode()
    file = get(client_of, study, format="csv").content.decode()

    rows = list(csv.DictReader(io.StringIO(file)))
    assert len(rows) == study.events.count() == page.count("<time ")
    assert {row["verb"] for row in rows} >= {"study frozen", "session finished"}
    assert study.owner.username in {row["user"] for row in rows}


def test_details_are_words_on_the_page_and_json_in_the_file(study, client_of):
    detail = {"reader": "R01", "is_blind": True, "left_out": [], "auc": 0.512345}
    whole = "ab" * 32
    AuditEvent.objects.create(
        study=study, verb="scored", detail=detail | {"head": whole, "odd_key": None}
    )

    page = get(client_of, study, verb="scored")
    file = get(client_of, study, verb="scored", format="csv").text

    (row,) = page.context["rows"]
    told = {fact.name: fact.text for fact in row["facts"]}
    assert told == {
        "reader": "R01",
        "nothing tells the truth": "yes",
        "left out": "\N{EN DASH}",
        "AUC of a guess at the truth": "0.5123",
        "end of the chain": "abababababab…",
        "odd key": "\N{EN DASH}",
    }
    assert f'title="{whole}"' in page.text
    assert "&quot;" not in page.text
    assert json.loads(
        "{" + next(csv.DictReader(io.StringIO(file)))["detail"] + "}"
    ) == (detail | {"head": whole, "odd_key": None})


def test_every_entry_of_a_detail_has_words(root):
    source = "".join(
        path.read_text()
        for path in sorted((root / "observers" / "services").rglob("*.py"))
    )
    details = re.findall(r"detail(?:=| = | \|= )\{([^}]*)\}", source)
    keys = {key for one in details for key in re.findall(r'"([a-z_]+)":', one)}
    assert len(keys) > 20
    assert keys <= set(NAMES)


def test_filters_choose_and_wrong_ones_show_everything(study, client_of):
    one = get(client_of, study, verb="study frozen").content.decode()
    none = get(client_of, study, until="2000-01-01").content.decode()
    wrong = get(client_of, study, verb="no such thing").content.decode()

    assert one.count("<time ") == 1
    assert "No event fits" in none
    assert wrong.count("<time ") == study.events.count()


def test_the_trail_comes_in_pages_with_few_queries(
    study, client_of, django_assert_max_num_queries
):
    for number in range(120):
        AuditEvent.objects.create(study=study, user=study.owner, verb=f"act {number}")
    client = client_of(study.owner)

    with django_assert_max_num_queries(12):
        page = client.get(reverse("observers:trail", args=[study.name]), {"page": 2})

    assert page.content.decode().count("<time ") == 50


def test_no_event_before_the_lock_tells_truth(study, client_of):
    told = get(client_of, study, format="csv").content.decode()

    truths = CaseTruth.objects.filter(case__opt_set__study=study)
    for truth in truths.select_related("case", "image"):
        assert truth.case.code not in told
        assert truth.image.source_file not in told
    assert "manipulated" not in told


def test_no_event_is_changed_or_removed(study):
    event = study.events.first()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(verb="nothing")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.delete()
