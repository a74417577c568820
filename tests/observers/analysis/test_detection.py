"""Figures of a detector: identities, limits and an interval that covers."""

import numpy as np
import pytest

from observers.analysis.detection import detection, macro
from observers.analysis.detection_bootstrap import Resampler, mean
from observers.analysis.roc import empirical_auc


def cell(seed=1, n=40, shift=1.0, threshold=0.5):
    rng = np.random.default_rng(seed)
    truth = np.repeat([False, True], n)
    score = rng.normal(shift * truth, 1)
    cluster = np.tile(np.arange(n).astype(str), 2)
    return truth, score, 1 / (1 + np.exp(-score)), cluster, threshold


def judged(*given, seed=1):
    truth, score, p, cluster, threshold = given
    resampler = Resampler(cluster, seed)
    return detection(truth, score, p, cluster, threshold=threshold, resampler=resampler)


def figures(*given, **more):
    return judged(*given, **more)[0]


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


def test_own_pairs_weigh_in_every_draw_as_in_the_sample():
    # twins are always ranked right, other pairs at random: the mean over draws must
    # stay at the sample's area, where copies of a cluster used to add easy pairs
    n = 8
    rng = np.random.default_rng(2)
    base = rng.normal(0, 1, n)
    truth = np.repeat([False, True], n)
    score = np.concatenate([base, base + 1e-6])
    cluster = np.tile(np.arange(n).astype(str), 2)

    area = Resampler(cluster).area(truth, score, cluster)

    assert area.value == pytest.approx((n * (n - 1) / 2 + n) / n**2)
    twice_counted = 0.5 + (2 * n - 1) / n / (2 * n)  # what copies against copies give
    assert np.nanmean(area.draws) < (area.value + twice_counted) / 2


def test_differences_of_the_same_draws_are_narrower_than_their_parts():
    truth, score, _, cluster, _ = cell(n=60)
    close = score + np.random.default_rng(9).normal(0, 0.05, len(score))
    resampler = Resampler(cluster)
    one, other = (resampler.area(truth, s, cluster) for s in (score, close))

    paired = (one - other).estimate

    assert paired.value == pytest.approx(one.value - other.value)
    assert paired.upper - paired.lower < 0.2 * (one.estimate.upper - one.estimate.lower)


def test_macro_weighs_cells_alike_and_sums_images():
    cells = [judged(*cell(seed=1)), judged(*cell(seed=2, n=40))]

    found, area = macro(cells)

    assert found.auc == pytest.approx(np.mean([c[0].auc for c in cells]))
    assert found.n_manipulated == 80
    assert area.value == mean([c[1] for c in cells]).value


def test_a_draw_without_a_truth_state_is_left_out():
    truth = np.array([False, True])
    cluster = np.array(["a", "b"])

    area = Resampler(cluster).area(truth, np.array([0.0, 1.0]), cluster)

    assert np.isnan(area.draws).any()
    assert area.estimate.lower == area.estimate.upper == 1
