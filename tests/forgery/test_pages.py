"""Pages and API: who enters, what they show, and refusals by name everywhere."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from forgery import policies
from forgery.models import Job, QualityScore
from forgery.services import jobs
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet_broker")]


@pytest.fixture
def addresses(made, manipulator, coordinator) -> dict[str, str]:
    """Every GET address of the app."""
    job = jobs.start_job(kind="forgery.import_pool", arguments={}, owner=coordinator)
    one = manipulator.manipulations.first()
    name = made.pool.name
    return {
        "pools": reverse("forgery:pools"),
        "pool": made.pool.get_absolute_url(),
        "images": reverse("forgery:images", args=[name]) + "?lesion=glaucoma&role=opt",
        "import": reverse("forgery:import"),
        "thumbnail": reverse("forgery:thumbnail", args=[one.source_id]),
        "sheet": reverse("forgery:sheet", args=[name, "glaucoma"]),
        "table1": reverse("forgery:table1", args=[name]),
        "manipulators": reverse("forgery:manipulators"),
        "manipulator": manipulator.get_absolute_url(),
        "train": reverse("forgery:train"),
        "manipulation": reverse("forgery:manipulation", args=[one.pk]),
        "image": reverse("forgery:image", args=[one.source_id]),
        "view": reverse("forgery:view", args=[one.source_id, "spectrum"]),
        "side": reverse("forgery:side", args=[one.pk, "manipulated"]),
        "jobs": reverse("forgery:jobs"),
        "job": job.get_absolute_url(),
        "job-state": reverse("forgery:job-state", args=[job.pk]),
        "tray": reverse("forgery:tray"),
        "api-job": reverse("api:job", args=[job.pk]),
    }


def test_coordinator_enters_everywhere_and_nobody_else(
    addresses, coordinator_client, somebody_client, client
):
    for name, address in addresses.items():
        assert coordinator_client.get(address).status_code == 200, name
        assert somebody_client.get(address).status_code == 403, name
        assert client.get(address).status_code in {302, 401}, name


def test_reader_of_an_open_study_is_shut_out_though_coordinator(
    addresses, coordinator, coordinator_client, monkeypatch
):
    checks = [lambda user: user.pk == coordinator.pk]
    monkeypatch.setattr(policies, "_blinding_checks", checks)

    for name, address in addresses.items():
        assert coordinator_client.get(address).status_code == 403, name


def test_pages_hold_no_inline_code(addresses, coordinator_client):
    for name in ("pools", "pool", "images", "import", "manipulator", "manipulation"):
        html = coordinator_client.get(addresses[name]).content.decode()
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*src=)", html)


def test_pool_page_shows_table_1_and_roles(made, coordinator_client):
    made.images["glaucoma"][0].excluded_because = "blurred"
    made.images["glaucoma"][0].save()

    html = coordinator_client.get(made.pool.get_absolute_url()).content.decode()

    assert "synthetic phantom" in html
    row = html.partition('<th scope="row">Glaucoma</th>')[2].partition("</tr>")[0]
    numbers = re.findall(r">(\d+)<", row)
    assert numbers[:4] == ["7", "67", "1", "8"]
    assert "The retina is blurred." in html


def test_unmeasured_pool_has_no_histograms(made, coordinator_client):
    address = reverse("forgery:sheet", args=[made.pool.name, "thresholds"])

    assert coordinator_client.get(address).status_code == 404


def test_table_1_as_csv(made, coordinator_client):
    answer = coordinator_client.get(reverse("forgery:table1", args=[made.pool.name]))

    assert "glaucoma,included,8,67" in answer.content.decode()


def test_before_and_after_differ_only_by_the_manipulation(made, coordinator_client):
    one = made.manipulators["glaucoma"].manipulations.first()

    def picture(side):
        address = reverse("forgery:side", args=[one.pk, side])
        return coordinator_client.get(address).content

    assert picture("original") != picture("manipulated")
    assert picture("raw") != picture("original")
    gone = reverse("forgery:side", args=[one.pk, "elsewhere"])
    assert coordinator_client.get(gone).status_code == 404


def test_quality_is_shown_beside_the_paper(manipulator, coordinator_client):
    view = {
        "rmse": 11.5,
        "ssim": 0.81,
        "kid": 0.17,
        "kid_low": 0.1,
        "kid_high": 0.2,
        "frechet": 72.0,
        "fid": None,
        "fid_text": "not computed: no weights file",
    }
    metrics = {"n": 8, "views": {"raw": view, "processed": view}, "floor": {"n": 4}}
    QualityScore.objects.create(
        manipulator=manipulator, metrics=metrics | view | {"fid": None}
    )

    html = coordinator_client.get(manipulator.get_absolute_url()).content.decode()

    assert "11.50" in html
    assert "310.90" in html  # the paper's FID for glaucoma
    assert "not computed: no weights file" in html


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"folder": "../../etc"}, "Select a valid choice"),
        ({"folder": ""}, "Choose the folder"),
        ({"draw": "normal"}, "name = value"),
        ({"draw": "normal = some"}, "whole number"),
        ({"names": "x = warts"}, "No lesion"),
        ({"pool": "jobs"}, "cannot be a pool"),
    ],
)
def test_import_form_says_what_is_wrong(
    settings, source, coordinator_client, change, sentence
):
    settings.IMPORT_ROOT = source.parent
    values = {
        "layout": "manifest",
        "folder": "source",
        "pool": "made",
        "eyes": "right",
        "per_lesion": 110,
        "opt": 1,
        "practice": 0,
        "seed": 1,
    } | change

    answer = coordinator_client.post(reverse("forgery:import"), values)

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Job.objects.exists()


def test_reserve_from_the_page(made, coordinator_client):
    for _ in range(10):
        factories.FundusImageFactory.create(pool=made.pool)
    address = reverse("forgery:reserve", args=[made.pool.name])

    coordinator_client.post(address, {"opt": 9, "practice": 0})

    roles = made.pool.images.values_list("cluster__reservation__role", flat=True)
    assert list(roles).count("opt") == 9
    assert None not in roles


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("train_manipulator", ["nowhere"], "No pool 'nowhere'"),
        ("manipulate", ["nobody"], "No manipulator 'nobody'"),
        ("quality_report", ["nobody"], "No manipulator 'nobody'"),
    ],
)
def test_unknown_names_are_one_sentence(command, arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command(command, *arguments, stdout=io.StringIO())


@pytest.mark.parametrize(
    "kind", ["mask", "difference", "spectrum", "spectrum-original"]
)
def test_what_was_changed_is_drawn(kind, manipulator, coordinator_client):
    one = manipulator.manipulations.first()

    answer = coordinator_client.get(reverse("forgery:side", args=[one.pk, kind]))

    assert answer.status_code == 200
    assert answer.content.startswith(b"\x89PNG")


def test_a_photograph_has_a_page_with_its_spectrum_and_forgeries(
    made, manipulator, coordinator_client
):
    image = made.images["glaucoma"][0]
    one = manipulator.manipulations.get(source=image)

    html = coordinator_client.get(reverse("forgery:image", args=[image.pk])).content

    assert reverse("forgery:view", args=[image.pk, "spectrum"]) in html.decode()
    assert reverse("forgery:manipulation", args=[one.pk]) in html.decode()
    gone = reverse("forgery:view", args=[image.pk, "inside"])
    assert coordinator_client.get(gone).status_code == 404


def test_the_time_of_a_cyclegan_stands_beside_the_papers(
    made, manipulator, coordinator_client
):
    manipulator.metrics = {"seconds": 10.0}
    manipulator.save()
    other = factories.ManipulatorFactory.create(
        pool=made.pool, recipe="cyclegan", metrics={"seconds": 35.0}
    )
    type(manipulator).objects.update(preset="full")

    html = coordinator_client.get(other.get_absolute_url()).content.decode()

    assert "3.5 times the U-Net" in html
    assert "the paper: 4 times" in html


def test_a_manipulator_without_training_shows_no_figures_of_one(
    made, coordinator_client
):
    ready = factories.ManipulatorFactory.create(
        pool=made.pool, recipe="lesion-insert", preset="untrained", metrics={}
    )

    html = coordinator_client.get(ready.get_absolute_url()).text

    assert "root mean square" not in html
    assert "No curve was kept" not in html
