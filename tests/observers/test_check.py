"""The detector's check of images: scores, heat maps, words, a PDF; and for whom."""

import io

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from forgery.middleware import SMALL_BODY
from forgery.models import Job
from observers import tasks
from observers.reports.check_words import sentence
from tests import factories

pytestmark = pytest.mark.usefixtures("quiet_broker")


@pytest.fixture
def analyst(make_user):
    user = make_user("an-analyst")
    factories.give_role(factories.StudyFactory(), user, "analyst")
    return user


def send(client):
    photographs = [
        SimpleUploadedFile("eye-1.png", factories.disc_file(1)),
        SimpleUploadedFile("eye-2.png", factories.disc_file(2)),
        SimpleUploadedFile("broken.png", b"no image"),
    ]
    detector = factories.DetectorModelFactory(name="checker").name
    return client.post(
        reverse("observers:check"), {"photographs": photographs, "detector": detector}
    )


def test_images_are_scored_drawn_and_printed(analyst, client_of):
    client = client_of(analyst)
    sent = send(client)
    job = Job.objects.get(kind="observers.check_images")
    waiting = client.get(sent["Location"]).content.decode()
    told = client.get(sent["Location"], headers={"accept": "application/json"}).json()

    tasks.check_images(job_id=job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.message
    page = client.get(sent["Location"]).content.decode()
    assert "The detector looks at the images" in waiting
    assert told["is_over"] is False
    assert "arguments" not in told
    assert page.count("Where half of all images are manipulated") == 2
    assert page.count("Not scored") == 1
    rows = {row["file"]: row for row in job.result["images"]}
    assert 0 < rows["eye-1.png"]["probability"] < 1

    def part(name):
        return client.get(reverse("observers:check-part", args=[job.pk, name]))

    number = rows["eye-1.png"]["number"]
    assert part(f"heat-{number}.png").content.startswith(b"\x89PNG")
    assert part("scores.csv").content.decode().count("\n") == 4
    text = pypdf.PdfReader(io.BytesIO(part("check.pdf").content)).pages[0]
    assert "eye-2.png" in text.extract_text()
    assert part("db.sqlite3").status_code == 404


def test_a_reader_of_a_running_study_gets_no_opinion(analyst, client_of):
    client = client_of(analyst)
    send(client)
    job = Job.objects.get(kind="observers.check_images")

    factories.enrol(factories.StudyFactory(), analyst)

    assert client.get(reverse("observers:check")).status_code == 403
    assert client.post(reverse("observers:check")).status_code == 403
    place = reverse("observers:check-result", args=[job.pk])
    assert client.get(place).status_code == 403


def test_a_check_is_its_owners_alone(analyst, client_of, coordinator_client):
    send(client_of(analyst))
    job = Job.objects.get(kind="observers.check_images")

    place = reverse("observers:check-result", args=[job.pk])
    assert coordinator_client.get(place).status_code == 404


@pytest.mark.parametrize(
    ("p", "call", "words"), [(0.91, 1, "0.910: called m"), (0.0, 0, "0.001: called o")]
)
def test_the_sentence_never_claims_certainty(p, call, words):
    row = {"problem": "", "probability": p, "manipulated": call}

    assert words in sentence(row)


def test_a_script_sends_images_and_follows_the_links_to_their_heat_maps(analyst):
    factories.DetectorModelFactory(name="checker")
    token = Token.objects.create(user=analyst)
    script = Client(headers={"authorization": f"Token {token.key}"})
    photographs = [
        SimpleUploadedFile("eye-1.png", factories.disc_file(1)),
        SimpleUploadedFile("broken.png", b"no image"),
    ]
    body = {"photographs": photographs, "detector": "checker"}

    started = script.post(reverse("api:checks"), body)
    job = started.json()["id"]
    tasks.check_images(job_id=job)
    told = script.get(reverse("api:check", args=[job])).json()

    assert started.status_code == 202
    assert (told["state"], told["detector"]) == ("done", "checker")
    rows = {row["file"]: row for row in told["images"]}
    eye, broken = rows["eye-1.png"], rows["broken.png"]
    assert eye["sentence"].startswith("Where half of all images are manipulated")
    assert 0 < eye["probability"] < 1
    assert (broken["score"], broken["heat_map"]) == (None, "")
    assert script.get(eye["heat_map"]).content.startswith(b"\x89PNG")
    assert script.get(told["scores"]).content.startswith(b"file,score")
    assert script.get(told["report"]).content.startswith(b"%PDF")
    assert "does not hold for other cameras" in " ".join(told["caveat"].split())
    assert script.get(reverse("api:checks")).json()["count"] == 1

    factories.enrol(factories.StudyFactory(), analyst)

    for address in (eye["heat_map"], told["scores"], reverse("api:checks")):
        assert script.get(address).status_code == 403, address
    assert script.post(reverse("api:checks"), body).status_code == 403


def test_an_unknown_detector_is_refused_before_anything_is_kept(analyst, client_of):
    body = {
        "photographs": [SimpleUploadedFile("eye.png", factories.disc_file(1))],
        "detector": "nobody",
    }

    answer = client_of(analyst).post(reverse("api:checks"), body)

    assert (answer.status_code, list(answer.json())) == (400, ["detector"])
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "There is no such detector."), ("ko", "그런 검출기가 없습니다.")],
)
def test_a_script_reads_what_is_wrong_in_its_language(
    analyst, client_of, language, told
):
    answer = client_of(analyst).post(
        reverse("api:checks"),
        {
            "photographs": [SimpleUploadedFile("eye.png", factories.disc_file(1))],
            "detector": "nobody",
        },
        headers={"accept-language": language},
    )

    assert answer.json() == {"detector": [told]}


@pytest.mark.parametrize("name", ["observers:check", "api:checks"])
def test_an_analyst_may_send_a_folder_larger_than_a_page(analyst, client_of, name):
    factories.DetectorModelFactory(name="checker")
    data = factories.disc_file(1) + bytes(SMALL_BODY)  # nothing reads past the end
    body = {
        "photographs": [SimpleUploadedFile("eye.png", data)],
        "detector": "checker",
    }

    answer = client_of(analyst).post(reverse(name), body)

    assert answer.status_code in {202, 302}
    assert Job.objects.filter(kind="observers.check_images").exists()
