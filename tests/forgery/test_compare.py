"""Runs side by side; the tray of jobs with what failed; the sheet of samples."""

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from forgery.models import Job
from forgery.services import jobs
from forgery.services.job_context import JobContext, sheet_path
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet_broker")]


def test_manipulators_share_axes_and_a_table(coordinator_client):
    for name, curve, metrics in (
        ("slow", [[0, 2.0], [100, 1.0]], {"seconds": 20.0}),
        ("fast", [[0, 1.0], [50, 0.0]], {"seconds": 5.0, "n_images": 9}),
        ("bare", [], {}),
    ):
        factories.ManipulatorFactory(name=name, loss_curve=curve, metrics=metrics)
    address = reverse("forgery:compare")

    page = coordinator_client.get(address, {"run": ["slow", "fast", "bare", "no"]})

    lines = {line.name: line.points for line in page.context["drawing"].lines}
    assert lines == {"slow": "0.0,0.0 640.0,100.0", "fast": "0.0,100.0 320.0,200.0"}
    rows = {row.name: row.values for row in page.context["rows"]}
    assert rows["seconds"] == [20.0, 5.0, ""]
    assert rows["n_images"] == ["", 9, ""]
    assert "Nothing to compare" in coordinator_client.get(address).text


def test_detectors_are_compared_too(coordinator_client):
    made = [
        factories.DetectorModelFactory(loss_curve=[[0, 1.0], [9, 0.5]])
        for _ in range(2)
    ]

    page = coordinator_client.get(
        reverse("detector:compare"), {"run": [made[1].pk, made[0].pk, "x"]}
    )

    assert [run.pk for run in page.context["runs"]] == [made[1].pk, made[0].pk]
    assert len(page.context["drawing"].lines) == 2


def test_the_tray_keeps_ones_own_failures_to_be_tried_again(
    coordinator, coordinator_client
):
    job = jobs.start_job(kind="forgery.manipulate", arguments={}, owner=coordinator)
    other = jobs.start_job(kind="forgery.manipulate", arguments={}, owner=None)
    failed = {"state": "failed", "finished_at": timezone.now(), "log": "a\nlast line"}
    Job.objects.filter(pk__in=[job.pk, other.pk]).update(**failed)

    (row,) = coordinator_client.get(reverse("forgery:tray")).json()["jobs"]
    coordinator_client.post(row["retry"])

    assert row["id"] == job.pk
    assert row["log"] == "last line"
    job.refresh_from_db()
    assert job.state == "queued"
    (row,) = coordinator_client.get(reverse("forgery:tray")).json()["jobs"]
    assert row["retry"] == ""


def test_the_newest_sheet_of_samples_is_on_the_jobs_page(coordinator_client):
    job = Job.objects.create(kind="forgery.train_manipulator", state="running")
    context = JobContext(job)
    folder = context.workdir / "samples"
    folder.mkdir()
    address = reverse("forgery:job-sheet", args=[job.pk])
    assert coordinator_client.get(address).status_code == 404

    for step in (1, 2):
        (folder / f"step-{step:06d}.png").write_bytes(b"sheet %d" % step)
        context.progress(step, step, "")

    assert coordinator_client.get(address).content == b"sheet 2"
    assert default_storage.exists(sheet_path(job))
    assert 'id="samples"' in coordinator_client.get(job.get_absolute_url()).text


LISTS = ("forgery:pools", "forgery:manipulators", "forgery:jobs", "forgery:tray")


@pytest.mark.parametrize("name", [*LISTS, "detector:models", "observers:home"])
def test_lists_ask_as_many_questions_with_many_rows(
    name, coordinator, coordinator_client
):
    def add(n):
        for _ in range(n):
            pool = factories.PoolFactory()
            factories.ManipulatorFactory(pool=pool)
            factories.DetectorModelFactory(pool=pool, file="")
            factories.StudyFactory(owner=coordinator, pool=pool)
            Job.objects.create(kind="forgery.manipulate", owner=coordinator)

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert coordinator_client.get(reverse(name)).status_code == 200
        return len(queries)

    add(1)
    few = count()
    add(12)

    assert count() == few
