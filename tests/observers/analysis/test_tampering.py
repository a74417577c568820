"""Localisation of one map: worked numbers and limits."""

import numpy as np
import pytest

from observers.analysis.roc import empirical_auc
from observers.analysis.tampering import best_threshold, located


def test_a_map_by_hand():
    changed = np.array([[1, 1], [0, 0]], bool)
    marked = np.array([[0.9, 0.2], [0.4, 0.1]])

    found = located(changed, marked, threshold=0.3)

    assert found.auc == 0.75
    assert found.f1 == pytest.approx(0.5)
    assert found.iou == pytest.approx(1 / 3)


def test_area_is_the_empirical_one_with_ties():
    rng = np.random.default_rng(1)
    changed = rng.random((20, 20)) < 0.2
    marked = rng.integers(0, 5, (20, 20)) + changed * 1.0

    found = located(changed, marked, threshold=3)

    assert found.auc == pytest.approx(empirical_auc(changed.ravel(), marked.ravel()))


@pytest.mark.parametrize("value", [True, False])
def test_a_map_of_one_truth_says_nothing(value):
    assert located(np.full((4, 4), value), np.zeros((4, 4)), threshold=0) is None


def test_threshold_is_where_f1_is_best():
    rng = np.random.default_rng(2)
    changed = rng.random((5, 30, 30)) < 0.1
    marked = changed * 1.0 + rng.normal(0, 0.2, changed.shape)

    cut = best_threshold(changed, marked)

    assert 0.3 < cut < 0.7
