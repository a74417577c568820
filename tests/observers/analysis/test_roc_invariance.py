"""Rule 15: nothing depends on the order of rows, the scale of scores, or names."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from observers.analysis.comparison import compare
from observers.analysis.delong import delong
from observers.analysis.differences import paired_difference
from observers.analysis.estimates import estimate_auc
from observers.analysis.readings import Readings
from observers.analysis.roc import empirical_auc, roc_curve
from observers.analysis.tidy import from_rows, to_rows

SCORE = st.one_of(st.integers(0, 10).map(float), st.just(float("nan")))
CASES = st.lists(st.tuples(st.booleans(), SCORE, SCORE), min_size=1, max_size=30)


def columns(cases):
    truth = np.array([case[0] for case in cases], bool)
    return truth, np.array([case[1:] for case in cases], float).T


@settings(max_examples=60, deadline=None)
@given(CASES, st.randoms(use_true_random=False))
def test_rule_15_row_order_does_not_matter(cases, random):
    shuffled = random.sample(cases, len(cases))
    (truth, score), (other_truth, other) = columns(cases), columns(shuffled)

    assert estimate_auc(truth, score[0]).auc == estimate_auc(other_truth, other[0]).auc
    first, second = delong(truth, score), delong(other_truth, other)
    np.testing.assert_allclose(first.covariance, second.covariance, atol=1e-15)
    a, b = paired_difference(truth, *score), paired_difference(other_truth, *other)
    assert (a.difference, a.notes) == (b.difference, b.notes)


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_rule_15_a_monotone_transform_of_scores_does_not_matter(cases):
    truth, score = columns(cases)
    stretched = np.exp(score / 3) - 7

    assert estimate_auc(truth, score[0]) == estimate_auc(truth, stretched[0])
    np.testing.assert_array_equal(
        delong(truth, score).covariance, delong(truth, stretched).covariance
    )


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_swapping_the_classes_and_the_sign_changes_nothing(cases):
    truth, score = columns(cases)

    first, second = estimate_auc(truth, score[0]), estimate_auc(~truth, -score[0])

    assert first.auc == second.auc
    assert first.interval.ends == second.interval.ends or np.allclose(
        first.interval.ends, second.interval.ends, atol=1e-12
    )


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_nothing_is_ever_nan_and_no_interval_has_zero_width(cases):
    truth, score = columns(cases)
    estimate = estimate_auc(truth, score[0])

    assert estimate.auc is None or 0 <= estimate.auc <= 1
    for interval in (estimate.newcombe5, estimate.logit_delong, estimate.delong):
        if interval.ends is None:
            assert interval.reason
        else:
            assert 0 <= interval.lower < interval.upper <= 1
            assert interval.lower <= estimate.auc <= interval.upper


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_the_curve_has_the_wilcoxon_area(cases):
    truth, score = columns(cases)
    curve, auc = roc_curve(truth, score[0]), empirical_auc(truth, score[0])

    assert (curve is None) == (auc is None)
    assert curve is None or abs(curve.area - auc) < 1e-12


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_rule_15_shuffled_and_renamed_rows_give_the_same_comparison(seed, random):
    rng = np.random.default_rng(seed)
    truth = np.arange(24) % 4 == 0
    readings = Readings(
        score=rng.integers(0, 10, (3, 1, 24)) + truth * 3.0,
        truth=truth,
        readers=("a1", "a2", "b1"),
        modalities=("unaided",),
        cases=tuple(f"c{i:02}" for i in range(24)),
        groups=("a", "a", "b"),
        lesions=("normal",) * 12 + ("glaucoma",) * 12,
    )
    rows = list(to_rows(readings))
    rows = [
        {**row, "case": f"x{row['case']}"} for row in random.sample(rows, len(rows))
    ]

    first, second = compare(readings), compare(from_rows(rows))

    for group in ("a", "b"):
        for lesion in ("normal", "glaucoma", "macro"):
            one, two = first.groups[group][lesion], second.groups[group][lesion]
            assert abs(one.auc - two.auc) < 1e-12
            np.testing.assert_allclose(one.interval.ends, two.interval.ends, atol=1e-12)
