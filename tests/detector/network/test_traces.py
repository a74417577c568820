"""Traces: finite for any image, still under what tells nothing, moved by what does."""

import numpy as np
import pytest

from detector.network import traces
from detector.network.trace_head import TraceHead
from detector.network.traces import QUALITY, WIDTH, describe
from forgery.imaging import laundering
from forgery.imaging.phantom.render import make
from forgery.imaging.seeding import seeded


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
    fine = changed[: 6 * traces._PLANE].reshape(6, -1)
    coarse = changed[traces._FINE :].reshape(2, -1)[:, :-5].reshape(6, -1)
    of_planes = np.vstack([fine, coarse])[:, bands:]  # bands see the field's edge
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


@pytest.mark.parametrize("what", ["resize:0.5", "blur:2", "jpeg:50"])
def test_a_mottle_is_left_at_the_coarse_sizes_after_laundering(photograph, what):
    rows, columns = np.mgrid[:256, :256]
    wave = 3 * np.sin(rows / 3) * np.cos(columns / 5)
    seen = photograph.max(axis=2, keepdims=True) > 0
    forged = np.clip(photograph + seen * wave[..., None], 0, 255).astype(np.uint8)
    washing = laundering.parse(what)

    moved = np.abs(of(washing.apply(forged)) - of(washing.apply(photograph)))

    fine, coarse = np.split(moved, [traces._FINE])
    assert coarse.max() > max(0.9, fine.max())


def test_coarse_sizes_say_nothing_of_an_image_too_small_for_them():
    small = make("normal", 5, size=64).image

    assert not of(small)[traces._FINE :].any()


def test_a_head_of_before_reads_the_statistics_that_it_learned(photograph):
    with seeded(1):
        head = TraceHead(10).eval()
    found = describe(photograph[None])

    assert head.score(found) == pytest.approx(head.score(found[:, :10]))
