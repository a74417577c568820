"""Figures of a detector: identities, limits and an interval that covers."""

import numpy as np
import pytest

from observers.analysis.detection import detection
from observers.analysis.roc import empirical_auc


def cell(seed=1, n=40, shift=1.0, threshold=0.5):
    rng = np.random.default_rng(seed)
    truth = np.repeat([False, True], n)
    score = rng.normal(shift * truth, 1)
    cluster = np.tile(np.arange(n).astype(str), 2)
    return truth, score, 1 / (1 + np.exp(-score)), cluster, threshold


def figures(*given, **more):
    truth, score, p, cluster, threshold = given
    return detection(truth, score, p, cluster, threshold=threshold, **more)


def test_area_is_the_empirical_one_within_its_interval():
    given = cell()
    found = figures(*given)

    assert found.auc == pytest.approx(empirical_auc(given[0], given[1]))
    assert found.lower < found.auc < found.upper
    assert (found.n_original, found.n_manipulated, found.n_clusters) == (40, 40, 40)


def test_perfect_scores_reach_every_limit():
    truth = np.repeat([False, True], 20)
    p = truth.astype(float)
    found = figures(truth, p, p, np.tile(np.arange(20).astype(str), 2), 0.5)

    assert (found.auc, found.lower, found.upper, found.precision) == (1, 1, 1, 1)
    assert (found.tpr_at_1, found.tpr_at_5, found.brier) == (1, 1, 0)
    assert found.calibration_error == 0


def test_precision_is_stated_for_one_in_ten():
    truth = np.array([0, 0, 0, 0, 1, 1], bool)
    score = np.array([0, 0, 0, 1, 1, 1.0])
    found = figures(truth, score, score, np.array(list("abcdab")), 1.0)

    assert found.precision == pytest.approx(0.1 / (0.1 + 0.9 * 0.25))
    assert found.balanced_accuracy == pytest.approx(0.875)


def test_same_seed_same_interval():
    assert figures(*cell(), seed=4) == figures(*cell(), seed=4)


def test_interval_covers_one_half_of_useless_scores():
    covered = [
        f.lower <= 0.5 <= f.upper
        for f in (figures(*cell(seed=s, shift=0.0)) for s in range(60))
    ]

    assert np.mean(covered) > 0.85
