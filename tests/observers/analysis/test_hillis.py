"""Tests and intervals: tails, quantiles, and what zero variance means."""

import math

import numpy as np
import pytest
from scipy import stats

from observers.analysis.hillis import (
    bounded_p,
    chi_square_test,
    f_test,
    infer,
    snap,
    t_quantile,
    t_two_sided,
    undefined,
)
from tests.golden.reference import close


@pytest.mark.parametrize("df", [1.2085, 2.0, 15.26, 877.886, math.inf])
def test_tails_and_quantiles_agree_with_scipy_stats(df):
    reference = stats.norm if math.isinf(df) else stats.t(df)

    for value in (0.3, 2.1, 9.0):
        close(t_two_sided(-value, df), 2 * reference.sf(value), 1e-12, 0)
    close(t_quantile(df, 0.975), reference.ppf(0.975), 1e-12)


def test_rule_3_zero_variance_and_zero_difference_is_p_one_without_interval():
    result = infer(0.0, 0.0, 5)

    assert (result.p, result.ci, result.statistic) == (1.0, None, None)
    assert result.notes == ("identical ranking: no evidence either way",)


def test_rule_3_zero_variance_and_a_difference_leaves_p_undefined():
    result = infer(0.1, 0.0, 5)

    assert (result.p, result.ci) == (None, None)
    assert "undefined" in result.notes[0]


def test_rule_4_is_rule_3_for_unpaired_tests():
    assert infer(0.0, 0.0, math.inf).p == 1.0
    assert infer(0.2, 0.0, math.inf).p is None


@pytest.mark.parametrize("variance", [-1e-9, math.nan])
def test_rule_8_never_the_root_of_a_negative(variance):
    result = infer(0.1, variance, 5)

    assert (result.se, result.p, result.ci) == (None, None, None)
    assert result.estimate == 0.1


def test_rule_10_intervals_are_cut_to_the_range_and_flagged():
    result = infer(0.98, 0.01, 5, limits=(0.0, 1.0))

    assert result.ci[1] == 1.0
    assert any("cut" in note for note in result.notes)


def test_rule_11_tiny_p_is_a_bound():
    result = infer(0.9, 1e-8, math.inf)

    assert result.p == 1e-300
    assert "below 1e-300" in result.notes[0]
    assert bounded_p(1.5) == (1.0, "")


def test_rule_11_p_comes_from_the_survival_function():
    close(t_two_sided(12.0, math.inf), 3.552964224155e-33, 1e-9, 0)


def test_few_degrees_of_freedom_are_warned_of():
    assert any("fewer than 2" in note for note in infer(0.1, 0.001, 1.2).notes)


def test_snap_removes_rounding_noise_by_scale():
    close(snap(np.array([5e-15, 2e-14]), 1.0), [0.0, 2e-14], absolute=0)
    close(snap(np.array([5e-13]), 100.0), [0.0], absolute=0)


def test_f_and_chi_square_of_equal_or_undefined_modalities():
    assert f_test(0.0, 0.0, 1, 4)[:2] == (None, 1.0)
    assert f_test(0.1, 0.0, 1, 4)[:2] == (None, None)
    statistic, p, _ = chi_square_test(0.2, 0.1, 2)
    close([statistic, p], [4.0, stats.chi2.sf(4.0, 2)])


def test_notes_are_kept_once():
    result = undefined("why").with_notes("why", "", "more")

    assert result.notes == ("why", "more")
