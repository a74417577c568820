"""Traces: finite for any image, still under what tells nothing, moved by what does."""

import numpy as np
import pytest

from detector.network import traces
from detector.network.traces import QUALITY, WIDTH, describe
from forgery.imaging import laundering
from forgery.imaging.phantom.render import make


@pytest.fixture(scope="module")
def photograph():
    return make("normal", 5, size=256).image


def of(image):
    return describe(image[None])[0]


def test_every_image_has_its_row_and_none_knows_of_another(photograph):
    other = make("glaucoma", 6, size=256).image
    both = describe(np.stack([photograph, other]))

    assert both.shape == (2, WIDTH)
    assert both.dtype == np.float32
    assert np.array_equal(both[0], of(photograph))
    assert np.array_equal(both[1], of(other))
    assert describe(np.empty((0, 256, 256, 3), np.uint8)).shape == (0, WIDTH)


@pytest.mark.parametrize("level", [0, 1, 90, 255])
def test_image_without_detail_or_retina_gives_numbers(level):
    assert np.isfinite(of(np.full((64, 64, 3), level, np.uint8))).all()


def test_surround_is_not_described(photograph):
    noisy = photograph.copy()
    outside = photograph.max(axis=2) == 0
    rng = np.random.default_rng(1)
    noisy[outside] = rng.integers(0, 4, (int(outside.sum()), 3))

    changed = np.abs(of(noisy) - of(photograph))
    bands = traces._BANDS
    of_planes = changed[:-4].reshape(6, -1)[:, bands:]  # bands see the field's edge
    assert outside.mean() > 0.1
    assert of_planes.mean() < 0.01  # the field is found a pixel elsewhere, at most


def test_turns_and_mirrors_move_neighbours_no_further_than_rounding(photograph):
    turned = np.ascontiguousarray(np.rot90(photograph, 2))
    mirrored = np.ascontiguousarray(photograph[:, ::-1])

    for image in (turned, mirrored):
        assert np.abs(of(image) - of(photograph)).max() < 0.35


def test_quality_names_size_and_tails_of_detail_colours_and_blocks(photograph):
    plain = of(photograph)[list(QUALITY)]
    blurred = of(laundering.parse("blur:2").apply(photograph))[list(QUALITY)]
    pressed = of(laundering.parse("jpeg:40").apply(photograph))[list(QUALITY)]
    noisy = of(laundering.parse("noise:8").apply(photograph))[list(QUALITY)]

    assert blurred[0] < plain[0] - 1  # log of the spread
    assert noisy[0] > plain[0] + 0.2
    assert blurred[2] < plain[2]
    assert noisy[1] < plain[1]  # noise has no tails
    assert noisy[3] < plain[3]  # and is each colour's own
    assert pressed[4] > plain[4] + 0.3
