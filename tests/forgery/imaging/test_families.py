"""Untrained families: exact masks, same seed same output, the rest untouched."""

import contextlib
import time

import cv2
import numpy as np
import pytest

from forgery.imaging import (
    families,
    lesion_insert,
    lesion_remove,
    profiles,
    quality,
    retina,
)
from forgery.imaging.forged import NothingToForge, Scene
from forgery.imaging.fundus import field_of_view
from forgery.imaging.phantom.render import make

LESIONS = ("normal", "diabetic-retinopathy", "macular-degeneration")


@pytest.fixture(scope="module")
def photographs() -> list[np.ndarray]:
    made = (make(lesion, 40 + n, size=320).image for n, lesion in enumerate(LESIONS))
    return [profiles.prepare(image, profiles.PAPER) for image in made]


def forge(recipe, photographs, which=0, seed=1, **changes):
    donors = [other for other in photographs if other is not photographs[which]]
    scene = Scene(lesion=LESIONS[which], donors=donors, **changes)
    return families.forge(
        recipe, photographs[which], scene, np.random.default_rng(seed)
    )


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("recipe", families.UNTRAINED)
def test_no_pixel_differs_outside_the_mask(recipe, which, photographs):
    made = forge(recipe, photographs, which)

    assert made.image.shape == photographs[which].shape
    assert made.image.dtype == np.uint8
    assert made.mask.any()
    differs = (made.image != photographs[which]).any(axis=2)
    assert not (differs & ~made.mask).any()
    assert differs[made.mask].mean() > 0.6


@pytest.mark.parametrize("recipe", families.UNTRAINED)
def test_same_seed_gives_the_same_forgery_and_another_seed_another(recipe, photographs):
    first, again = (forge(recipe, photographs) for _ in range(2))

    assert (first.image == again.image).all()
    assert (first.mask == again.mask).all()
    assert first.parameters == again.parameters
    assert (forge(recipe, photographs, seed=2).image != first.image).any()


@pytest.mark.parametrize("recipe", families.UNTRAINED)
def test_the_change_is_seen_inside_and_the_surround_stays_black(recipe, photographs):
    made = forge(recipe, photographs)
    image = photographs[0]
    surround = ~retina.examine(image).field

    assert (made.image[surround] == image[surround]).all()
    assert (made.image[surround] == 0).mean() == (image[surround] == 0).mean()
    assert quality.rmse(image, made.image, made.mask) > 2


@pytest.mark.parametrize("recipe", ["lesion-insert", "lesion-remove"])
def test_quality_outside_the_dilated_mask(recipe, photographs):
    made = forge(recipe, photographs)
    before, after = (
        profiles.finish(image, profiles.PAPER) for image in (photographs[0], made.image)
    )
    wide = cv2.dilate(made.mask.astype(np.uint8), np.ones((9, 9))).astype(bool)

    assert (before[~wide] == after[~wide]).all()
    assert quality.rmse(before, after) < 12
    assert quality.ssim(before, after) > 0.9


@pytest.mark.parametrize("finding", ["cup", "drusen", "hard-exudates"])
def test_bright_findings_are_bright(finding, photographs):
    made = forge("lesion-insert", photographs, findings=(finding,))

    inside = made.image[made.mask].astype(float) - photographs[0][made.mask]
    assert inside[:, 1].mean() > 1
    assert list(made.parameters["findings"]) == [finding]


@pytest.mark.parametrize("finding", ["microaneurysms", "haemorrhages"])
def test_blood_is_dark_and_red(finding, photographs):
    made = forge("lesion-insert", photographs, findings=(finding,))

    change = (made.image[made.mask].astype(float) - photographs[0][made.mask]).mean(0)
    ratio = 1 + change / photographs[0][made.mask].mean(axis=0)
    assert change[1] < -1
    assert ratio[0] > ratio[1]
    assert made.target == "diabetic-retinopathy"


@pytest.mark.parametrize("target", lesion_insert.OF_LESION)
def test_the_wanted_lesion_is_inserted(target, photographs):
    made = forge("lesion-insert", photographs, target=target)

    assert made.target == target
    assert set(made.parameters["findings"]) <= set(lesion_insert.OF_LESION[target])


def test_what_cannot_be_forged_is_said(photographs):
    with pytest.raises(NothingToForge, match="no findings to insert"):
        forge("lesion-insert", photographs, target="normal")
    with pytest.raises(NothingToForge, match="another patient"):
        families.forge("splice", photographs[0], Scene(), np.random.default_rng(1))
    with pytest.raises(ValueError, match="dark throughout"):
        families.forge(
            "inpaint",
            np.zeros((64, 64, 3), np.uint8),
            Scene(),
            np.random.default_rng(1),
        )
    with pytest.raises(KeyError, match="no untrained family"):
        families.forge("magic", photographs[0], Scene(), np.random.default_rng(1))


def test_removal_paints_findings_over(photographs):
    made = forge("lesion-remove", photographs, which=1)
    before, after = photographs[1][..., 1], made.image[..., 1]

    assert made.parameters["n_spots"] >= 3
    assert before[made.mask].std() > after[made.mask].std()


def test_removal_has_an_extent_even_where_there_is_little_to_remove(photographs):
    made = forge("lesion-remove", photographs)

    share = made.mask.sum() / field_of_view(photographs[0]).sum()
    assert made.parameters["n_healthy"] >= 1
    assert 0.6 * lesion_remove.LEAST_AREA < share < 2 * lesion_remove.MOST_AREA


@pytest.mark.parametrize("recipe", families.UNTRAINED)
def test_a_forgery_costs_a_fraction_of_a_second(recipe, photographs):
    began = time.process_time()

    forge(recipe, photographs)

    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("shape", [(200, 320), (384, 384)])
def test_photographs_of_other_sizes_can_be_forged(shape):
    image = make("normal", 7, size=256).image
    image = cv2.resize(image, shape[::-1])

    made = families.forge("lesion-insert", image, Scene(), np.random.default_rng(1))

    assert made.image.shape == (*shape, 3)


@pytest.mark.parametrize("recipe", families.UNTRAINED)
def test_colours_and_zeros_do_not_tell_the_class(recipe, photographs):
    """Controls of two traps: mean colour, and the share of exact zeros."""
    for which in range(3):
        made = forge(recipe, photographs, which)
        field = retina.examine(photographs[which]).field
        shift = made.image[field].mean(axis=0) - photographs[which][field].mean(axis=0)

        assert np.abs(shift).max() < 2.5
        assert (made.image[~field] == photographs[which][~field]).all()


def odd_photographs():
    """Photographs that are hardly any."""
    rng = np.random.default_rng(1)
    middle = make("normal", 8, size=320).image[100:220, 100:220]
    tiny = cv2.resize(make("normal", 8, size=64).image, (40, 40))
    return {
        "no-border": middle,
        "tiny": tiny,
        "noise": rng.integers(0, 255, (90, 120, 3), dtype=np.uint8),
        "half-white": np.vstack(
            [np.full((60, 90, 3), v, np.uint8) for v in (255, 200)]
        ),
    }


@pytest.mark.parametrize("recipe", families.UNTRAINED)
@pytest.mark.parametrize("kind", odd_photographs())
def test_odd_photographs_are_forged_or_refused_in_words(recipe, kind, photographs):
    image = profiles.prepare(odd_photographs()[kind], profiles.PAPER)
    scene = Scene(donors=photographs)

    with contextlib.suppress(ValueError):
        made = families.forge(recipe, image, scene, np.random.default_rng(1))
        assert (made.image == image)[~made.mask].all()


def test_a_photograph_of_one_colour_shows_no_retina():
    white = np.full((64, 64, 3), 255, np.uint8)

    with pytest.raises(ValueError, match="of one colour"):
        families.forge("inpaint", white, Scene(), np.random.default_rng(1))
