"""Photographs from the coordinator's computer: names, folders, what is refused."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from forgery.models import Job, Pool
from tests.forgery.uploading import ADDRESS, sent, table_of, zipped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]


@pytest.mark.parametrize(
    ("written", "made"),
    [("Seoul Clinic 2019", "seoul-clinic-2019"), ("ODIR_5K", "odir_5k")],
)
def test_any_name_of_a_pool_becomes_one_for_addresses(
    photographs, coordinator_client, written, made
):
    photo = SimpleUploadedFile("a.jpg", photographs[0].read_bytes())
    rows = table_of([["a.jpg", "normal", "p1", "right"]])
    sent(
        coordinator_client,
        photo,
        table=SimpleUploadedFile("t.csv", rows),
        pool=written,
    )

    assert Pool.objects.get().name == made


def test_a_script_is_told_where_to_go_and_leaves_the_message_to_the_page(
    photographs, coordinator_client
):
    archive = zipped({"normal/a.jpg": photographs[0].read_bytes()})
    data = {"photographs": [archive], "pool": "clinic", "eyes": "any", "opt": 2}
    data |= {"provenance": "Clinic of eyes, 2024", "licence": "CC BY 4.0"}
    data |= {"practice": 0, "seed": 1}

    answer = coordinator_client.post(
        ADDRESS, data, headers={"X-Requested-With": "XMLHttpRequest"}
    )

    address = answer.json()["address"]
    assert address == Job.objects.get().get_absolute_url()
    assert "The import is queued" in coordinator_client.get(address).text
    assert "The import is queued" not in coordinator_client.get(address).text


def test_a_name_that_no_address_can_hold_is_refused(photographs, coordinator_client):
    photo = SimpleUploadedFile("a.jpg", photographs[0].read_bytes())

    answer = coordinator_client.post(ADDRESS, {"photographs": [photo], "pool": "서울"})

    assert "Latin letters" in answer.text


def test_folders_are_lesions_and_a_second_upload_loses_nothing(
    photographs, coordinator_client
):
    data = [path.read_bytes() for path in photographs]
    first = {"Glaucoma/a.jpg": data[0], "normal/b.jpg": data[1], "cataract/c": data[2]}
    sent(coordinator_client, zipped(first))
    sent(coordinator_client, zipped({"Normal/d.jpg": data[3], "Normal/e.jpg": data[4]}))

    pool = Pool.objects.get(name="clinic")
    assert pool.layout == "folders"
    assert sorted(pool.images.values_list("lesion", flat=True)) == [
        "glaucoma",
        "normal",
        "normal",
        "normal",
    ]
    assert [p.file for p in pool.problems.all()] == ["cataract"]


def test_what_says_nothing_of_lesions_is_refused_at_once(
    photographs, coordinator_client
):
    photo = SimpleUploadedFile("a.jpg", photographs[0].read_bytes())
    answer = coordinator_client.post(
        ADDRESS,
        {
            "photographs": [photo],
            "pool": "clinic",
            "provenance": "x",
            "licence": "x",
            "eyes": "any",
            "opt": 2,
            "practice": 0,
            "seed": 1,
        },
    )

    assert answer.status_code == 400
    assert "Add a labels CSV" in answer.text
    assert not Job.objects.exists()


def test_a_large_body_of_somebody_else_is_cut_off(somebody_client):
    big = SimpleUploadedFile("a.zip", bytes(7 * 2**20))

    answer = somebody_client.post(ADDRESS, {"photographs": [big]})

    assert answer.status_code == 403
    assert answer.wsgi_request.FILES == {}


def test_more_than_may_be_sent_is_cut_off_for_importers_too(
    settings, coordinator_client
):
    settings.UPLOAD_MAX_BYTES = 2**20
    big = SimpleUploadedFile("a.zip", bytes(8 * 2**20))

    answer = coordinator_client.post(ADDRESS, {"photographs": [big]})

    assert answer.wsgi_request.FILES == {}
