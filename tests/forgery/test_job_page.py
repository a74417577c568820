"""What a job's page and the list of jobs say of how far it is."""

import pytest
from django.urls import reverse
from django.utils import timezone

from forgery.models import ImportProblem, Job
from forgery.selectors.jobs import count_done, share_done
from forgery.templatetags.forgery_tables import asked_for, plain
from tests import factories


@pytest.mark.parametrize(
    ("state", "done", "total", "count", "share"),
    [
        ("running", 30, 120, "30 / 120", 0.25),
        ("running", 30, 0, "30 steps", 0.0),
        ("done", 1, 0, "1 step", 1.0),
        ("done", 78, 78, "78 / 78", 1.0),
        ("failed", 30, 0, "30 steps", 0.0),
    ],
)
def test_progress_is_told_with_and_without_a_known_end(
    state, done, total, count, share
):
    job = Job(state=state, done=done, total=total)

    assert count_done(job) == count
    assert share_done(job) == share


def test_the_list_tells_when_work_began_not_when_it_was_asked_for(coordinator_client):
    began = timezone.now().replace(year=2031)
    Job.objects.create(kind="forgery.manipulate", state="running", started_at=began)
    Job.objects.create(kind="forgery.manipulate", state="queued")

    page = coordinator_client.get(reverse("forgery:jobs")).text

    assert page.count(f'<td class="when">{began:%Y-%m-%d %H:%M}</td>') == 1
    assert f'<td class="when">{timezone.now():%Y-%m-%d}' not in page


def test_results_are_written_for_people():
    assert plain({"loss": 0.10589008}) == "Loss = 0.1059"
    assert (plain(True), plain(False), plain([])) == ("yes", "no", "\N{EN DASH}")


def test_a_job_says_what_was_asked_for_in_words(coordinator_client):
    asked = {"lesion": "glaucoma", "recipe": "paper-unet", "target": "", "seed": 1}
    asked |= {"roles": ["opt"], "rows": [{"file": "a.jpg"}], "per_lesion": 110}

    said = dict(asked_for(Job(kind="forgery.train_manipulator", arguments=asked)))

    assert said == {
        "Lesion": "Glaucoma",
        "Recipe": "U-Net of the paper",
        "Seed": "1",
        "Roles": "OPT sets",
    }


def test_a_finished_import_leads_to_the_rows_and_to_the_pool(coordinator_client):
    pool = factories.PoolFactory.create(name="clinic")
    result = {"pool": "clinic", "new": 3, "in_all": 3, "problems": []}
    job = Job.objects.create(kind="forgery.import_pool", state="done", result=result)
    ImportProblem.objects.create(pool=pool, row=7, file="a.jpg", reason="gone")

    page = coordinator_client.get(job.get_absolute_url()).text

    assert "1 row to mend" in page  # of an earlier import of this pool
    assert f'href="{pool.get_absolute_url()}">Go to the pool' in page


def test_a_result_without_its_detector_leads_nowhere(coordinator_client, coordinator):
    job = Job.objects.create(
        kind="detector.train_detector",
        arguments={"pool": "pool"},
        owner=coordinator,
        state="done",
        result={"images": 3},
    )

    page = coordinator_client.get(job.get_absolute_url())

    assert page.status_code == 200
    assert "See its card" not in page.text
