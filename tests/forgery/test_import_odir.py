"""ODIR-5K as it is published: workbook, garbled table, real photographs."""

import csv
import io
import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook

from forgery.exceptions import NothingImported
from forgery.models import FundusImage, PatientCluster, Pool

pytestmark = pytest.mark.django_db


def read_rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


ODIR_HEADER = [
    "ID",
    "Left-Fundus",
    "Right-Fundus",
    "Left-Diagnostic Keywords",
    "Right-Diagnostic Keywords",
]
ODIR_ROWS = [
    [1, "1_left.jpg", "1_right.jpg", "normal fundus", "glaucoma"],
    [2, "2_left.jpg", "2_right.jpg", "cataract", "glaucoma\uff0claser spot"],
    [3, "3_left.jpg", "3_right.jpg", "glaucoma", "glaucoma\uff0csuspected glaucoma"],
    [
        4,
        "4_left.jpg",
        "4_right.jpg",
        "normal fundus",
        "glaucoma\uff0cmoderate non proliferative retinopathy",
    ],
]
FATES = {
    "1_left.jpg": ("normal", "left-eye", True),
    "1_right.jpg": ("glaucoma", "", True),
    "2_left.jpg": ("", "left-eye", False),
    "2_right.jpg": ("glaucoma", "other-finding", True),
    "3_left.jpg": ("glaucoma", "left-eye", True),
    "3_right.jpg": ("glaucoma", "suspected-lesion", False),
    "4_left.jpg": ("normal", "left-eye", True),
    "4_right.jpg": ("glaucoma", "several-lesions", True),
}


@pytest.fixture
def odir(tmp_path: Path, phantoms: Path) -> Path:
    """ODIR's images, still without a table."""
    folder = tmp_path / "odir"
    (folder / "images").mkdir(parents=True)
    for number, file in enumerate(FATES):
        shutil.copy(phantoms / f"p{number}.jpg", folder / "images" / file)
    return folder


def fates() -> dict[str, tuple[str, str, bool]]:
    rows = FundusImage.objects.all()
    return {r.source_file: (r.lesion, r.excluded_because, r.is_trainable) for r in rows}


def test_original_workbook_of_odir(odir, import_into):
    book = Workbook()
    for row in [ODIR_HEADER, *ODIR_ROWS]:
        book.active.append(row)
    book.save(odir / "ODIR-5K_Training_Annotations(Updated)_V2.xlsx")

    import_into(odir, layout="odir")

    assert fates() == FATES
    assert PatientCluster.objects.count() == 4


def test_kaggle_table_of_odir_with_garbled_separator(odir, import_into):
    with (odir / "full_df.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([*ODIR_HEADER, "filename"])
        for row in ODIR_ROWS:
            cells = [str(cell).replace("\uff0c", "?") for cell in row]
            writer.writerows([[*cells, row[1]], [*cells, row[2]]])

    import_into(odir, layout="odir")

    assert fates() == FATES


def test_real_odir_subset(shared, tmp_path, import_into):
    rows = read_rows(shared / "data/odir/full_df.csv")
    subset = tmp_path / "real"
    (subset / "images").mkdir(parents=True)
    place = rows[0].index("filename")
    chosen = [row for row in rows[1:] if row[0] in {"5", "8", "48", "53", "55", "102"}]
    for row in chosen:
        (subset / "images" / row[place]).symlink_to(
            shared / "data/odir/images" / row[place]
        )
    with (subset / "full_df.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows([rows[0], *chosen])

    with pytest.raises(NothingImported):  # every link points out of the folder
        import_into(subset, pool="real", layout="odir")
    for row in chosen:
        (subset / "images" / row[place]).unlink()
        shutil.copy(shared / "data/odir/images" / row[place], subset / "images")
    import_into(subset, pool="real", layout="odir")

    pool = Pool.objects.get()
    assert pool.images.count() == len(chosen) >= 8
    assert not pool.problems.exists()
    assert PatientCluster.objects.count() == 6
    moderate = pool.images.get(source_file="5_right.jpg")
    assert moderate.lesion == "diabetic-retinopathy"
    assert moderate.eye == "right"
