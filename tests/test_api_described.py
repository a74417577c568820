"""The API's description: whole, without warnings, without truth; its examples run."""

import io
import json
import re
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from fundus_study.api_docs import METHODS, document
from observers.models import Study
from tests import factories

pytestmark = pytest.mark.usefixtures("quiet_broker")

DOCUMENT = document()
TRUTHS = ("manipulated", "original", "truth")


def operations():
    for path, by_method in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in by_method:
                yield path, method, by_method[method]


def examples():
    for path, method, operation in operations():
        body = operation.get("requestBody", {}).get("content", {})
        for kind, described in body.items():
            for one in described.get("examples", {}).values():
                yield path, method, kind, one["value"]


@pytest.fixture
def named(coordinator):
    """What the examples name, each ready for its request: end of address to name."""
    pool = factories.training_pool(("glaucoma", "normal"), name="clinic")
    manipulator = pool.manipulators.first()
    manipulator.name = "clinic-glaucoma"
    manipulator.save()
    for row, (kind, file) in enumerate(
        (("unknown-label", "seven.png"), ("file-missing", "gone.png"))
    ):
        pool.problems.create(
            kind=kind, row=row, file=file, value="GON", cells={"file": file}
        )
    factories.DetectorModelFactory(pool=pool, name="scorer")
    factories.UserFactory(username="statistician")
    draft = factories.StudyFactory(owner=coordinator, name="draft")
    ready = factories.StudyFactory(owner=coordinator, name="ready")
    factories.enrol(ready)
    locked = factories.frozen_study(owner=coordinator, name="locked")
    Study.objects.filter(pk=locked.pk).update(state=Study.State.LOCKED)
    opened = factories.open_study(owner=coordinator, name="opened")
    return {
        "/bounds/": factories.FundusImageFactory().pool.name,
        "/pools/": pool.name,
        "/manipulators/": manipulator.name,
        "/detectors/": "scorer",
        "/state/": ready.name,
        "/runs/": locked.name,
        "/amendments/": opened.name,
        "/exclusion/": opened.name,
        "/replacement/": opened.name,
        "/studies/": draft.name,
    }


def packed():
    """Pack one photograph."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("one.png", factories.disc_file(1))
    return held.getvalue()


def sent(value):
    """Put files in the place of the names that a form's example has."""
    files = {
        "eyes.zip": packed,
        "gone.png": lambda: factories.disc_file(2),
        "labels.csv": lambda: b"file,lesion,patient_id\none.png,GON,7\n",
        "problems.csv": lambda: b"problem,file,lesion,patient_id,eye\n",
    }

    def given(one):
        if isinstance(one, dict):
            return json.dumps(one)
        return SimpleUploadedFile(one, files[one]()) if one in files else one

    return {
        name: [given(one) for one in part] if isinstance(part, list) else given(part)
        for name, part in value.items()
    }


def test_the_description_is_made_without_a_warning_and_is_valid(tmp_path):
    target = str(tmp_path / "schema.yml")

    call_command("spectacular", "--fail-on-warn", "--validate", "--file", target)


def test_every_address_of_the_api_is_described_but_the_rooms():
    from fundus_study.api_urls import urlpatterns

    wanted = {pattern.name for pattern in urlpatterns} - {"schema", "docs"}
    assert len(DOCUMENT["paths"]) == len(wanted)
    assert not [path for path in DOCUMENT["paths"] if path.startswith("/api/reading")]


def test_whatever_is_sent_has_an_example():
    asked = {
        (path, method, kind)
        for path, method, operation in operations()
        for kind in operation.get("requestBody", {}).get("content", {})
    }

    assert {(path, method, kind) for path, method, kind, _value in examples()} == asked


@pytest.mark.parametrize(("path", "method", "kind", "value"), list(examples()))
def test_an_example_runs(named, coordinator_client, path, method, kind, value):
    ends = [name for end, name in named.items() if end in path]
    address = path.replace("{name}", ends[0] if ends else "")
    address = address.replace("{pseudonym}", "R01")
    is_form = kind.startswith("multipart")
    body = sent(value) if is_form else json.dumps(value)

    answer = getattr(coordinator_client, method)(
        address, body, content_type=MULTIPART_CONTENT if is_form else kind
    )

    assert answer.status_code in {200, 201, 202}, answer.content


def test_no_example_tells_a_truth():
    told = json.dumps([value for *_where, value in examples()])

    assert not [word for word in TRUTHS if f'"{word}"' in told]


def test_the_page_shows_every_operation_and_nothing_inline(somebody_client):
    page = somebody_client.get(reverse("api:docs")).content.decode()

    for _path, _method, operation in operations():
        assert f'id="{operation["operationId"]}"' in page
    assert not re.findall(r"<script(?![^>]* src=)", page)
    assert "style=" not in page
    assert somebody_client.get(reverse("api:schema")).json() == DOCUMENT


def test_lists_come_in_pages_and_filters_are_checked(coordinator, coordinator_client):
    for number in range(3):
        factories.StudyFactory(owner=coordinator, name=f"study-of-{number}")
    address = reverse("api:studies")

    first = coordinator_client.get(address, {"page_size": 2}).json()
    named = coordinator_client.get(address, {"search": "of-1"}).json()
    wrong = coordinator_client.get(address, {"state": "lost"})

    assert (first["count"], len(first["results"])) == (3, 2)
    assert first["next"]
    assert [row["name"] for row in named["results"]] == ["study-of-1"]
    assert (wrong.status_code, list(wrong.json())) == (400, ["state"])


def test_a_list_of_readers_needs_few_queries(
    coordinator, coordinator_client, django_assert_max_num_queries
):
    study = factories.StudyFactory(owner=coordinator)
    for _ in range(12):
        factories.enrol(study)

    with django_assert_max_num_queries(12):
        page = coordinator_client.get(reverse("api:readers", args=[study.name]))
    assert page.json()["count"] == 12


def test_nobody_reads_without_a_right():
    assert settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] == [
        "rest_framework.permissions.IsAdminUser"
    ]
