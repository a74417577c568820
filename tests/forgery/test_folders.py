"""Manipulating a folder: no pool, no database, any photograph."""

import csv
import hashlib
import json

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image as PillowImage

from forgery.imaging import fundus
from forgery.imaging.phantom.render import make
from tests import factories

UNTRAINED = ("lesion-insert", "lesion-remove", "splice", "inpaint")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A folder as hospitals have them: shapes, formats, and files that are none."""
    folder = tmp_path_factory.mktemp("hospital")
    image = make("diabetic-retinopathy", 5, size=320).image
    other = make("normal", 6, size=400).image
    wide = np.zeros((320, 460, 3), np.uint8)
    wide[:, 70:390] = image
    PillowImage.fromarray(image).save(folder / "a.jpg", quality=95)
    PillowImage.fromarray(image[20:300]).save(folder / "clipped.tif")
    (folder / "ward").mkdir()
    PillowImage.fromarray(wide).save(folder / "ward" / "wide.bmp")
    PillowImage.fromarray(other).save(folder / "a.png")
    (folder / "note.jpg").write_text("no photograph")
    PillowImage.fromarray(np.zeros((90, 90, 3), np.uint8)).save(folder / "dark.png")
    return folder


def run(folder, out, recipe, **options):
    call_command("manipulate", **{"in": folder, "out": out, "recipe": recipe} | options)
    with (out / "manifest.csv").open(newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("recipe", UNTRAINED)
def test_every_photograph_is_forged_and_matched(recipe, photographs, tmp_path, capsys):
    rows = run(photographs, tmp_path / "o", recipe, matched=tmp_path / "m")

    done = [row for row in rows if not row["problem"]]
    assert [row["file"] for row in done] == [
        "a.jpg",
        "a.png",
        "clipped.tif",
        "ward/wide.bmp",
    ]
    assert len({row["output"] for row in done}) == 4
    for row in done:
        forged = fundus.read(tmp_path / "o" / row["output"])
        original = fundus.read(tmp_path / "m" / row["matched"])
        mask = cv2.imdecode(
            np.fromfile(tmp_path / "o" / row["mask"], np.uint8), cv2.IMREAD_GRAYSCALE
        )
        wide = cv2.dilate(mask, np.ones((9, 9), np.uint8)) > 0
        assert forged.shape == original.shape == (256, 256, 3)
        assert (forged != original).any()
        assert np.array_equal(forged[~wide], original[~wide])
        assert json.loads(row["parameters"])["area"] > 0
    said = capsys.readouterr()
    assert "note.jpg: is not a JPEG" in said.err
    assert "dark.png: the photograph is dark" in said.err
    assert "4 photographs manipulated, 2 skipped" in said.out


def test_same_seed_same_files(photographs, tmp_path):
    for name in "ab":
        run(photographs, tmp_path / name, "inpaint", seed=3, launder="random")

    for path in sorted((tmp_path / "a").rglob("*.png")):
        twin = tmp_path / "b" / path.relative_to(tmp_path / "a")
        assert path.read_bytes() == twin.read_bytes()


def test_both_go_through_the_same_laundering(photographs, tmp_path):
    rows = run(
        photographs,
        tmp_path / "o",
        "lesion-remove",
        matched=tmp_path / "m",
        profile="plain",
        launder="gamma:0.8",
    )
    row = rows[0]
    mask = cv2.imread(str(tmp_path / "o" / row["mask"]), 0) > 0  # noqa: TID251
    forged = fundus.read(tmp_path / "o" / row["output"])
    original = fundus.read(tmp_path / "m" / row["matched"])

    assert row["laundering"] == "gamma:0.8"
    assert np.array_equal(forged[~mask], original[~mask])


def test_the_wanted_lesion_is_forged(photographs, tmp_path):
    rows = run(photographs, tmp_path / "o", "lesion-insert", lesion="glaucoma")

    assert {row["target"] for row in rows if not row["problem"]} == {"glaucoma"}


def test_trained_weights_forge_a_folder(photographs, tmp_path):
    bundle = tmp_path / "manipulator.safetensors"
    bundle.write_bytes(factories.manipulator_bundle())

    rows = run(photographs, tmp_path / "o", "paper-unet", weights=bundle)

    assert sum(not row["problem"] for row in rows) == 4
    with pytest.raises(CommandError, match="holds weights of paper-unet"):
        run(photographs, tmp_path / "p", "residual-unet", weights=bundle)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"recipe": "magic"}, "no recipe 'magic'"),
        ({"recipe": None}, "needs --in, --out and --recipe"),
        ({"recipe": "cyclegan", "lesion": "macular-degeneration"}, "train them with"),
        ({"recipe": "inpaint", "launder": "bleach:1"}, "no laundering step"),
        ({"recipe": "inpaint", "launder": "jpeg:900"}, "level 900 of jpeg must be 1"),
        ({"recipe": "lesion-insert", "lesion": "normal"}, "no findings to insert"),
        ({"recipe": "lesion-remove", "lesion": "glaucoma"}, "leaves a normal retina"),
        ({"recipe": "splice", "weights": "any.safetensors"}, "needs no weights"),
        ({"recipe": "inpaint", "in": "nowhere"}, "not a folder"),
    ],
)
def test_unusable_orders_are_one_sentence(options, words, photographs, tmp_path):
    given = {"in": photographs, "out": tmp_path / "o"} | options
    if given["in"] == "nowhere":
        given["in"] = tmp_path / "nowhere"

    with pytest.raises(CommandError, match=words):
        call_command("manipulate", **given)


def test_a_folder_is_never_written_into_itself(photographs, tmp_path):
    for out in (photographs, photographs / "ward"):
        with pytest.raises(CommandError, match="lies in the folder that is read"):
            run(photographs, out, "inpaint")
    with pytest.raises(CommandError, match="must differ"):
        run(photographs, tmp_path, "inpaint", matched=tmp_path)


def test_manipulators_and_folders_are_not_mixed(photographs, tmp_path):
    with pytest.raises(CommandError, match="not both"):
        call_command("manipulate", "one", **{"in": photographs, "out": tmp_path})
    with pytest.raises(CommandError, match="Name a manipulator"):
        call_command("manipulate")


def test_a_run_given_again_goes_on_and_forges_nothing_twice(photographs, tmp_path):
    out = tmp_path / "o"
    first = run(photographs, out, "splice")
    done = [row for row in first if not row["problem"]]
    stamps = {row["output"]: (out / row["output"]).stat().st_mtime_ns for row in done}
    pixels = (out / done[-1]["output"]).read_bytes()
    (out / done[-1]["output"]).unlink()  # as if the run had been killed before it

    again = run(photographs, out, "splice")

    assert again == first
    for row in done[:-1]:
        assert (out / row["output"]).stat().st_mtime_ns == stamps[row["output"]]
    assert (out / done[-1]["output"]).read_bytes() == pixels  # from the same donors


def test_another_order_forges_anew(photographs, tmp_path):
    first = run(photographs, tmp_path / "o", "inpaint")
    second = run(photographs, tmp_path / "o", "inpaint", seed=2)

    assert {row["seed"] for row in second} == {"2"}
    assert first[0]["parameters"] != second[0]["parameters"]


def test_a_manifest_says_where_each_forgery_comes_from(photographs, tmp_path):
    rows = run(photographs, tmp_path / "o", "lesion-remove", shows="glaucoma")
    row = rows[0]

    digest = hashlib.sha256((photographs / row["file"]).read_bytes()).hexdigest()
    assert row["source_sha256"] == digest
    assert (row["recipe"], row["seed"], row["laundering"]) == (
        "lesion-remove",
        "1",
        "-",
    )
    assert (row["shown"], row["target"]) == ("glaucoma", "normal")


def test_a_lesion_is_left_aside_where_none_is_shown(photographs, tmp_path, capsys):
    rows = run(photographs, tmp_path / "o", "inpaint", lesion="glaucoma")

    assert {row["target"] for row in rows if not row["problem"]} == {"normal"}
    assert "--lesion left aside" in capsys.readouterr().err
