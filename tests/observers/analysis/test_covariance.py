"""Covariances of areas against MRMCaov, and any figure of merit by jackknife."""

import numpy as np
import pytest

from observers.analysis.covariance import (
    METHODS,
    covariances,
    jackknife_areas,
    jackknife_covariance,
    jackknife_of,
    leave_one_out,
    placements,
    unbiased_covariance,
)
from observers.analysis.roc import empirical_auc
from observers.analysis.ustatistic_sums import pair_sums
from tests.golden.reference import CROSSED, close, load, read

NAMES = {"jackknife": "jackknife", "delong": "DeLong", "unbiased": "unbiased"}


@pytest.mark.parametrize("name", CROSSED)
@pytest.mark.parametrize("method", METHODS)
def test_covariance_matrix_agrees_with_mrmcaov(shared, name, method):
    """MRMCaov 0.3.0: the whole matrix, by its labels modality.reader."""
    expected = load(shared)["roc"][name]["MRMCaov"][NAMES[method]]["RRRC"]
    readings = read(shared, name)
    n_c = len(readings.cases)
    _, by_method = covariances(readings.truth, readings.score.reshape(-1, n_c))
    labels = [f"{m}.{r}" for r in readings.readers for m in readings.modalities]
    order = [labels.index(label) for label in expected["cov_labels"]]

    close(by_method[method][np.ix_(order, order)], expected["cov_matrix"])


def random_study(seed=3, n=25):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3 == 0
    return truth, np.round(rng.normal(truth * 1.0, 1.0, (3, n)), 1)


def test_jackknife_by_formula_equals_jackknife_by_leaving_out():
    truth, score = random_study()
    parts = placements(truth, score)

    values = leave_one_out(truth, score, empirical_auc)

    close(jackknife_areas(truth, parts), values)
    close(jackknife_covariance(parts), jackknife_of(values))


def test_unbiased_covariance_of_incomplete_vectors_with_no_common_case_is_zero():
    truth = np.array([False, True] * 6)
    score = np.full((2, 12), np.nan)
    score[0, :6], score[1, 6:] = np.arange(6), np.arange(6)[::-1]

    covariance = unbiased_covariance(pair_sums(truth, score))

    close(covariance[0, 1], 0.0)


def test_rule_12_or_refuses_missing_scores():
    truth, score = random_study()
    score[1, 2] = np.nan

    with pytest.raises(ValueError, match="this design is incomplete"):
        placements(truth, score)


def test_one_class_only_is_refused():
    with pytest.raises(ValueError, match="original and manipulated"):
        placements(np.array([True, True]), np.array([[1.0, 2.0]]))


def test_one_case_in_a_class_has_no_covariance():
    truth, score = np.array([True, False, False]), np.array([[3.0, 1.0, 2.0]])

    auc, by_method = covariances(truth, score)

    assert auc[0] == 1.0
    assert all(np.isnan(matrix).all() for matrix in by_method.values())


def test_minus_infinity_ranks_lowest():
    """Rule 14: no mark is -inf and ties with other -inf count one half."""
    truth = np.array([False, False, True, True])
    score = np.array([[-np.inf, 1.0, -np.inf, 2.0]])

    auc, _ = covariances(truth, score)

    close(auc, [(0.5 + 0 + 1 + 1) / 4])
