import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from observers.analysis.bootstrap import bootstrap_aucs, bootstrap_interval
from observers.analysis.estimates import auc_interval, estimate_auc
from observers.analysis.intervals import (
    delong_interval,
    logit_delong_interval,
    newcombe5_interval,
    normal_interval,
    wilson_interval,
)
from observers.analysis.roc import empirical_auc

FORTY_FIVE_FIVE = np.arange(50) >= 45


def test_rule_1_an_area_below_one_half_is_shown_as_such():
    estimate = estimate_auc(FORTY_FIVE_FIVE, -np.arange(50.0))

    assert estimate.auc == 0
    assert estimate.interval.ends == pytest.approx((0, 1 - 0.787797), abs=1e-6)
    assert any("below 0.5" in note for note in estimate.notes)


def test_rule_2_an_area_of_one_has_newcombes_interval():
    estimate = estimate_auc(FORTY_FIVE_FIVE, np.arange(50.0))

    assert estimate.auc == 1
    assert estimate.interval.method == "newcombe5"
    assert estimate.interval.lower == pytest.approx(0.787797, abs=5e-7)
    assert estimate.interval.upper == 1
    assert estimate.delong.ends is None
    assert estimate.logit_delong.ends is None
    assert "variance zero: DeLong and bootstrap intervals undefined" in estimate.notes
    bootstrap = bootstrap_interval(FORTY_FIVE_FIVE, np.arange(50.0), seed=1)
    assert (bootstrap.ends, bootstrap.reason) == (None, estimate.delong.reason)


@pytest.mark.parametrize("truth", [[0, 0, 1], [0, 1, 1]])
def test_rule_5_one_case_in_a_class_gives_only_the_area(truth):
    estimate = estimate_auc(truth, [1, 2, 3])

    assert estimate.auc == 1
    assert estimate.variance is None
    for interval in (estimate.newcombe5, estimate.logit_delong, estimate.delong):
        assert interval.ends is None
        assert interval.reason == "needs at least 2 cases in each class"
    assert bootstrap_interval(truth, [1, 2, 3], seed=1).ends is None


def test_rule_5_no_case_in_a_class_gives_none_and_no_exception():
    estimate = estimate_auc([True, True], [1, 2])

    assert (estimate.auc, estimate.variance, estimate.interval.ends) == (None,) * 3
    assert estimate.notes == ("AUC undefined: there is no scored original case",)
    nothing = estimate_auc([], [])
    assert "original and manipulated" in nothing.interval.reason


def test_rule_6_constant_scores_have_newcombes_interval_only():
    estimate = estimate_auc(np.arange(30) < 12, np.full(30, 3.0))

    assert estimate.auc == 0.5
    assert estimate.interval == estimate.newcombe5
    assert estimate.interval.lower < 0.5 < estimate.interval.upper
    assert estimate.delong.ends is None


def test_rule_10_intervals_are_cut_to_the_range_and_flagged():
    assert delong_interval(0.98, 0.001).upper == 1
    assert delong_interval(0.98, 0.001).truncated
    assert delong_interval(0.01, 0.001).lower == 0
    assert not delong_interval(0.5, 0.001).truncated


def test_rule_12_missing_scores_are_counted():
    estimate = estimate_auc([0, 0, 0, 1, 1], [1, 2, np.nan, 3, 4])

    assert (estimate.n0, estimate.n1, estimate.n_missing) == (2, 2, 1)
    assert "missing scores dropped: 1" in estimate.notes


def test_rule_15_everything_is_double_precision():
    estimate = estimate_auc(FORTY_FIVE_FIVE, np.arange(50, dtype=np.float32) % 7)

    assert type(estimate.auc) is float
    assert bootstrap_aucs([0, 1], [1, 2], n_resamples=2, seed=1).dtype == np.float64


def test_newcombe_leads_for_small_classes_and_extreme_areas():
    rng = np.random.default_rng(1)
    truth = np.arange(100) < 50
    near_one = np.where(np.arange(100) == 3, -5.0, truth * 9.0) + rng.random(100)

    assert auc_interval(truth, rng.normal(size=100)).method == "logit_delong"
    assert auc_interval(truth, near_one).method == "newcombe5"
    assert auc_interval(truth, -near_one).method == "newcombe5"
    assert auc_interval(truth[41:], rng.normal(size=59)).method == "newcombe5"


def test_newcombe_ends_solve_the_score_equation():
    n0, n1, auc = 45, 5, 0.8
    z = norm.isf(0.025)

    for t in newcombe5_interval(auc, n0, n1).ends:
        n = (n0 + n1) / 2 - 1
        v = t * (1 - t) * (1 + n * (1 - t) / (2 - t) + n * t / (1 + t)) / (n0 * n1)
        assert abs(auc - t) == pytest.approx(z * np.sqrt(v), rel=1e-12)


def test_logit_interval_is_symmetric_on_the_logit_scale():
    low, high = logit_delong_interval(0.8, 0.003).ends

    def logit(p):
        return np.log(p / (1 - p))

    assert (logit(low) + logit(high)) / 2 == pytest.approx(logit(0.8))


def test_zero_variance_never_gives_an_interval():
    assert logit_delong_interval(1.0, 0.0).ends is None
    assert delong_interval(0.5, 0.0).ends is None
    assert normal_interval("x", 0.5, float("nan")).ends is None


def test_a_level_outside_zero_to_one_is_refused():
    with pytest.raises(ValueError, match="confidence level"):
        newcombe5_interval(0.8, 20, 20, level=95)


def test_newcombe_needs_two_cases_in_each_class():
    assert newcombe5_interval(0.8, 1, 20).ends is None
    assert newcombe5_interval(0.8, 2, 20).ends is not None


def test_intervals_widen_with_the_level():
    narrow = newcombe5_interval(0.8, 20, 20, level=0.8)
    wide = newcombe5_interval(0.8, 20, 20, level=0.99)

    assert wide.lower < narrow.lower < narrow.upper < wide.upper


@pytest.mark.parametrize(("k", "n"), [(0, 5), (3, 5), (5, 5), (44, 45)])
def test_wilson_agrees_with_statsmodels(k, n):
    assert wilson_interval(k, n).ends == pytest.approx(
        proportion_confint(k, n, method="wilson"), abs=1e-12
    )


def test_wilson_of_no_trial_is_undefined():
    assert (
        wilson_interval(0, 0).to_dict()["reason"] == "there are no cases of this class"
    )


def test_bootstrap_is_the_area_of_resampled_cases():
    truth = np.array([0, 0, 0, 1, 1], bool)
    score = np.array([1, 2, 2, 2, 3.0])

    areas = bootstrap_aucs(truth, score, n_resamples=4000, seed=3)

    possible = {
        empirical_auc([0, 0, 0, 1, 1], [*x, *y])
        for x in np.array(np.meshgrid(*[[1, 2, 2]] * 3)).reshape(3, -1).T
        for y in ([2, 2], [2, 3], [3, 3])
    }
    assert {round(a, 9) for a in areas} == {round(a, 9) for a in possible}
    assert areas.mean() == pytest.approx(empirical_auc(truth, score), abs=0.01)


def test_bootstrap_agrees_with_delong_and_repeats_with_its_seed():
    rng = np.random.default_rng(2)
    truth = np.arange(400) < 200
    score = rng.normal(size=400) + truth

    interval = bootstrap_interval(truth, score, seed=5)

    assert interval == bootstrap_interval(truth, score, seed=5)
    assert interval != bootstrap_interval(truth, score, seed=6)
    assert interval.ends == pytest.approx(
        estimate_auc(truth, score).delong.ends, abs=0.01
    )


def test_bootstrap_blocks_do_not_run_dry():
    truth = np.arange(30) < 15
    areas = bootstrap_aucs(truth, np.arange(30.0) % 7, n_resamples=2001, seed=1)

    assert areas.shape == (2001,)


def test_an_estimate_becomes_plain_data():
    plain = estimate_auc([0, 0, 1, 1], [1, 3, 2, 4]).to_dict()

    assert plain["auc"] == 0.75
    assert plain["interval"]["method"] == "newcombe5"
    assert plain["notes"] == []


@pytest.mark.slow
def test_newcombe_covers_near_one_where_delong_does_not():
    rng = np.random.default_rng(3)
    shift = np.sqrt(2) * norm.ppf(0.95)
    hits = {"newcombe5": 0, "delong": 0}
    for _ in range(600):
        estimate = estimate_auc(
            FORTY_FIVE_FIVE, rng.normal(size=50) + shift * FORTY_FIVE_FIVE
        )
        for name in hits:
            ends = getattr(estimate, name).ends
            hits[name] += ends is not None and ends[0] <= 0.95 <= ends[1]

    assert hits["newcombe5"] / 600 > 0.93
    assert hits["delong"] / 600 < 0.85
