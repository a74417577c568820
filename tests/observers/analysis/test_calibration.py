"""Reliability curve, ECE and Brier score."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from observers.analysis.calibration import calibrate
from tests.golden.reference import close


def random_scores(n=500):
    rng = np.random.default_rng(5)
    score = rng.random(n) * 100
    return rng.random(n) < score / 100, score


def test_curve_and_brier_agree_with_scikit_learn():
    truth, score = random_scores()
    result = calibrate(truth, score)

    observed, confidence = calibration_curve(truth, score / 100, n_bins=10)
    close([b.observed for b in result.bins], observed)
    close([b.confidence for b in result.bins], confidence)
    close(result.brier, brier_score_loss(truth, score / 100))


def test_by_hand():
    result = calibrate([False, True, True], [10, 10, 95], n_bins=10)

    assert [(b.n, b.n_manipulated) for b in result.bins] == [(2, 1), (1, 1)]
    close(result.ece, (2 * 0.4 + 1 * 0.05) / 3)
    close(result.brier, (0.01 + 0.81 + 0.0025) / 3)
    close(result.brier_reference, 2 / 9)


def test_certainty_belongs_to_the_last_bin_and_has_an_interval():
    (last,) = calibrate([True, True], [1.0, 1.0], scale=1.0).bins

    assert (last.low, last.high, last.observed) == (0.9, 1.0, 1.0)
    assert last.ci[0] < 1.0 == last.ci[1]


def test_missing_scores_are_left_out_and_none_is_said():
    assert calibrate([True, False], [np.nan, 20]).n == 1
    assert calibrate([True], [np.nan]).note == "no case has a score"


def test_score_outside_the_scale_is_refused():
    with pytest.raises(ValueError, match="score"):
        calibrate([True], [101])
