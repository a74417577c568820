import itertools

import numpy as np
import pytest

from observers.analysis.delong import delong
from observers.analysis.differences import (
    IDENTICAL,
    paired_difference,
    permutation_p,
    unpaired_difference,
)
from observers.analysis.operating import operating_point, youden_point
from observers.analysis.roc import empirical_auc, placement_counts, ratio, roc_curve
from observers.analysis.roc_average import diagonal_average, vertical_average
from observers.analysis.roc_partial import partial_area, sensitivity_at, specificity_at

TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 1], bool)


def slow_auc(truth, score):
    pairs = itertools.product(score[truth], score[~truth])
    return np.mean([1.0 if y > x else 0.5 if y == x else 0.0 for y, x in pairs])


def slow_delong(truth, score):
    """Covariance as printed in DeLong et al. 1988, pair by pair."""
    x, y = score[:, ~truth], score[:, truth]
    psi = (y[:, :, None] > x[:, None, :]) + 0.5 * (y[:, :, None] == x[:, None, :])
    v10, v01 = psi.mean(axis=2), psi.mean(axis=1)
    return np.cov(v10) / y.shape[1] + np.cov(v01) / x.shape[1]


def ratings(seed, k=4, n=60, levels=7):
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.4
    return truth, rng.integers(0, levels, (k, n)).astype(float) + truth


def test_auc_counts_ties_as_one_half():
    truth, score = ratings(1)

    for row in score:
        assert empirical_auc(truth, row) == pytest.approx(
            slow_auc(truth, row), rel=1e-14
        )


def test_rule_1_direction_is_fixed():
    score = np.array([5, 6, 7, 8, 1, 2, 3, 4.0])

    assert empirical_auc(TRUTH, score) == 0
    assert empirical_auc(TRUTH, -score) == 1


def test_auc_is_none_when_a_class_is_absent():
    assert empirical_auc([True, True], [1, 2]) is None
    assert empirical_auc([False, True], [np.nan, 2]) is None
    assert roc_curve([True, True], [1, 2]) is None
    assert youden_point([True], [1]) is None


def test_missing_scores_are_dropped_and_minus_infinity_ranks_lowest():
    score = [1, np.nan, 2, -np.inf, 3, -np.inf, np.nan, 2]

    assert empirical_auc(TRUTH, score) == pytest.approx(
        slow_auc(
            np.array([0, 0, 0, 1, 1, 1], bool), np.array([1, 2, -np.inf, 3, -np.inf, 2])
        )
    )


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"truth has shape \(2,\), score \(3,\)"):
        empirical_auc([0, 1], [1, 2, 3])
    with pytest.raises(ValueError, match="truth has shape"):
        empirical_auc([[0, 1]], [[1, 2]])
    for wrong in ([1.0, 2], [[1.0, 2, 3]]):
        with pytest.raises(ValueError, match="truth has shape"):
            delong([0, 1], wrong)


def test_delong_equals_the_printed_formula():
    truth, score = ratings(2)

    result = delong(truth, score)

    assert result.auc == pytest.approx([slow_auc(truth, s) for s in score], rel=1e-13)
    assert result.covariance == pytest.approx(slow_delong(truth, score), rel=1e-12)
    assert set(result.n0) == {int((~truth).sum())}


def test_placements_average_to_the_area():
    truth, score = ratings(3, k=1)

    v01, v10 = placement_counts(score[0, ~truth], score[0, truth])

    assert v01.sum() == v10.sum()


def test_delong_of_vectors_without_common_cases_is_unpaired():
    truth, score = ratings(4, k=2)
    apart = np.full((2, 2 * truth.size), np.nan)
    apart[0, : truth.size], apart[1, truth.size :] = score

    result = delong(np.tile(truth, 2), apart)

    assert result.covariance[0, 1] == 0
    alone = [delong(truth, row[None]).covariance[0, 0] for row in score]
    assert np.diag(result.covariance) == pytest.approx(alone, rel=1e-14)


def test_delong_covariance_stays_positive_semidefinite_with_missing_scores():
    rng = np.random.default_rng(50)
    truth, score = ratings(5, k=12, n=80)
    score[rng.random(score.shape) < 0.4] = np.nan

    covariance = delong(truth, score).covariance

    assert np.linalg.eigvalsh(covariance).min() > -1e-15


def test_delong_is_nan_where_a_class_has_fewer_than_two_cases():
    truth = np.array([0, 0, 1, 1], bool)
    score = [[1, 2, 3, 4], [1, np.nan, 3, 4], [1, 2, np.nan, 4], [1, 2, np.nan, np.nan]]

    result = delong(truth, score)

    assert result.auc[:3].tolist() == [1, 1, 1]
    assert np.isnan(result.auc[3])
    assert np.isnan(np.diag(result.covariance)).tolist() == [False, True, True, True]
    assert result.n1.tolist() == [2, 2, 1, 0]


def test_contrast_is_the_quadratic_form_of_the_covariance():
    truth, score = ratings(6)
    weights = np.array([0.5, 0.5, -1, 0])
    result = delong(truth, score)

    estimate, variance = result.contrast(weights)

    assert estimate == pytest.approx(weights @ result.auc, rel=1e-14)
    assert variance == pytest.approx(weights @ result.covariance @ weights, rel=1e-12)
    same = delong(truth, score[[0, 0, 0, 0]])
    assert same.contrast([1 / 3, 1 / 3, 1 / 3, -1])[1] == 0


def test_delong_variance_agrees_with_simulation():
    rng = np.random.default_rng(7)
    truth = np.arange(100) < 40
    aucs, variances = [], []
    for _ in range(600):
        result = delong(truth, rng.normal(size=(1, 100)) + truth)
        aucs.append(result.auc[0])
        variances.append(result.covariance[0, 0])

    assert np.var(aucs) == pytest.approx(np.mean(variances), rel=0.15)


def test_curve_runs_from_corner_to_corner_with_the_wilcoxon_area():
    truth, score = ratings(8, k=1)

    curve = roc_curve(truth, score[0])

    assert (curve.false_positive_rate[0], curve.true_positive_rate[0]) == (0, 0)
    assert (curve.false_positive_rate[-1], curve.true_positive_rate[-1]) == (1, 1)
    assert curve.threshold[0] == np.inf
    assert curve.area == pytest.approx(empirical_auc(truth, score[0]), rel=1e-14)


def test_operating_point_counts_calls_at_the_cut():
    score = [10, 50, 60, 20, 50, 51, 90, np.nan]

    at_least = operating_point(TRUTH, score, 50)
    above = operating_point(TRUTH, score, 50, inclusive=False)

    assert (at_least.true_positives, at_least.false_positives) == (3, 2)
    assert (above.true_positives, above.false_negatives) == (2, 1)
    assert (above.true_negatives, above.false_positives) == (3, 1)
    assert above.sensitivity == pytest.approx(2 / 3)
    assert above.specificity == 0.75
    assert above.balanced_accuracy == pytest.approx((2 / 3 + 0.75) / 2)


def test_operating_point_is_none_where_a_class_is_absent():
    assert operating_point([False], [1.0], 0).sensitivity is None
    assert operating_point([False], [1.0], 0).balanced_accuracy is None
    assert operating_point([True], [1.0], 0).specificity is None
    assert operating_point([True], [1.0], 0).balanced_accuracy is None
    assert ratio(1, 0) is None


def test_partial_areas_add_up_to_the_whole():
    truth, score = ratings(9, k=1)
    curve = roc_curve(truth, score[0])

    for axis in ("specificity", "sensitivity"):
        parts = [
            partial_area(curve, a, a + 0.25, axis=axis).raw
            for a in (0, 0.25, 0.5, 0.75)
        ]
        assert sum(parts) == pytest.approx(curve.area, rel=1e-12)
        whole = partial_area(curve, 0, 1, axis=axis)
        assert whole.corrected == pytest.approx(curve.area, rel=1e-12)


def test_partial_area_refuses_an_empty_range():
    curve = roc_curve([0, 1], [1, 2])
    for low, high in ((0.9, 0.9), (-0.1, 0.5), (0.5, 1.1)):
        with pytest.raises(ValueError, match="not within 0 to 1"):
            partial_area(curve, low, high)


def test_rates_at_the_corners_take_the_better_end_of_a_step():
    curve = roc_curve([0, 0, 1, 1], [1, 3, 2, 4])

    assert sensitivity_at(curve, 1.0) == 0.5
    assert sensitivity_at(curve, 0.0) == 1
    assert sensitivity_at(curve, 0.5) == 1
    assert specificity_at(curve, 1.0) == 0.5
    assert specificity_at(curve, 0.0) == 1
    perfect = roc_curve([0, 1], [1, 2])
    assert (sensitivity_at(perfect, 1), specificity_at(perfect, 1)) == (1, 1)


@pytest.mark.parametrize("average", [vertical_average, diagonal_average])
def test_area_of_the_average_curve_is_the_mean_of_the_areas(average):
    for seed in range(5):
        truth, score = ratings(seed, k=5, levels=40)
        curves = [roc_curve(truth, row) for row in score]

        mean = average(curves)

        assert mean.area == pytest.approx(np.mean([c.area for c in curves]), rel=1e-12)
        assert mean.n_curves == 5
        assert (np.diff(mean.true_positive_rate) > -1e-12).all()
        assert (np.diff(mean.false_positive_rate) > -1e-12).all()


@pytest.mark.parametrize("average", [vertical_average, diagonal_average])
def test_average_of_one_curve_is_that_curve(average):
    curve = roc_curve([0, 0, 1, 1], [1, 3, 2, 4])

    mean = average([curve])

    assert mean.area == curve.area
    points = set(zip(mean.false_positive_rate, mean.true_positive_rate, strict=True))
    corners = zip(curve.false_positive_rate, curve.true_positive_rate, strict=True)
    assert set(corners) - {(0.0, 0.5)} <= points | {(0.0, 0.5)}


@pytest.mark.parametrize("average", [vertical_average, diagonal_average])
def test_average_needs_a_curve(average):
    with pytest.raises(ValueError, match="at least one"):
        average([])


def test_rule_3_paired_test_without_variance():
    score = np.arange(8.0)

    same = paired_difference(TRUTH, score, score * 2)
    apart = paired_difference(TRUTH, score, np.ones(8))

    assert (same.difference, same.p, same.notes) == (0, 1, (IDENTICAL,))
    assert same.interval.ends is None
    assert apart.difference == 0.5
    assert (apart.p, apart.statistic, apart.interval.ends) == (None, None, None)
    assert "exchange test" in apart.notes[0]


def test_rule_4_unpaired_test_without_variance():
    perfect, constant = (TRUTH, np.arange(8.0)), (TRUTH, np.ones(8))

    assert unpaired_difference(perfect, perfect).p == 1
    assert unpaired_difference(perfect, constant).p is None
    assert unpaired_difference(perfect, constant).n0 == 8
    assert unpaired_difference(perfect, constant).df is None


def test_rule_5_differences_need_two_cases_in_each_class():
    one = paired_difference([0, 0, 1], [1, 2, 3], [2, 3, 1])
    none = paired_difference([0, 0, 1], [1, 2, np.nan], [2, 3, 1])

    assert (one.difference, one.p, one.se) == (1, None, None)
    assert one.notes == ("needs at least 2 cases in each class",)
    assert one.to_dict()["interval"]["reason"] == "needs at least 2 cases in each class"
    assert (none.a, none.difference, none.p) == (None, None, None)
    assert "cases dropped: 1" in none.notes


def test_rule_10_difference_is_truncated():
    truth = np.arange(12) < 6
    worst = np.array([1, 2, 3, 4, 5, 8, 6, 7, 9, 10, 11, 12.0])

    result = paired_difference(truth, -worst, worst)

    assert result.interval.upper == 1
    assert result.interval.truncated


def test_rule_11_p_comes_from_the_survival_function():
    rng = np.random.default_rng(10)
    truth = np.arange(2000) < 1000
    noise = rng.normal(size=2000)

    far = paired_difference(truth, noise + 1.5 * truth, rng.random(2000))
    farther = paired_difference(truth, noise + 3 * truth, noise - 3 * truth)

    assert 0 < far.p < 1e-50
    assert far.notes == ()
    assert farther.notes == ("p < 1e-300",)


def test_rule_12_paired_test_drops_cases_missing_in_either():
    truth, score = ratings(11, k=2)
    score[0, 3] = score[1, 7] = np.nan
    keep = ~np.isnan(score).any(axis=0)

    result = paired_difference(truth, *score)

    assert result.n_dropped == 2
    assert result.p == paired_difference(truth[keep], *score[:, keep]).p


def test_exchange_test_is_exact_for_few_cases():
    score = np.arange(8.0)

    assert permutation_p(TRUTH, score, score, seed=1) == 1
    assert permutation_p(TRUTH, score, -score, seed=1) == 2 / 2**8
    with pytest.raises(ValueError, match="both original and manipulated"):
        permutation_p([True, True], [1, 2], [3, 4], seed=1)


def test_exchange_test_agrees_with_delong_for_many_cases():
    rng = np.random.default_rng(12)
    truth = np.arange(120) < 60
    signal = rng.normal(size=120) + truth
    a, b = signal + rng.normal(size=120) * 0.7, signal + rng.normal(size=120) * 1.2

    p = permutation_p(truth, a, b, seed=1, n_exchanges=2000)

    assert p == pytest.approx(paired_difference(truth, a, b).p, abs=0.05)
    assert p == permutation_p(truth, a, b, seed=1, n_exchanges=2000)
