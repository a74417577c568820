"""Localisation of one map: worked numbers and limits."""

import numpy as np
import pytest

from observers.analysis.roc import empirical_auc
from observers.analysis.tampering import best_threshold, located, rise


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


def test_a_rise_is_measured_from_each_map_by_itself():
    map_ = np.array([[0.0, 2.0, 1.0], [1.0, 1.0, 5.0], [1.0, 1.0, 3.0]])
    by_hand = np.array([[-0.25, 0.25, 0], [0, 0, 1], [0, 0, 0.5]])

    both = rise(np.stack([map_, 10 * map_ - 7]))

    assert both[0] == pytest.approx(by_hand)
    assert both[1] == pytest.approx(by_hand)
    assert not rise(np.full((3, 3), 2.0)).any()


def test_a_rise_keeps_the_order_of_places():
    rng = np.random.default_rng(3)
    changed = rng.random((20, 20)) < 0.2
    marked = rng.normal(0, 1, (20, 20)) + changed

    plain = located(changed, marked, threshold=1)
    risen = located(changed, rise(marked), threshold=0.5)

    assert risen.auc == plain.auc
