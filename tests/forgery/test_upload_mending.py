"""Ten bad rows of an upload, mended on the page or in a spreadsheet."""

import csv
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from forgery.models import FundusImage, ImportProblem, Job, Pool, Upload
from forgery.selectors.problems import EYES, choices_for
from forgery.services import uploads
from tests.forgery.uploading import run, sent, table_of, zipped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]
GOOD = 6


@pytest.fixture
def ten_bad_rows(photographs, coordinator_client) -> Pool:
    """Six good rows, and ten that each have another fault or another value."""
    data = {path.name: path.read_bytes() for path in photographs}
    names = list(data)
    rows = [[name, "glaucoma", f"p{n}", "right"] for n, name in enumerate(names[:GOOD])]
    cut, text, empty = names[6:9]
    data[cut] = data[cut][: len(data[cut]) // 2]
    data[text] = b"I am no photograph"
    data[empty] = b""
    rows += [
        [cut, "normal", "p6", ""],  # row 8
        [text, "normal", "p7", ""],
        [empty, "normal", "p8", ""],
        ["gone.jpg", "normal", "p9", ""],
        [names[0], "glaucoma", "p0", "right"],
        ["../../etc/passwd", "normal", "p10", ""],
        [names[9], "AMD", "p11", ""],
        [names[10], "AMD", "p12", ""],
        [names[11], "normal", "p13", "third"],
        ["", "normal", "p14", ""],  # row 17
    ]
    held = {"study/" + name: content for name, content in data.items()}
    job = sent(coordinator_client, zipped(held | {"study/labels.csv": table_of(rows)}))
    assert len(job.result["problems"]) == 10
    return Pool.objects.get(name="clinic")


def test_ten_bad_rows_are_named_and_the_good_ones_are_in(ten_bad_rows):
    pool = ten_bad_rows

    kinds = dict(pool.problems.values_list("row", "kind"))

    assert pool.images.count() == GOOD
    assert (pool.source, pool.licence) == ("Clinic of eyes, 2024", "CC BY 4.0")
    assert kinds == {
        8: "unreadable",
        9: "unreadable",
        10: "unreadable",
        11: "file-missing",
        12: "repeated",
        13: "outside",
        14: "unknown-label",
        15: "unknown-label",
        16: "unknown-eye",
        17: "no-file",
    }


def test_the_table_says_field_fault_and_advice_and_comes_as_csv(
    ten_bad_rows, coordinator_client
):
    html = coordinator_client.get(reverse("forgery:problems", args=["clinic"])).text
    sheet = coordinator_client.get(reverse("forgery:problems-csv", args=["clinic"]))

    assert "“AMD” is not the name of a lesion." in html
    assert "Choose right, left, or unknown." in html
    rows = list(csv.DictReader(io.StringIO(sheet.text.removeprefix("\ufeff"))))
    assert len(rows) == 10
    assert rows[3]["file"] == "gone.jpg"
    assert rows[3]["field"] == "file"
    assert rows[3]["what is wrong"] == "There is no file of this name."
    assert rows[3]["what to do"]


def test_mended_rows_alone_are_imported_and_the_rest_stays(
    ten_bad_rows, coordinator_client, photographs
):
    pool = ten_bad_rows
    before = list(pool.images.order_by("pk").values())
    problem = {p.row: p for p in pool.problems.all()}
    whole = photographs[6]

    coordinator_client.post(
        reverse("forgery:problems", args=["clinic"]),
        {
            "label-0": "macular-degeneration",  # rows 14 and 15 at once
            f"eye-{problem[16].pk}": "right",
            f"file-{problem[17].pk}": photographs[12].name,  # sent with the archive
            f"file-{problem[11].pk}": "still-gone.jpg",
            "photographs": [
                SimpleUploadedFile(whole.name, whole.read_bytes())
            ],  # row 8
        },
    )
    job = run(Job.objects.latest("pk"))

    assert {row["row"] for row in job.arguments["rows"]} == {8, 11, 14, 15, 16, 17}
    assert job.result["new"] == 5
    assert list(pool.images.order_by("pk").values())[:GOOD] == before
    assert pool.images.filter(lesion="macular-degeneration").count() == 2
    left = dict(pool.problems.values_list("row", "file"))
    assert set(left) == {9, 10, 11, 12, 13}
    assert left[11] == "still-gone.jpg"


def test_the_table_mended_in_a_spreadsheet_is_taken_back(
    ten_bad_rows, coordinator_client
):
    sheet = coordinator_client.get(reverse("forgery:problems-csv", args=["clinic"]))
    rows = list(csv.DictReader(io.StringIO(sheet.text.removeprefix("\ufeff"))))
    for row in rows:
        row["lesion"] = row["lesion"].replace("AMD", "macular-degeneration")
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)

    coordinator_client.post(
        reverse("forgery:problems", args=["clinic"]),
        {"table": SimpleUploadedFile("mended.csv", text.getvalue().encode())},
    )
    job = run(Job.objects.latest("pk"))

    assert (len(job.arguments["rows"]), job.result["new"]) == (2, 2)
    assert ten_bad_rows.problems.count() == 8


def test_nothing_mended_is_said_and_a_row_can_be_left_out(
    ten_bad_rows, coordinator_client
):
    address = reverse("forgery:problems", args=["clinic"])

    answer = coordinator_client.post(address, {})

    assert answer.status_code == 400
    assert "No row was changed yet" in answer.text
    problem = ten_bad_rows.problems.first()
    page = coordinator_client.post(address, {"leave-out": problem.pk}, follow=True)
    assert ten_bad_rows.problems.count() == 9
    assert "The ticked rows are out." in page.text
    assert "queued" not in page.text


def test_ticked_rows_go_and_what_was_written_beside_is_imported(
    ten_bad_rows, coordinator_client, photographs
):
    problem = {p.row: p for p in ten_bad_rows.problems.all()}
    bare = SimpleUploadedFile("whole.jpg", photographs[6].read_bytes())

    coordinator_client.post(
        reverse("forgery:problems", args=["clinic"]),
        {
            "leave-out": [problem[9].pk, problem[10].pk],
            f"file-{problem[11].pk}": "photos/whole.jpg",  # sent without its folder
            f"eye-{problem[16].pk}": "left",
            "photographs": [bare],
        },
    )
    job = run(Job.objects.latest("pk"))

    assert job.result["new"] == 2
    left = ten_bad_rows.problems.values_list("row", flat=True)
    assert sorted(left) == [8, 12, 13, 14, 15, 17]


def test_a_row_without_a_lesion_offers_what_may_be_chosen(
    photographs, coordinator_client
):
    photo = SimpleUploadedFile("a.jpg", photographs[0].read_bytes())
    rows = table_of([["a.jpg", "", "p1", "right"]])
    sent(coordinator_client, photo, table=SimpleUploadedFile("t.csv", rows))
    page = reverse("forgery:problems", args=["clinic"])

    html = coordinator_client.get(page).text

    assert "The row names no lesion." in html
    assert '<option value="" selected>\u2013</option>' in html
    problem = ImportProblem.objects.get()
    coordinator_client.post(page, {f"lesion-{problem.pk}": "normal"})
    run(Job.objects.latest("pk"))
    assert FundusImage.objects.get().lesion == "normal"


def test_an_import_of_bad_rows_alone_can_be_mended_too(photographs, coordinator_client):
    files = [SimpleUploadedFile(p.name, p.read_bytes()) for p in photographs[:2]]
    rows = [[path.name, "GON", path.stem, ""] for path in photographs[:2]]
    table = SimpleUploadedFile("anything.csv", table_of(rows))

    sent(coordinator_client, *files, table=table)
    page = reverse("forgery:problems", args=["clinic"])
    coordinator_client.post(page, {"label-0": "glaucoma"})
    run(Job.objects.latest("pk"))

    assert FundusImage.objects.filter(lesion="glaucoma").count() == 2
    assert not ImportProblem.objects.exists()


def test_files_go_once_no_row_needs_them(ten_bad_rows):
    upload = Upload.objects.get()
    Upload.objects.update(created_at=timezone.now() - uploads.SETTLING * 2)
    assert uploads.tidy() == 0

    ten_bad_rows.problems.all().delete()

    assert uploads.tidy() == 1
    upload.refresh_from_db()
    assert upload.removed_at is not None
    assert not default_storage.exists(upload.archive)


@pytest.mark.parametrize(("cell", "side"), [("L", "left"), ("od", "right")])
def test_an_eye_written_short_is_shown_as_the_eye_it_means(cell, side):
    found = choices_for(cell, EYES)

    assert len(found) == len(EYES)
    assert [text for key, text in found if key == cell] == [side]
