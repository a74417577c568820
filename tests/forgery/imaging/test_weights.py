"""Shipped weights: small, described, never learned from ODIR, and they forge."""

from pathlib import Path

import numpy as np
import pytest

from deploy import ship_manipulators
from forgery.imaging import checkpoints, profiles, quality, recipes, weights
from forgery.imaging.forged import Scene
from forgery.imaging.forging import Forger, Weights
from forgery.imaging.phantom.render import make

FOLDER = Path(weights.__file__).parent
BUNDLES = sorted(FOLDER.glob("*.safetensors"))


def test_the_card_names_every_bundle():
    card = (FOLDER / "CARD.md").read_text()

    assert BUNDLES
    assert [path.name for path in BUNDLES if path.name not in card] == []
    assert card.count(".safetensors`") == len(BUNDLES)


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_bundles_are_small_and_freely_licensed(path):
    metadata = checkpoints.metadata(path)

    assert path.stat().st_size < 5 * 2**20
    assert set(metadata["sources"].split(", ")) <= {"idrid", "hygd"}
    assert path.stem.startswith(metadata["recipe"])


@pytest.mark.parametrize("order", ship_manipulators.ORDERS, ids=lambda one: one.name)
def test_bundles_were_made_as_the_script_makes_them(order):
    metadata = checkpoints.metadata(FOLDER / f"{order.name}.safetensors")
    shape = recipes.get(order.recipe).config

    assert type(order.settings).from_dict(metadata["settings"]) == order.settings
    assert type(shape).from_dict(metadata["config"]) == shape
    assert metadata["sources"] == (order.source or "idrid, hygd")


def test_the_script_makes_every_bundle():
    made = sorted(f"{order.name}.safetensors" for order in ship_manipulators.ORDERS)

    assert made == [path.name for path in BUNDLES]


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_bundles_forge_what_they_never_saw(path):
    recipe = checkpoints.metadata(path)["recipe"]
    image = profiles.prepare(make("normal", 3, size=320).image, profiles.PAPER)

    made = Forger(recipe, 1, Weights(path, device="cpu")).forge(image, Scene())

    before, after = (profiles.finish(x, profiles.PAPER) for x in (image, made.image))
    assert quality.rmse(before, after, made.mask) > 0.5
    assert np.array_equal(made.image[~made.mask], image[~made.mask])
    if recipe == "unet-convert":
        assert quality.ssim(before, after) > 0.9
        assert quality.rmse(before, after) < 12


def test_what_is_not_shipped_says_how_to_train():
    assert weights.shipped("unet-convert", "macular-degeneration") is None
    sentence = weights.how_to_train("unet-convert", "macular-degeneration")
    assert "train_manipulator POOL --recipe unet-convert" in sentence
    assert "--target macular-degeneration" in sentence
