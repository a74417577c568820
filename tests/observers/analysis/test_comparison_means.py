"""Means, differences, correlations and experience: known answers."""

import numpy as np
import pytest

from observers.analysis.calls import calls_at, mean_table3
from observers.analysis.comparison import compare
from observers.analysis.experience import ExperiencePoint, auc_by_experience
from observers.analysis.intervals import Interval, undefined
from observers.analysis.means import correlation_of, difference_of, mean_of
from observers.analysis.operating import operating_point
from observers.analysis.readings import Readings
from observers.analysis.simulate import simulate_ratings


def points(years, aucs):
    return [
        ExperiencePoint(f"R{i}", "", y, a)
        for i, (y, a) in enumerate(zip(years, aucs, strict=True))
    ]


def test_table_3_means_are_none_where_a_cell_is():
    none = calls_at(operating_point([0, 1], [1, 1], 5)).table3
    some = calls_at(operating_point([0, 1], [1, 9], 5)).table3

    assert none.manipulated_precision is None
    assert mean_table3([none, some]).manipulated_precision is None
    assert mean_table3([none, some]).original_precision == 0.75


def test_means_recover_known_intervals():
    parts = [(0.6, Interval("x", 0.95, 0.5, 0.8)), (0.8, Interval("x", 0.95, 0.6, 0.9))]

    mean, apart = mean_of(parts, method="m")
    _, together = mean_of(parts, method="m", correlation=np.ones((2, 2)))

    assert mean == pytest.approx(0.7)
    assert apart.lower == pytest.approx(0.7 - np.hypot(0.1, 0.2) / 2)
    assert apart.upper == pytest.approx(0.7 + np.hypot(0.2, 0.1) / 2)
    assert together.ends == pytest.approx((0.55, 0.85))
    assert mean_of([(0.6, undefined("x", "why"))], method="m")[1].reason == "why"
    wide = [(0.9, Interval("x", 0.95, 0.0, 1.0)), (0.95, Interval("x", 0.95, 0.9, 1.2))]
    assert mean_of(wide, method="m", correlation=np.ones((2, 2)))[1].truncated


def test_differences_recover_known_intervals():
    a, b = (0.9, Interval("x", 0.95, 0.8, 1.0)), (0.6, Interval("x", 0.95, 0.4, 0.7))

    apart = difference_of(a, b, method="m")[1]
    together = difference_of(a, b, method="m", correlation=1.0)[1]

    assert apart.ends == pytest.approx(
        (0.3 - np.hypot(0.1, 0.1), 0.3 + np.hypot(0.1, 0.2))
    )
    assert together.ends == pytest.approx((0.3, 0.4))
    low = (0.0, Interval("x", 0.95, 0.0, 0.9))
    assert (
        difference_of(low, (1.0, Interval("x", 0.95, 0.0, 1.0)), method="m")[1].lower
        == -1
    )
    assert difference_of((0.5, undefined("x", "why")), a, method="m")[1].reason == "why"


def test_correlation_is_replaced_where_it_is_undefined():
    covariance = np.array([[4.0, 1, 0], [1, 1, 0], [0, 0, 0]])

    matrix = correlation_of(covariance, where_undefined=1.0)

    assert matrix.tolist() == [[1, 0.5, 1], [0.5, 1, 1], [1, 1, 1]]


def test_experience_is_correlated_by_ranks_with_an_exact_p():
    result = auc_by_experience(points([5, 7, 11, 15], [0.6, 0.7, 0.8, 0.9]))

    assert result.spearman == pytest.approx(1)
    assert result.p == pytest.approx(2 / 24)
    assert result.method == "all orders (exact)"


def test_experience_of_many_readers_uses_the_t_distribution():
    rng = np.random.default_rng(1)
    result = auc_by_experience(points(range(12), rng.random(12)))

    assert result.method == "t distribution"
    assert -1 <= result.spearman <= 1
    assert 0 < result.p <= 1


@pytest.mark.parametrize(
    ("years", "aucs", "reason"),
    [
        ([1, 2], [0.5, 0.6], "needs at least 3"),
        ([3, 3, 3], [0.5, 0.6, 0.7], "all equal"),
        ([1, 2, 3], [0.5, 0.5, 0.5], "all equal"),
    ],
)
def test_experience_without_spread_has_a_reason(years, aucs, reason):
    result = auc_by_experience(points(years, aucs))

    assert (result.spearman, result.p) == (None, None)
    assert reason in result.reason


@pytest.mark.slow
def test_interval_of_a_group_covers_its_true_mean_at_45_and_5():
    truth = np.arange(50) < 5
    aucs = {"R1": 0.9, "R2": 0.88, "R3": 0.92}
    hits = {"interval": 0, "delong": 0}
    for seed in range(300):
        readings = Readings(
            score=simulate_ratings(truth, aucs, seed=seed)[:, None],
            truth=truth,
            readers=tuple(aucs),
            modalities=("unaided",),
            cases=tuple(f"c{i}" for i in range(50)),
        )
        group = compare(readings).groups["all readers"]["macro"]
        for name in hits:
            ends = getattr(group, name).ends
            hits[name] += ends is not None and ends[0] <= 0.9 <= ends[1]

    assert hits["interval"] / 300 > 0.9
    assert hits["interval"] > hits["delong"] + 15
