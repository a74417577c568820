"""Importing: bad rows and files are named, the rest comes in, twice does no harm."""

import csv
import io
import shutil
import struct
import zlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image as PillowImage
from PIL import ImageFilter

from forgery.exceptions import NothingImported, WrongInput
from forgery.models import FundusImage, ImportProblem, PatientCluster, Pool, Reservation
from forgery.services import rendering, sheets

pytestmark = pytest.mark.django_db
FILES = [f"p{n}.jpg" for n in range(8)]


def huge_png(path: Path) -> None:
    """Write a true 20,000 x 20,000 PNG of one bit a pixel; it is small on disk."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    side = 20_000
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(1)
    row = bytes(1 + side // 8)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def read_rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def add_bad_files(source: Path) -> None:
    images = source / "images"
    whole = (images / "p0.jpg").read_bytes()
    (images / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (images / "text.jpg").write_text("I am no photograph")
    (images / "empty.jpg").write_bytes(b"")
    huge_png(images / "huge.png")
    (source.parent / "outside.jpg").write_bytes(whole)
    (images / "link.jpg").symlink_to(source.parent / "outside.jpg")
    with (source / "labels.csv").open("a", newline="") as handle:
        csv.writer(handle).writerows(
            [
                ["cut.jpg", "normal", "x1", "right"],  # row 10
                ["text.jpg", "normal", "x2", "right"],
                ["empty.jpg", "normal", "x3", "right"],
                ["huge.png", "normal", "x4", "right"],
                ["gone.jpg", "normal", "x5", "right"],
                ["p1.jpg", "glaucoma", "patient-1", "right"],
                ["p1.jpg", "cataract", "patient-1", "right"],
                ["../../outside.jpg", "normal", "x6", "right"],
                ["link.jpg", "normal", "x7", "right"],
                ["p2.jpg", "normal", "x8", "third"],
                ["", "normal", "x9", "right"],
            ]
        )


REASONS = {
    (10, "cut.jpg"): "does not decode to its end",
    (11, "text.jpg"): "not a JPEG",
    (12, "empty.jpg"): "is empty",
    (13, "huge.png"): "20000 x 20000 pixels",
    (14, "gone.jpg"): "file not found",
    (15, "p1.jpg"): "row 3 already",
    (16, "p1.jpg"): "unknown label 'cataract'",
    (17, "../../outside.jpg"): "outside the source folder",
    (18, "link.jpg"): "outside the source folder",
    (19, "p2.jpg"): "unknown eye",
    (20, ""): "file column is empty",
}


def test_bad_rows_and_files_are_named_and_the_rest_is_imported(source, import_into):
    add_bad_files(source)

    job = import_into(source)

    pool = Pool.objects.get(name="made")
    found = {(p.row, p.file): p.reason for p in pool.problems.all()}
    assert set(found) == set(REASONS)
    for key, part in REASONS.items():
        assert part in found[key]
    assert sorted(pool.images.values_list("source_file", flat=True)) == FILES
    assert job.result["new"] == 8
    assert len(job.result["problems"]) == len(REASONS)


def test_command_prints_problems_and_succeeds(source):
    add_bad_files(source)
    out = io.StringIO()

    call_command("import_pool", source, pool="made", layout="manifest", stdout=out)

    text = out.getvalue()
    assert "row 14, gone.jpg: file not found." in text
    assert "8 new, 8 in all" in text
    assert "Glaucoma: 2 / none / 67" in text


def test_importing_again_changes_nothing(source, import_into):
    add_bad_files(source)
    first = import_into(source)
    before = list(FundusImage.objects.order_by("pk").values())
    roles = list(Reservation.objects.order_by("pk").values())

    second = import_into(source)

    assert (second.result["new"], second.result["in_all"]) == (0, 8)
    assert second.result["data_hash"] == first.result["data_hash"]
    assert list(FundusImage.objects.order_by("pk").values()) == before
    assert list(Reservation.objects.order_by("pk").values()) == roles
    assert ImportProblem.objects.count() == len(REASONS)


def test_importing_more_adds_only_what_is_new(source, import_into, write_rows):
    rows = read_rows(source / "labels.csv")[1:]
    write_rows(source, rows[:5])
    import_into(source)
    roles = dict(Reservation.objects.values_list("cluster__name", "role"))

    write_rows(source, rows)
    job = import_into(source)

    assert (job.result["new"], job.result["in_all"]) == (3, 8)
    now = dict(Reservation.objects.values_list("cluster__name", "role"))
    assert {name: now[name] for name in roles} == roles


def test_changed_file_is_refused(source, import_into):
    import_into(source)
    shutil.copy(source / "images" / "p1.jpg", source / "images" / "p0.jpg")

    import_into(source)

    assert "has changed" in ImportProblem.objects.get(file="p0.jpg").reason


def test_stored_file_is_square_lossless_and_bare(source, import_into):
    image = PillowImage.open(source / "images" / "p0.jpg")
    exif = PillowImage.Exif()
    exif[0x010E] = "Patient Kim"
    image.save(source / "images" / "p0.jpg", exif=exif)

    import_into(source)

    stored = FundusImage.objects.get(source_file="p0.jpg")
    data = stored.file.read()
    stored.file.close()
    assert b"Kim" not in data
    assert data.startswith(b"\x89PNG")
    pixels = rendering.pixels(stored)
    assert pixels.shape[0] == pixels.shape[1]
    assert stored.content_hash in str(stored.file.name)
    assert stored.measures["sharpness"] > 0


def test_sheets_and_histograms_are_files_made_once(source, import_into):
    import_into(source)
    pool = Pool.objects.get()

    first = sheets.make_all(pool)
    again = sheets.make_all(pool)

    assert first == again
    assert len(first) == 5
    for path in first:
        with default_storage.open(path) as handle:
            assert handle.read(4) == b"\x89PNG"


def test_nothing_to_import_fails_and_leaves_no_pool(source, write_rows, import_into):
    write_rows(source, [["gone.jpg", "normal", "x", "right"]])

    with pytest.raises(NothingImported, match=r"gone\.jpg: file not found"):
        import_into(source)

    assert not Pool.objects.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"layout": "odir"}, "neither full_df.csv"),
        ({"column": ["file=picture"]}, "no column 'picture'"),
        ({"map": ["cataract=blind"]}, "No lesion 'blind'"),
        ({"map": ["cataract"]}, "wants NAME=VALUE"),
        ({"draw": ["normal=-1"]}, "0 or more"),
        ({"domain": "toes"}, "no domain 'toes'"),
        ({"source": "/nowhere/at/all"}, "There is no /nowhere/at/all"),
    ],
)
def test_bad_option_is_one_sentence(source, options, sentence):
    given = {"source": str(source), "pool": "made", "layout": "manifest"} | options
    place = given.pop("source")

    with pytest.raises(CommandError, match=sentence):
        call_command("import_pool", place, **given)


def test_another_layout_or_seed_for_the_same_pool_is_refused(source, import_into):
    import_into(source)

    with pytest.raises(WrongInput, match="layout manifest"):
        import_into(source, layout="folders")
    with pytest.raises(WrongInput, match="seed 1"):
        import_into(source, seed=2)


def test_labels_are_mapped_and_columns_named(source, import_into):
    text = (source / "labels.csv").read_text().replace("lesion", "grade")
    (source / "labels.csv").write_text(text.replace("normal", "nothing seen"))

    import_into(source, columns={"lesion": "grade"}, names={"Nothing Seen": "normal"})

    assert FundusImage.objects.filter(lesion="normal").count() == 2


def test_folder_per_lesion(tmp_path, phantoms, import_into):
    for folder, file in [
        ("Glaucoma", "p1.jpg"),
        ("AMD", "p3.jpg"),
        ("Warts", "p2.jpg"),
    ]:
        (tmp_path / "byfolder" / folder).mkdir(parents=True)
        shutil.copy(phantoms / file, tmp_path / "byfolder" / folder)
    (tmp_path / "byfolder" / "Glaucoma" / "notes.txt").write_text("hello")

    import_into(
        tmp_path / "byfolder",
        layout="folders",
        eyes="any",
        names={"AMD": "macular-degeneration"},
    )

    pool = Pool.objects.get()
    lesions = dict(pool.images.values_list("source_file", "lesion"))
    assert lesions == {
        "Glaucoma/p1.jpg": "glaucoma",
        "AMD/p3.jpg": "macular-degeneration",
    }
    assert {p.file for p in pool.problems.all()} == {"Warts", "Glaucoma/notes.txt"}
    assert all(c.is_split_by_image for c in PatientCluster.objects.all())


def test_draw_is_seeded_and_the_rest_may_train(source, import_into):
    import_into(source, draw={"normal": 1})

    normals = FundusImage.objects.filter(lesion="normal")
    assert sorted(normals.values_list("excluded_because", flat=True)) == [
        "",
        "not-drawn",
    ]
    assert all(normals.values_list("is_trainable", flat=True))
    drawn = normals.get(excluded_because="").source_file

    Reservation.objects.all().delete()
    Pool.objects.all().delete()
    PatientCluster.objects.all().delete()
    import_into(source, pool="again", draw={"normal": 1})

    assert (
        FundusImage.objects.get(lesion="normal", excluded_because="").source_file
        == drawn
    )


def test_blurred_image_is_left_out_with_its_reason(source, import_into):
    path = source / "images" / "p0.jpg"
    PillowImage.open(path).filter(ImageFilter.GaussianBlur(9)).save(path)

    import_into(source)

    blurred = FundusImage.objects.get(source_file="p0.jpg")
    assert blurred.excluded_because in {"blurred", "vessels-not-visible"}
    assert not blurred.is_trainable


def test_phantom_pool_is_marked_synthetic_and_repeats(import_into):
    import_into(None, pool="demo", layout="phantom", per_lesion=1, seed=7)

    pool = Pool.objects.get()
    assert pool.is_synthetic
    assert pool.source == "synthetic phantom"
    assert pool.images.count() == 4
    assert (
        import_into(None, pool="demo", layout="phantom", per_lesion=1).result["new"]
        == 0
    )


def test_import_below_a_linked_folder_is_refused(tmp_path, phantoms, import_into):
    outside = tmp_path / "private"
    shutil.copytree(phantoms, outside)
    inside = tmp_path / "inside"
    (inside / "Glaucoma").mkdir(parents=True)
    shutil.copy(phantoms / "p1.jpg", inside / "Glaucoma")
    (inside / "Normal").symlink_to(outside)

    import_into(inside, layout="folders", eyes="any")

    assert FundusImage.objects.count() == 1
    assert "linked folder" in ImportProblem.objects.get(file="Normal").reason
