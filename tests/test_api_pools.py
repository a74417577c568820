"""A pool by script alone: send, watch, mend, set aside, judge; from IMPORT_ROOT too."""

import csv
import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token
from rest_framework.throttling import ScopedRateThrottle

from forgery.models import Job, Pool
from forgery.services import jobs, pools, sheets
from tests import factories

pytestmark = pytest.mark.django_db
JSON = "application/json"
ROWS = [
    ["one.png", "glaucoma", "p1", "right"],
    ["two.png", "GON", "p2", "right"],
    ["three.png", "GON", "p3", "right"],
    ["gone.png", "glaucoma", "p4", "right"],
    ["broken.png", "glaucoma", "p5", "right"],
]


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Messages go nowhere, histograms are not drawn: tests run jobs themselves."""
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(sheets, "thresholds", lambda _pool: "")


@pytest.fixture
def script(coordinator):
    """A coordinator's token; no session, no page."""
    token = Token.objects.create(user=coordinator)
    return Client(headers={"authorization": f"Token {token.key}"})


def at(name, *arguments):
    return reverse(f"api:{name}", args=arguments)


def packed() -> SimpleUploadedFile:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for seed, name in enumerate(("one.png", "two.png", "three.png")):
            archive.writestr(name, factories.disc_file(seed))
        archive.writestr("broken.png", b"no photograph")
    return SimpleUploadedFile("eyes.zip", held.getvalue())


def table() -> SimpleUploadedFile:
    sheet = io.StringIO()
    csv.writer(sheet).writerows([["file", "lesion", "patient_id", "eye"], *ROWS])
    return SimpleUploadedFile("labels.csv", sheet.getvalue().encode())


def do(script: Client, job: dict) -> dict:
    """Do a job as a worker would, and ask what came of it."""
    jobs.run_job(job["id"], pools.import_work)
    state = script.get(at("job", job["id"])).json()
    assert state["state"] == "done", state["message"]
    return state


def upload(script: Client, **changes):
    body = {
        "photographs": [packed()],
        "table": table(),
        "pool": "clinic",
        "provenance": "Eye clinic, 2026",
        "licence": "research use",
        "opt": 1,
        "practice": 0,
    } | changes
    return script.post(at("upload"), body)


@pytest.fixture
def clinic(script) -> Pool:
    started = upload(script)
    assert started.status_code == 202, started.json()
    assert do(script, started.json())["result"]["new"] == 1
    return Pool.objects.get(name="clinic")


def test_what_was_sent_is_imported_and_what_was_not_is_told_by_row(clinic, script):
    shown = script.get(at("pool", "clinic")).json()
    rows = script.get(at("problems", "clinic")).json()["results"]

    assert (shown["source"], shown["licence"]) == ("Eye clinic, 2026", "research use")
    assert (shown["n_images"], shown["n_problems"]) == (1, 4)
    assert shown["table1"]["glaucoma"]["excluded"] == {"too-small": 1}
    assert {row["cells"]["file"]: row["kind"] for row in rows} == {
        "two.png": "unknown-label",
        "three.png": "unknown-label",
        "gone.png": "file-missing",
        "broken.png": "unreadable",
    }
    told = next(row for row in rows if row["cells"]["file"] == "gone.png")
    assert (told["field"], told["row"]) == ("file", 5)
    assert "no file of this name" in told["wrong"]
    assert told["advice"]


def test_labels_cells_and_files_mend_rows_and_no_others(clinic, script):
    address = at("problems", "clinic")
    missing = script.get(address, {"kind": "file-missing"}).json()["results"][0]
    broken = script.get(address, {"kind": "unreadable"}).json()["results"][0]

    labels = script.post(address, {"labels": {"GON": "glaucoma"}}, content_type=JSON)
    for job in labels.json()["jobs"]:
        assert do(script, job)["result"]["new"] == 2
    rows = [{"problem": missing["id"], "file": "late.png", "eye": "left"}]
    late = SimpleUploadedFile("late.png", factories.disc_file(9))
    files = script.post(address, {"rows": json.dumps(rows), "photographs": [late]})
    for job in files.json()["jobs"]:
        assert do(script, job)["result"]["new"] == 1
    gone = script.delete(at("leave-out", "clinic", broken["id"]))

    assert gone.status_code == 204
    assert script.get(address).json()["count"] == 0
    images = script.get(at("images", "clinic")).json()["results"]
    assert sorted(image["source_file"] for image in images) == [
        "late.png",
        "one.png",
        "three.png",
        "two.png",
    ]
    lefts = script.get(at("images", "clinic"), {"eye": "left"}).json()["results"]
    assert [image["source_file"] for image in lefts] == ["late.png"]


def test_nothing_mended_is_refused_and_starts_nothing(clinic, script):
    before = Job.objects.count()

    same = script.post(at("problems", "clinic"), {"rows": []}, content_type=JSON)
    wrong = script.post(
        at("problems", "clinic"), {"labels": {"GON": 3}}, content_type=JSON
    )

    assert (same.status_code, wrong.status_code) == (400, 400)
    assert "No row was changed" in same.json()["detail"]
    assert list(wrong.json()) == ["labels"]
    assert Job.objects.count() == before


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"photographs": []}, "photographs"),
        ({"licence": ""}, "licence"),
        ({"provenance": ""}, "provenance"),
        ({"pool": "Eye Clinic"}, "pool"),
        ({"names": "not json"}, "names"),
        ({"pool": "upload"}, "detail"),
        ({"photographs": [SimpleUploadedFile("a.exe", b"MZ")]}, "detail"),
    ],
)
def test_what_cannot_be_used_is_told_by_its_field(script, changes, fault):
    answer = upload(script, **changes)

    assert (answer.status_code, list(answer.json())) == (400, [fault])
    assert not Job.objects.exists()


def test_a_folder_below_the_root_is_imported_and_nothing_outside(
    script, settings, tmp_path
):
    root, outside = tmp_path / "root", tmp_path / "outside" / "glaucoma"
    for folder in (root / "eyes" / "glaucoma", outside):
        folder.mkdir(parents=True)
        (folder / "one.png").write_bytes(factories.disc_file(1))
    (root / "link").symlink_to(outside.parent)
    settings.IMPORT_ROOT = str(root)

    def start(folder):
        body = {"pool": "server", "layout": "folders", "folder": folder, "eyes": "any"}
        return script.post(at("pools"), body, content_type=JSON)

    listed = script.get(at("folders")).json()["folders"]
    refused = [start(folder) for folder in ("link", "../outside", str(outside), "")]
    started = start("eyes")

    assert listed == ["eyes", "eyes/glaucoma"]
    assert {one.status_code for one in refused} == {400}
    assert all("folder" in one.json() for one in refused)
    assert do(script, started.json())["result"]["new"] == 1


def test_bounds_move_until_something_rests_on_them(clinic, script):
    address = at("bounds", "clinic")
    measures = {row["measure"]: row for row in script.get(address).json()}

    moved = script.post(address, {"least_side": 10}, content_type=JSON)
    sides = {row["measure"]: row for row in script.get(address).json()}
    reserved = script.post(at("reservations", "clinic"), {"opt": 1}, content_type=JSON)
    factories.ManipulatorFactory(pool=clinic)
    fixed = script.post(address, {"least_side": 20}, content_type=JSON)

    assert (measures["side"]["n_out"], sides["side"]["n_out"]) == (1, 0)
    assert moved.status_code == 200
    assert set(reserved.json()["lesions"]) >= {"glaucoma"}
    assert fixed.status_code == 403
    assert "its selection is fixed" in fixed.json()["detail"]


def test_pictures_come_by_token_where_pages_do_not(clinic, script):
    image = clinic.images.get()

    picture = script.get(at("image", image.pk, "photograph"))
    page = script.get(reverse("forgery:thumbnail", args=[image.pk]))

    assert picture.content.startswith(b"\x89PNG")
    assert script.get(at("image", image.pk, "mask")).status_code == 404
    assert page.status_code == 302


def test_a_reader_of_an_open_study_imports_and_sees_nothing(
    clinic, script, coordinator
):
    factories.enrol(factories.StudyFactory(), coordinator)

    answers = [
        upload(script, pool="other"),
        script.get(at("pool", "clinic")),
        script.get(at("problems", "clinic")),
        script.get(at("image", clinic.images.get().pk, "photograph")),
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_reading_a_list_is_not_counted_as_starting_work(script, monkeypatch):
    rates = {"job": "2/hour", "progress": "100/min"}
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", rates)

    reads = [script.get(at("train-manipulator")).status_code for _ in range(5)]
    starts = [
        script.post(at("train-manipulator"), {}, content_type=JSON).status_code
        for _ in range(3)
    ]

    assert set(reads) == {200}
    assert starts == [400, 400, 429]
