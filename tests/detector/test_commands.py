"""Commands: train_detector, score_pool, score_images."""

import csv
import io
import os
import subprocess
import sys

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from detector.management.commands import score_images
from detector.models import DetectorModel, DetectorScore
from forgery.imaging import fundus
from forgery.models import Job
from tests import factories

COLUMNS = ["file", "score", "probability", "manipulated"]


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def rows_of(path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


# --- train_detector -------------------------------------------------------------------
@pytest.mark.django_db
def test_training_says_its_figures_and_the_same_command_again_is_quick(tiny_presets):
    pool = factories.training_pool(n=1)
    what = ("--recipe", "paper-sparse-cnn", "--preset", "quick")

    told, _ = run("train_detector", "--pool", pool.name, *what)
    again, _ = run("train_detector", pool.name, *what)

    detector = DetectorModel.objects.get()
    assert detector.name == f"{pool.name}-detector"
    auc = detector.metrics["validation_auc"]
    assert told.startswith(f"detector {detector.name}: validation AUC {auc:.3f}, ")
    assert again.startswith(f"detector {detector.name} (trained already): ")


@pytest.mark.django_db
def test_training_refuses_a_cluster_by_name_and_makes_no_job():
    pool = factories.training_pool()
    wrong = factories.clusters_with(pool, "opt")[0].name

    with pytest.raises(CommandError, match=f"Cluster {wrong} is reserved for opt"):
        run("train_detector", "--pool", pool.name, "--cluster", wrong)
    with pytest.raises(CommandError, match="No pool 'nowhere'"):
        run("train_detector", "--pool", "nowhere")
    with pytest.raises(CommandError, match="pool --pool is required"):
        run("train_detector")
    assert not Job.objects.exists()


# --- score_pool -----------------------------------------------------------------------
@pytest.mark.django_db
def test_a_pool_is_scored_to_a_table(tmp_path):
    pool = factories.training_pool()
    factories.DetectorModelFactory(pool=pool, name="scorer")
    image = factories.clusters_with(pool, "opt")[0].images.get()
    factories.manipulate(image, pool.manipulators.get())
    out = tmp_path / "deep" / "scores.csv"

    told, _ = run("score_pool", pool.name, "--detector", "scorer", "--out", str(out))

    assert told == (
        f"detector scorer: 4 originals and 1 manipulated images of pool {pool.name} "
        "scored\n"
    )
    rows = rows_of(out)
    assert [row["truth"] for row in rows] == ["0", "0", "0", "0", "1"]
    assert rows[-1]["cluster"] == image.cluster.name
    stored = {repr(one.score) for one in DetectorScore.objects.all()}
    assert {row["score"] for row in rows} == stored
    assert {row["role"] for row in rows} == {"opt", "test"}


@pytest.mark.django_db
def test_scoring_refuses_by_name_and_leaves_no_job(tmp_path):
    pool = factories.training_pool()
    detector = factories.DetectorModelFactory(pool=pool, name="scorer")
    seen = factories.clusters_with(pool, "detector-train")[0]
    detector.clusters.add(seen)
    out = tmp_path / "scores.csv"

    with pytest.raises(CommandError, match=f"{seen.name}, which has the role det"):
        run("score_pool", pool.name, "--cluster", seen.name, "--out", str(out))
    with pytest.raises(CommandError, match="No detector is called 'other'"):
        run("score_pool", pool.name, "--detector", "other")
    assert not out.exists()
    assert not Job.objects.exists()


# --- score_images ---------------------------------------------------------------------
@pytest.fixture
def folder(tmp_path):
    """Two images in nested folders, a text called jpg, a truncated image."""
    photographs = tmp_path / "photographs"
    (photographs / "deep").mkdir(parents=True)
    good = fundus.encode_png(factories.disc(1))
    (photographs / "a.png").write_bytes(good)
    (photographs / "deep" / "b.PNG").write_bytes(fundus.encode_png(factories.disc(2)))
    (photographs / "deep" / "text.jpg").write_text("not an image")
    (photographs / "half.png").write_bytes(good[: len(good) // 2])
    (photographs / "readme.txt").write_text("not looked at")
    return photographs


@pytest.fixture
def bundle(tmp_path):
    path = tmp_path / "bundle.safetensors"
    path.write_bytes(factories.detector_bundle())
    return path


def test_a_folder_is_scored_without_a_database(folder, bundle, tmp_path):
    # no django_db mark: pytest-django refuses any query
    out, maps = tmp_path / "out" / "scores.csv", tmp_path / "maps"

    told, named = run(
        *("score_images", str(folder), "--out", str(out)),
        *("--detector", str(bundle), "--heatmaps", str(maps)),
    )

    rows = rows_of(out)
    assert list(rows[0]) == COLUMNS
    assert [row["file"] for row in rows] == [
        "a.png",
        "deep/b.PNG",
        "deep/text.jpg",
        "half.png",
    ]
    for row in rows[:2]:
        score, probability = float(row["score"]), float(row["probability"])
        assert 0 < probability < 1
        assert (
            row["manipulated"] == str(int(score >= 0)) == str(int(probability >= 0.5))
        )
    assert [row["score"] for row in rows[2:]] == ["", ""]
    assert "deep/text.jpg: " in named
    assert "half.png: " in named
    assert "2 images scored, 2 could not be read" in told
    assert sorted(path.name for path in maps.iterdir()) == [
        "a.png.heat.png",
        "deep__b.PNG.heat.png",
    ]
    drawn = fundus.read(maps / "a.png.heat.png")
    assert drawn.shape == (256, 256, 3)


def in_a_bare_place(tmp_path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command where the database can't be reached."""
    nowhere = "postgres://nobody:nothing@127.0.0.1:1/nowhere"
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": nowhere,
            "FUNDUS_VAR": str(tmp_path / "var"),
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_bundle_scores_with_the_database_out_of_reach(
    folder, bundle, tmp_path, root, monkeypatch
):
    monkeypatch.chdir(root)
    out = tmp_path / "scores.csv"

    done = in_a_bare_place(
        tmp_path,
        *("score_images", str(folder), "--out", str(out), "--detector", str(bundle)),
    )

    assert done.returncode == 0, done.stderr
    assert len(rows_of(out)) == 4


def test_without_a_detector_the_shipped_one_scores(folder, tmp_path, root, monkeypatch):
    monkeypatch.chdir(root)
    out = tmp_path / "scores.csv"

    done = in_a_bare_place(tmp_path, "score_images", str(folder), "--out", str(out))

    assert done.returncode == 0, done.stderr
    assert len(rows_of(out)) == 4


@pytest.mark.django_db
def test_a_trained_detector_is_found_by_name_or_is_the_newest(folder, tmp_path):
    factories.DetectorModelFactory(name="stored")
    by_name, newest = tmp_path / "name.csv", tmp_path / "newest.csv"

    run("score_images", str(folder), "--out", str(by_name), "--detector", "stored")
    run("score_images", str(folder), "--out", str(newest))

    assert rows_of(by_name) == rows_of(newest)
    with pytest.raises(CommandError, match="No detector is called 'other'; there are"):
        run("score_images", str(folder), "--out", str(newest), "--detector", "other")


@pytest.mark.django_db
def test_with_an_empty_database_an_unknown_name_is_refused(folder, tmp_path):
    with pytest.raises(CommandError, match="No detector has been trained here: train"):
        run(
            *("score_images", str(folder), "--out", str(tmp_path / "scores.csv")),
            *("--detector", "other"),
        )


def test_what_cannot_be_scored_is_named(tmp_path, bundle, folder):
    out = str(tmp_path / "scores.csv")
    empty = tmp_path / "empty"
    empty.mkdir()
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "x.jpg").write_text("no image")
    known = ("--detector", str(bundle))

    with pytest.raises(CommandError, match="missing is not a folder"):
        run("score_images", str(tmp_path / "missing"), "--out", out, *known)
    with pytest.raises(CommandError, match="empty holds no image"):
        run("score_images", str(empty), "--out", out, *known)
    with pytest.raises(CommandError, match=r"no image of .*bad could be read"):
        run("score_images", str(bad), "--out", out, *known)
    wrong = str(folder / "a.png")
    with pytest.raises(CommandError, match="not a bundle of this program"):
        run("score_images", str(folder), "--out", out, "--detector", wrong)


def test_what_cannot_be_written_is_refused_before_the_work(folder, tmp_path):
    with pytest.raises(CommandError, match="is a folder; give the name of a CSV"):
        run("score_images", str(folder), "--out", str(tmp_path))
    with pytest.raises(CommandError, match="cannot be written to: "):
        run("score_images", str(folder), "--out", str(folder / "a.png" / "scores.csv"))


def test_a_score_that_means_little_is_named(bundle, tmp_path):
    photographs = tmp_path / "p"
    photographs.mkdir()
    small = factories.disc(1, side=96)
    (photographs / "small.png").write_bytes(fundus.encode_png(small))
    lit = np.full((300, 300, 3), 200, np.uint8)
    (photographs / "wall.png").write_bytes(fundus.encode_png(lit))
    (photographs / "good.png").write_bytes(fundus.encode_png(factories.disc(1, 256)))

    _, named = run(
        *("score_images", str(photographs), "--out", str(tmp_path / "s.csv")),
        *("--detector", str(bundle)),
    )

    assert "small.png: smaller than 128 pixels" in named
    assert "wall.png: no retina on a dark ground found" in named
    assert "good.png" not in named


def test_masks_beside_forgeries_are_named_not_scored(bundle, tmp_path):
    photographs = tmp_path / "p"
    (photographs / "masks").mkdir(parents=True)
    seen = factories.disc(1, 256)
    (photographs / "good.png").write_bytes(fundus.encode_png(seen))
    mask = np.where(fundus.field_of_view(seen)[..., None], 255, 0)
    mask = np.repeat(mask, 3, axis=2).astype(np.uint8)
    (photographs / "masks" / "good.png").write_bytes(fundus.encode_png(mask))

    _, named = run(
        *("score_images", str(photographs), "--out", str(tmp_path / "s.csv")),
        *("--detector", str(bundle)),
    )

    rows = rows_of(tmp_path / "s.csv")
    assert [(row["file"], bool(row["score"])) for row in rows] == [
        ("good.png", True),
        ("masks/good.png", False),
    ]
    assert "masks/good.png: only black and white: a mask, not a photograph" in named


def test_a_bundle_of_another_kind_is_refused(folder, tmp_path):
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_bytes(factories.manipulator_bundle())

    with pytest.raises(CommandError, match="is the bundle of no detector"):
        run(
            *("score_images", str(folder), "--out", str(tmp_path / "scores.csv")),
            *("--detector", str(wrong)),
        )


def test_real_photographs_are_scored_one_row_a_file(shared, bundle, tmp_path):
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for source in ("odir", "idrid", "hygd"):
        found = sorted((shared / "data" / source).rglob("*.jpg"))[:3]
        (photographs / source).mkdir()
        for path in found:
            (photographs / source / path.name).write_bytes(path.read_bytes())
    out = tmp_path / "scores.csv"

    run("score_images", str(photographs), "--out", str(out), "--detector", str(bundle))

    rows = rows_of(out)
    assert len(rows) == 9
    assert {row["file"].split("/")[0] for row in rows} == {"odir", "idrid", "hygd"}
    assert all(0 <= float(row["probability"]) <= 1 for row in rows)
    assert len({row["score"] for row in rows}) == 9


def test_the_columns_are_those_of_the_issue():
    assert list(score_images.COLUMNS) == COLUMNS
