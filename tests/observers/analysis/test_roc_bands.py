"""Confidence bands of ROC curves: definition, width and coverage."""

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from observers.analysis.roc_bands import confidence_band, mean_band


def test_edges_are_clopper_pearson_limits_at_a_cut():
    truth = np.arange(50) >= 30
    score = np.array([0.0] * 20 + [1.0] * 10 + [0.0] * 5 + [1.0] * 15)

    band = confidence_band(truth, score, n_points=1001)

    level = 0.95**0.5
    x = binomtest(10, 30).proportion_ci(level, "exact")
    y = binomtest(15, 20).proportion_ci(level, "exact")
    middle = (band.false_positive_rate > x.low) & (band.false_positive_rate < x.high)
    assert band.upper[middle] == pytest.approx(y.high)
    beyond = band.false_positive_rate > x.high
    assert band.lower[beyond & (band.false_positive_rate < 0.99)] == pytest.approx(
        y.low
    )


@pytest.mark.parametrize("n", [(45, 5), (2, 2), (300, 300)])
def test_rule_2_band_of_a_perfect_curve_never_closes(n):
    band = confidence_band(np.arange(sum(n)) >= n[0], np.arange(sum(n)))

    assert (band.upper > band.lower).all()
    assert band.upper[-1] == 1
    assert (band.lower >= 0).all()


def test_band_holds_the_curve_and_never_falls():
    rng = np.random.default_rng(1)
    truth = np.arange(80) >= 50
    band = confidence_band(truth, rng.normal(truth * 1.0, 1.0).round(1))

    assert (np.diff(band.lower) >= 0).all()
    assert (np.diff(band.upper) >= 0).all()
    assert band.method == "hilgers"


def test_no_band_without_both_classes():
    assert confidence_band([0, 0, 1], [1, 2, np.nan]) is None
    assert mean_band([]) is None


def test_band_of_a_group_is_the_mean_of_its_readers():
    rng = np.random.default_rng(2)
    truth = np.arange(60) >= 40
    bands = [confidence_band(truth, rng.normal(truth, 1.0)) for _ in range(3)]

    group = mean_band(bands)

    assert group.lower == pytest.approx(np.mean([b.lower for b in bands], axis=0))
    assert group.method == "mean of hilgers"
    assert mean_band(bands[:1]).method == "hilgers"


@pytest.mark.slow
@pytest.mark.parametrize("n", [(45, 5), (60, 40)])
def test_band_covers_the_true_curve_at_each_rate(n):
    """At each false positive rate the true sensitivity is inside at least 95 %."""
    rng = np.random.default_rng(3)
    truth = np.arange(sum(n)) >= n[0]
    at = np.linspace(0, 1, 41)
    true = norm.cdf(1.5 - norm.isf(at))
    held = np.zeros(at.size)
    for _ in range(1000):
        band = confidence_band(truth, rng.normal(truth * 1.5, 1.0), n_points=41)
        held += (band.lower <= true) & (true <= band.upper)

    assert held.min() / 1000 >= 0.94
