"""The binormal fit: printed values of other programs, recovery, and reasons."""

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.stats import norm

from observers.analysis.roc import empirical_auc
from observers.analysis.roc_binormal import (
    _categories,
    _loss,
    _start,
    binormal_curve,
    binormal_fit,
)

# Hanley & McNeil 1982, Radiology 143: 29-36, Table I: 58 normal and 51 abnormal CT
# images by rating; they print a maximum-likelihood area of 0.911. Stata's manual
# ([R] rocfit, the same data) prints intercept 1.656782, slope 0.713002, area 0.9113
# with standard error 0.0295.
HANLEY = [(33, 3), (6, 2), (6, 2), (11, 11), (2, 33)]


def spread_out(counts):
    truth = [t for n0, n1 in counts for t in [False] * n0 + [True] * n1]
    score = [k for k, pair in enumerate(counts) for _ in range(sum(pair))]
    return np.array(truth), np.array(score, float)


def test_fit_agrees_with_hanley_mcneil_1982_and_stata_rocfit():
    fit = binormal_fit(*spread_out(HANLEY))

    assert fit.a == pytest.approx(1.656782, abs=5e-7)
    assert fit.b == pytest.approx(0.713002, abs=5e-7)
    assert fit.auc == pytest.approx(0.9113, abs=5e-5)
    assert fit.se == pytest.approx(0.0295, abs=5e-5)
    assert fit.n_categories == 5


def test_gradient_is_that_of_the_likelihood():
    counts = np.array(HANLEY, float).T
    rng = np.random.default_rng(1)
    for _ in range(5):
        theta = _start(counts) + rng.normal(0, 0.3, 6)
        gap = check_grad(
            lambda t: _loss(t, counts)[0], lambda t: _loss(t, counts)[1], theta
        )
        assert gap < 1e-4


@pytest.mark.parametrize(("a", "b"), [(1.5, 1.0), (1.0, 0.6)])
def test_many_normal_scores_give_the_curve_they_came_from(a, b):
    rng = np.random.default_rng(2)
    truth = np.arange(8000) % 2 == 1
    score = np.where(truth, rng.normal(a / b, 1 / b, 8000), rng.normal(0, 1, 8000))

    fit = binormal_fit(truth, score)

    assert fit.a == pytest.approx(a, abs=0.08)
    assert fit.b == pytest.approx(b, abs=0.05)
    assert fit.auc == pytest.approx(norm.cdf(a / np.hypot(1, b)), abs=3 * fit.se)
    assert fit.auc == pytest.approx(empirical_auc(truth, score), abs=0.01)


def test_fit_does_not_change_under_a_monotone_transform():
    rng = np.random.default_rng(3)
    truth = np.arange(60) >= 35
    score = rng.normal(truth * 1.2, 1.0)

    assert binormal_fit(truth, np.exp(score)) == binormal_fit(truth, score)


def test_standard_error_is_the_spread_of_repeated_fits():
    rng = np.random.default_rng(4)
    truth = np.arange(100) >= 50
    fits = [
        binormal_fit(truth, rng.normal(truth * 1.3, 1.0).round(1)) for _ in range(50)
    ]

    spread = np.std([fit.auc for fit in fits], ddof=1)
    assert np.mean([fit.se for fit in fits]) == pytest.approx(spread, rel=0.3)


@pytest.mark.parametrize(
    ("truth", "score", "reason"),
    [
        ([0] * 45 + [1] * 5, list(range(50)), "degenerate"),
        ([0] * 5 + [1] * 5, [3] * 10, "degenerate"),
        ([0, 0, 1], [1, 2, 3], "at least 2"),
        ([0, 0, 0], [1, 2, 3], "at least 2"),
        ([0, 0, 1, 1], [1, 2, 2, 3], "degenerate"),
    ],
)
def test_what_cannot_be_fitted_has_a_reason(truth, score, reason):
    fit = binormal_fit(truth, score)

    assert fit.auc is None
    assert fit.se is None
    assert reason in fit.reason
    assert binormal_curve(fit) is None


def test_a_slope_that_runs_away_is_no_fit():
    """Half the manipulated cases below, half above: the best slope is 0."""
    fit = binormal_fit(*spread_out([(1, 10), (18, 0), (1, 10)]))

    assert fit.auc is None
    assert fit.n_categories == 3
    assert "degenerate" in fit.reason


def test_curve_has_the_fitted_area():
    fit = binormal_fit(*spread_out(HANLEY))

    curve = binormal_curve(fit, 4001)

    assert curve.area == pytest.approx(fit.auc, abs=1e-4)
    assert (curve.true_positive_rate[0], curve.true_positive_rate[-1]) == (0, 1)


def test_many_distinct_scores_are_gathered():
    rng = np.random.default_rng(5)
    truth = np.arange(2000) % 2 == 1

    assert binormal_fit(truth, rng.normal(truth, 1.0)).n_categories <= 40


def test_neighbours_of_one_truth_are_one_category():
    counts = _categories(np.array([1.0, 2.0, 4.0]), np.array([3.0, 3.5, 4.0]))

    assert counts.tolist() == [[2.0, 0.0, 1.0], [0.0, 2.0, 1.0]]
