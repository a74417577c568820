"""Small sources of phantoms, as a user would have them on disk."""

import csv
import io
import shutil
from pathlib import Path

import pytest
from celery import current_app
from PIL import Image as PillowImage

from forgery.imaging.phantom.render import make
from forgery.services import pools as pool_service
from forgery.services import sheets
from forgery.services.jobs import run_inline
from tests import factories

SIZE = 288  # pixels
LESIONS = ("normal", "glaucoma", "diabetic-retinopathy", "macular-degeneration")


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight photographs of phantom patients, two a lesion: p0.jpg to p7.jpg."""
    folder = tmp_path_factory.mktemp("phantoms")
    for number in range(8):
        image = make(LESIONS[number % 4], 100 + number, size=SIZE).image
        PillowImage.fromarray(image).save(folder / f"p{number}.jpg", quality=92)
    return folder


@pytest.fixture
def source(tmp_path: Path, phantoms: Path) -> Path:
    """A manifest source: eight images of eight patients, all right eyes."""
    folder = tmp_path / "source"
    shutil.copytree(phantoms, folder / "images")
    rows = [[f"p{n}.jpg", LESIONS[n % 4], f"patient-{n}", "right"] for n in range(8)]
    write_manifest(folder, rows)
    return folder


def write_manifest(folder: Path, rows: list[list[str]]) -> None:
    """Write labels.csv anew."""
    with (folder / "labels.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["file", "lesion", "patient_id", "eye"])
        writer.writerows(rows)


@pytest.fixture
def import_into(db, monkeypatch):
    """Import a source into a pool, as the command does, but draw no histograms."""

    def run(source: Path | None, pool="made", layout="manifest", **options):
        arguments = pool_service.arguments(
            source=None if source is None else str(source),
            pool=pool,
            layout=layout,
            **options,
        )
        with monkeypatch.context() as patch:
            patch.setattr(sheets, "thresholds", lambda _pool: "")
            return run_inline(
                kind="forgery.import_pool",
                arguments=arguments,
                work=pool_service.import_work,
                stream=io.StringIO(),
            )

    return run


@pytest.fixture
def write_rows():
    """Write a manifest's rows."""
    return write_manifest


@pytest.fixture
def sent(monkeypatch):
    """Messages that would have gone to the broker."""
    messages = []
    monkeypatch.setattr(
        current_app,
        "send_task",
        lambda kind, kwargs: messages.append((kind, kwargs)),
    )
    return messages


@pytest.fixture
def made():
    """A pool with eight images of glaucoma, their manipulator and manipulations."""
    return factories.tiny_pool(("glaucoma",))


@pytest.fixture
def manipulator(made):
    """The manipulator of that pool."""
    return made.manipulators["glaucoma"]


@pytest.fixture
def quiet(monkeypatch):
    """Messages go nowhere, histograms are not drawn: tests run jobs themselves."""
    monkeypatch.setattr(current_app, "send_task", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(sheets, "thresholds", lambda _pool: "")


@pytest.fixture
def photographs(shared: Path) -> list[Path]:
    """Real photographs of sixteen patients, glaucoma and without."""
    table = shared / "data" / "hygd" / "labels.csv"
    rows = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8")))
    first = {row["patient_id"]: row["file"] for row in rows}
    files = [table.parent / "images" / name for name in first.values()]
    return files[:16]
