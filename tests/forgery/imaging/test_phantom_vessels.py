"""Vessels and canvas of the phantom: geometry without pixels, pixels without eyes."""

import itertools

import numpy as np
import pytest

from forgery.imaging.phantom.anatomy import draw_anatomy
from forgery.imaging.phantom.canvas import Canvas, Shape, hill, ramp, sideways
from forgery.imaging.phantom.patients import draw_patient
from forgery.imaging.phantom.vessels import grow


@pytest.fixture(scope="module")
def anatomy():
    return draw_anatomy(3, draw_patient(3), glaucoma=False)


@pytest.fixture(scope="module", params=[0, 1])
def branches(request, anatomy):
    return grow(anatomy, 3, width=0.03, kind=request.param)


def test_vessels_taper(branches):
    for branch in branches:
        assert branch.widths[-1] < branch.widths[0]
        assert np.all(np.diff(branch.widths) <= 1e-12)


def test_arcades_leave_upwards_and_downwards_and_curve_to_the_temporal_side(branches):
    upper, lower = branches[0].points, branches[2].points

    assert upper[:, 1].max() > 0.4
    assert lower[:, 1].min() < -0.4
    assert min(upper[-1, 0], lower[-1, 0]) > 1.2


def test_macula_centre_stays_free_of_vessels(branches, anatomy):
    apart = np.hypot(
        anatomy.fovea[0] - anatomy.disc[0], anatomy.fovea[1] - anatomy.disc[1]
    )

    for branch in branches:
        assert np.hypot(*(branch.points - (apart, 0)).T).min() > 0.09


def test_arteries_and_veins_cross_somewhere(anatomy):
    arteries, veins = (grow(anatomy, 3, width=0.03, kind=k) for k in (0, 1))
    nearest = min(
        np.hypot(*(a.points[:, None] - v.points[None]).reshape(-1, 2).T).min()
        for a, v in itertools.product(arteries[:4], veins)
    )

    assert nearest < 0.02


def test_unit_sides_stand_across_the_line():
    line = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])

    np.testing.assert_allclose(sideways(line), [[0, 1]] * 3)


def test_noise_keeps_its_pattern_across_sizes():
    coarse = Canvas(64).noise(np.random.default_rng(1), 6)
    fine = Canvas(256).noise(np.random.default_rng(1), 6)

    np.testing.assert_allclose(
        fine.reshape(64, 4, 64, 4).mean(axis=(1, 3)), coarse, atol=0.02
    )


def test_noise_has_about_unit_variance():
    noise = Canvas(256).noise(np.random.default_rng(2), 40)

    assert noise.std() == pytest.approx(1, abs=0.1)


def test_noise_of_a_window_is_that_part_of_the_whole():
    canvas = Canvas(64)
    window = canvas.window((0.5, 0.0), 0.3)

    np.testing.assert_array_equal(
        canvas.noise(np.random.default_rng(1), 9, window),
        canvas.noise(np.random.default_rng(1), 9)[window],
    )


def test_filled_square_covers_its_area():
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])

    drawn = Canvas(64).fill([Shape(square, 200)])

    assert drawn.max() == 200
    assert drawn.astype(float).sum() / 200 == pytest.approx(32 * 32, rel=0.07)


def test_nothing_is_filled_when_there_is_no_shape():
    assert not Canvas(32).fill([], soften=0.1).any()


def test_ramp_and_hill_run_between_their_ends():
    at = np.array([-1, 0, 0.5, 1, 2], np.float32)

    np.testing.assert_allclose(ramp(at, 0, 1), [0, 0, 0.5, 1, 1])
    np.testing.assert_allclose(ramp(at, 1, 0), [1, 1, 0.5, 0, 0])
    np.testing.assert_allclose(hill(np.array([0, 2], np.float32), 2), [1, 0.25])
