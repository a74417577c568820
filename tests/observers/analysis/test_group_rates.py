"""Sensitivity and specificity of a group: the interval of a mean over its readers."""

import numpy as np
import pytest

from observers.analysis.accuracy import Cut, reader_accuracy
from observers.analysis.accuracy_means import group_accuracy, macro_accuracy
from observers.analysis.intervals import wilson_interval

CUT = Cut(50, inclusive=False)


def group(truth, score):
    members = [reader_accuracy(truth, row, CUT) for row in score]
    return group_accuracy(truth, score, members, CUT)


def rated(rng, truth, readers=3, shared=1.0):
    """Ratings that share what makes a case hard."""
    hard = rng.normal(size=truth.size)
    own = rng.normal(size=(readers, truth.size))
    return 50 + 20 * (np.where(truth, 0.8, -0.6) + shared * hard + own)


def test_one_reader_keeps_wilsons_interval_and_copies_add_nothing():
    truth = np.arange(50) < 12
    one = rated(np.random.default_rng(1), truth, readers=1)
    hits = int((one[0, truth] > 50).sum())
    passes = int((one[0, ~truth] <= 50).sum())

    for score in (one, np.repeat(one, 3, axis=0)):
        found = group(truth, score)
        assert found.sensitivity[0] == pytest.approx(hits / 12)
        assert found.sensitivity[1].ends == pytest.approx(
            wilson_interval(hits, 12).ends
        )
        assert found.specificity[1].ends == pytest.approx(
            wilson_interval(passes, 38).ends
        )


def test_readers_are_correlated_as_their_calls_on_the_same_cases_are():
    truth = np.arange(60) < 25
    score = rated(np.random.default_rng(2), truth, shared=2.0)
    found = group(truth, score)

    for kind, rate, right in (
        (truth, found.sensitivity, score > 50),
        (~truth, found.specificity, score <= 50),
    ):
        calls = right[:, kind]
        ends = np.array([wilson_interval(int(c.sum()), c.size).ends for c in calls])
        away = np.abs(ends - calls.mean(axis=1)[:, None])  # (R, 2)
        r = np.corrcoef(calls)
        assert r.min() > 0
        down, up = (np.sqrt(side @ r @ side) / 3 for side in away.T)
        mean = calls.mean()
        assert rate[0] == pytest.approx(mean)
        assert rate[1].ends == pytest.approx((mean - down, mean + up))


def test_readers_who_disagree_by_chance_are_taken_as_independent():
    truth = np.arange(40) < 20
    right = np.arange(40) % 2 == 0
    score = np.where([right, ~right], 90.0, 10.0)

    found = group(truth, score)

    low, high = wilson_interval(10, 20).ends
    away = np.array([0.5 - low, high - 0.5]) / np.sqrt(2)
    assert found.sensitivity[1].ends == pytest.approx((0.5 - away[0], 0.5 + away[1]))


def test_where_every_call_is_right_the_interval_is_as_wide_as_one_readers():
    truth = np.arange(50) < 5
    score = np.where(truth, 90.0, 10.0)[None].repeat(4, axis=0)

    found = group(truth, score)

    assert found.sensitivity[1].ends == pytest.approx(wilson_interval(5, 5).ends)
    assert found.specificity[1].ends == pytest.approx(wilson_interval(45, 45).ends)


def test_a_missing_score_leaves_the_other_readers_their_cases():
    truth = np.arange(40) < 15
    score = rated(np.random.default_rng(3), truth)
    score[0, :3] = np.nan

    found = group(truth, score)

    hits = [np.mean(row[truth & ~np.isnan(row)] > 50) for row in score]
    assert found.sensitivity[0] == pytest.approx(np.mean(hits))
    low, high = found.sensitivity[1].ends
    assert low < found.sensitivity[0] < high


def test_over_lesions_independent_parts_are_averaged():
    rng = np.random.default_rng(4)
    truth = np.arange(40) < 15
    parts = [group(truth, rated(rng, truth)) for _ in range(2)]

    found = macro_accuracy(parts)

    down = np.hypot(*(p.sensitivity[0] - p.sensitivity[1].lower for p in parts)) / 2
    assert found.sensitivity[1].lower == pytest.approx(found.sensitivity[0] - down)
    assert found.to_dict()["sensitivity_ci"] == found.sensitivity[1].ends
    assert found.to_dict()["specificity_ci"] == found.specificity[1].ends


def test_without_a_threshold_there_is_no_rate():
    truth = np.arange(20) < 5
    alone = reader_accuracy(truth, np.arange(20.0), None)

    assert alone.sensitivity[0] is None
    assert alone.specificity[1].ends is None
    assert alone.sensitivity[1].reason == "no threshold was given"


@pytest.mark.parametrize("shared", [0.0, 1.5])
def test_the_interval_covers_the_readers_own_mean_rates(shared):
    """Readers fixed, cases drawn anew: 95 of 100 intervals hold the mean rate."""
    rng = np.random.default_rng(5)
    truth = np.arange(50) < 15
    many = rated(rng, np.repeat([True, False], 200_000), shared=shared)
    true_rates = np.mean(many[:, :200_000] > 50), np.mean(many[:, 200_000:] <= 50)
    held = np.zeros(2)
    for _ in range(400):
        found = group(truth, rated(rng, truth, shared=shared))
        for k, rate in enumerate((found.sensitivity, found.specificity)):
            low, high = rate[1].ends
            held[k] += low <= true_rates[k] <= high

    assert np.all(held / 400 > 0.93)
    assert np.all(held / 400 < 0.985)
