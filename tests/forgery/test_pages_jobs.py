"""Jobs from the pages: started, refused, cancelled, watched."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from forgery.models import Job
from forgery.selectors.jobs import seconds_left
from forgery.services import jobs, workers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet_broker")]


def training(made, **changes):
    cluster = made.images["glaucoma"][0].cluster.name
    given = {"pool": made.pool.name, "lesion": "glaucoma", "recipe": "paper-unet"}
    given |= {"preset": "quick", "seed": 1, "clusters": cluster, "name": "x"}
    return given | changes


def test_owner_without_rights_sees_only_the_own_job(make_user, client_of):
    owner = make_user("owner")
    mine = jobs.start_job(kind="forgery.manipulate", arguments={}, owner=owner)
    other = jobs.start_job(kind="forgery.manipulate", arguments={}, owner=None)
    client = client_of(owner)

    assert client.get(mine.get_absolute_url()).status_code == 200
    assert client.get(other.get_absolute_url()).status_code == 403
    assert client.get(reverse("forgery:job", args=[999])).status_code == 404


def test_import_form_starts_a_job_below_the_import_folder(
    settings, source, coordinator_client, somebody_client
):
    settings.IMPORT_ROOT = source.parent
    values = {
        "layout": "manifest",
        "folder": "source",
        "pool": "made",
        "eyes": "right",
        "draw": "normal = 1",
        "per_lesion": 110,
        "opt": 1,
        "practice": 0,
        "seed": 1,
    }
    address = reverse("forgery:import")

    assert somebody_client.post(address, values).status_code == 403
    answer = coordinator_client.post(address, values)

    job = Job.objects.get()
    assert answer["Location"] == job.get_absolute_url()
    assert job.arguments["source"] == str(source)
    assert job.arguments["draw"] == {"normal": 1}


def test_training_on_an_opt_cluster_is_refused_by_command_page_and_api(
    made, coordinator_client
):
    cluster = made.images["glaucoma"][0].cluster.name
    words = f"Cluster {cluster} is reserved for opt"

    with pytest.raises(CommandError, match=words):
        call_command(
            "train_manipulator", made.pool.name, lesion="glaucoma", cluster=[cluster]
        )
    page = coordinator_client.post(reverse("forgery:train"), training(made))
    api = coordinator_client.post(
        reverse("api:train-manipulator"),
        training(made, clusters=[cluster]),
        content_type="application/json",
    )

    assert page.status_code == api.status_code == 403
    assert words in page.content.decode()
    assert words in api.json()["detail"]
    assert not Job.objects.exists()


def test_manipulating_what_it_was_trained_on_is_refused_by_command_page_and_api(
    made, manipulator, coordinator_client
):
    cluster = made.images["glaucoma"][0].cluster
    manipulator.clusters.add(cluster)
    words = f"was trained on cluster {cluster.name}, which has the role opt"

    with pytest.raises(CommandError, match=words):
        call_command("manipulate", manipulator.name, role=["opt"])
    page = coordinator_client.post(
        reverse("forgery:manipulate", args=[manipulator.name]), {"role": "opt"}
    )
    api = coordinator_client.post(
        reverse("api:manipulate"),
        {"manipulator": manipulator.name, "roles": ["opt"]},
        content_type="application/json",
    )

    assert page.status_code == api.status_code == 403
    assert words in page.content.decode()
    assert words in api.json()["detail"]
    assert not Job.objects.exists()


def test_training_from_page_and_api_queues_a_job(made, coordinator_client):
    for image in made.images["glaucoma"][:3]:
        image.cluster.reservation.role = "manipulator-train"
        image.cluster.reservation.save()

    page = coordinator_client.post(
        reverse("forgery:train"), training(made, clusters="", name="one")
    )
    api = coordinator_client.post(
        reverse("api:train-manipulator"),
        training(made, clusters=[], name="two"),
        content_type="application/json",
    )

    assert page.status_code == 302
    assert api.status_code == 202
    assert {job.arguments["name"] for job in Job.objects.all()} == {"one", "two"}


def test_unusable_input_is_told_by_page_and_api(made, coordinator_client):
    page = coordinator_client.post(
        reverse("forgery:train"), training(made, lesion="warts")
    )
    api = coordinator_client.post(
        reverse("api:train-manipulator"),
        training(made, lesion="warts", clusters=[]),
        content_type="application/json",
    )

    assert page.status_code == api.status_code == 400
    assert "warts is not one of the available choices" in page.content.decode()
    assert "No lesion 'warts'" in api.json()["detail"]


def test_lesions_are_chosen_by_name(made, coordinator_client):
    page = coordinator_client.get(reverse("forgery:train")).content.decode()

    assert page.count(">Diabetic Retinopathy</option>") == 2  # lesion and target
    assert '<input type="text" name="lesion"' not in page


def test_strangers_start_nothing(made, manipulator, somebody_client):
    posts = [
        reverse("forgery:train"),
        reverse("forgery:manipulate", args=[manipulator.name]),
        reverse("forgery:quality", args=[manipulator.name]),
        reverse("forgery:reserve", args=[made.pool.name]),
        reverse("api:train-manipulator"),
        reverse("api:manipulate"),
    ]
    for address in posts:
        assert somebody_client.post(address).status_code == 403, address
    assert not Job.objects.exists()


def test_quality_from_the_page_queues_a_job(manipulator, coordinator_client):
    coordinator_client.post(reverse("forgery:quality", args=[manipulator.name]))

    assert Job.objects.get().arguments == {
        "manipulator": manipulator.name,
        "role": None,
    }


def test_job_is_cancelled_and_retried_from_its_page(coordinator, coordinator_client):
    job = jobs.start_job(kind="forgery.manipulate", arguments={}, owner=coordinator)

    coordinator_client.post(reverse("forgery:cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "cancelled"
    coordinator_client.post(reverse("forgery:retry", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "queued"
    answer = coordinator_client.delete(reverse("api:job", args=[job.pk]))
    assert answer.json()["state"] == "cancelled"


def test_tray_names_running_jobs(coordinator, coordinator_client):
    job = jobs.start_job(kind="forgery.manipulate", arguments={}, owner=coordinator)

    listed = coordinator_client.get(reverse("forgery:tray")).json()["jobs"]

    assert [one["id"] for one in listed] == [job.pk]
    assert listed[0]["log"] == ""


def test_tray_names_what_runs_before_what_waits_next(coordinator, coordinator_client):
    first, second, third = (
        jobs.start_job(kind="forgery.manipulate", arguments={}, owner=coordinator)
        for _ in range(3)
    )
    Job.objects.filter(pk=second.pk).update(state=Job.State.RUNNING)

    listed = coordinator_client.get(reverse("forgery:tray")).json()["jobs"]

    assert [one["id"] for one in listed] == [second.pk, first.pk, third.pk]


def test_seconds_left_come_from_the_pace(coordinator):
    job = jobs.start_job(kind="x", arguments={}, owner=coordinator)
    assert seconds_left(job) is None
    job.state, job.done, job.total = Job.State.RUNNING, 25, 100
    job.started_at = timezone.now() - timedelta(seconds=10)

    assert seconds_left(job) == pytest.approx(30, abs=1)


def test_a_job_says_what_is_trained_and_that_no_worker_is_there(
    coordinator, coordinator_client
):
    arguments = {"lesion": "glaucoma", "pool": "clinic", "held_out_fold": 0}
    job = Job.objects.create(
        kind="forgery.train_manipulator", owner=coordinator, arguments=arguments
    )

    page = coordinator_client.get(job.get_absolute_url()).text

    assert "Train a manipulator: Glaucoma of pool clinic, without fold 0" in page
    assert "Fold left out" in page
    assert "No worker is running" in page


def test_a_worker_that_showed_itself_is_counted_on(coordinator, coordinator_client):
    workers.show(name="one@host", queues=["gpu"])
    job = Job.objects.create(kind="forgery.train_manipulator", owner=coordinator)

    page = coordinator_client.get(job.get_absolute_url()).text

    assert "No worker is running" not in page
