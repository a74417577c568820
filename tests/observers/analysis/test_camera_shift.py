"""A camera's originals against others', each measured from its own."""

from __future__ import annotations

import numpy as np
import pytest

from detector.network.calibration import SourceCalibration
from observers.analysis import camera_shift
from observers.analysis.camera_shift import Column
from observers.analysis.detection_bootstrap import Estimate


def apart(here: Column, there: list[Column], seed: int = 1) -> Estimate:
    return camera_shift.apart(
        here, there, lambda known, rest: SourceCalibration.fit(known).apply(rest), seed
    )


def camera(n: int, seed: int, centre: float = 0.0, spread: float = 1.0) -> Column:
    values = np.random.default_rng(seed).normal(centre, spread, n)
    return values, np.array([f"{seed}/{i // 2}" for i in range(n)])  # two an eye


def test_a_camera_that_is_only_shifted_and_stretched_does_not_stand_apart() -> None:
    found = apart(camera(200, 1, 40.0, 5.0), [camera(200, 2)])
    assert found.value == pytest.approx(0.5, abs=0.05)
    assert found.lower < 0.5 < found.upper


def test_a_camera_with_a_second_kind_of_original_stands_apart() -> None:
    values, cluster = camera(200, 1)
    values = np.where(np.arange(200) < 80, values + 30, values)
    assert apart((values, cluster), [camera(200, 2)]).value > 0.6


def test_the_fewer_the_originals_the_wider_the_interval() -> None:
    few = apart(camera(40, 1), [camera(40, 2)])
    many = apart(camera(400, 1), [camera(400, 2)])
    assert few.upper - few.lower > 2 * (many.upper - many.lower)


def test_the_same_seed_gives_the_same_figures() -> None:
    columns = camera(40, 1), [camera(40, 2)]
    assert apart(*columns) == apart(*columns)
    assert apart(*columns, seed=2) != apart(*columns)


def test_no_patient_is_measured_from_himself() -> None:
    # each patient's own pair is alike and far from all others': measured from himself
    # he would lie at the centre, from others he never does
    values = np.repeat([-1000.0, 1000.0], 8)
    two = values, np.repeat(["a", "b"], 8)
    one = camera(40, 3)
    found = apart(two, [one])
    assert found.value == pytest.approx(0.5, abs=0.1)  # wholly above or wholly below
    halves = [apart(two, [one], seed=seed) for seed in range(3)]
    assert all((one.lower, one.upper) == (0, 1) for one in halves)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (camera(15, 1), [camera(40, 2)]),
        (camera(40, 1), [camera(15, 2)]),
        ((np.zeros(40), np.repeat("one", 40)), [camera(40, 2)]),
        (camera(40, 1), []),
    ],
)
def test_too_few_originals_say_nothing(here: Column, there: list[Column]) -> None:
    found = apart(here, there)
    assert np.isnan([found.value, found.lower, found.upper]).all()


def test_a_camera_with_too_few_is_left_out_of_the_others() -> None:
    rest = [camera(40, 2), camera(10, 4, centre=500.0)]
    assert apart(camera(40, 1), rest) == apart(camera(40, 1), rest[:1])
