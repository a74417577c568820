"""What Obuchowski-Rockette says where a variance, a reader or a modality is missing."""

import numpy as np
import pytest

from observers.analysis.covariance import (
    covariances,
)
from observers.analysis.mrmc import obuchowski_rockette
from observers.analysis.mrmc_components import components
from observers.analysis.mrmc_dbm import dorfman_berbaum_metz, pseudovalues
from tests.golden.reference import close
from tests.observers.analysis.rockette import first


def test_figure_of_merit_of_any_kind_can_be_analysed():
    """Sensitivity at a threshold: five readers, two modalities, jackknife."""
    rng = np.random.default_rng(2)
    hits = rng.random((3, 2, 40)) < 0.7  # (R, M, C)
    theta = hits.mean(axis=2)
    left_out = (hits.sum(axis=2, keepdims=True) - hits) / 39

    dbm = dorfman_berbaum_metz(pseudovalues(theta, left_out))

    close([m.estimate for m in dbm.rrrc.modalities], theta.mean(axis=0))
    close(dbm.rrrc.differences[0, 1].estimate, np.subtract(*theta.mean(axis=0)))


def test_rule_7_identical_modalities_have_p_one_and_no_f():
    rng = np.random.default_rng(1)
    truth = np.arange(30) < 10
    one = rng.normal(truth * 1.0, 1, (4, 1, 30))
    auc, by_method = covariances(truth, np.repeat(one, 2, 1).reshape(-1, 30))

    for covariance in by_method.values():
        result = obuchowski_rockette(auc.reshape(4, 2), covariance)
        for part in (result.rrrc, result.frrc, result.rrfc):
            assert (part.test.statistic, part.test.p) == (None, 1.0)
            assert part.differences[0, 1].ci is None
            assert part.differences[0, 1].p == 1.0


def test_rule_7_no_interaction_and_no_covariance_gap_leaves_f_undefined():
    theta = np.array([[0.8, 0.7], [0.9, 0.8]])
    covariance = np.full((4, 4), 0.001) + 0.001 * np.eye(4)

    result = obuchowski_rockette(theta, covariance)

    assert (result.rrrc.test.statistic, result.rrrc.test.p) == (None, None)
    assert "undefined" in result.rrrc.test.notes[0]
    assert result.rrrc.differences[0, 1].p is None
    assert result.frrc.test.p is not None


def test_rule_7_no_interaction_but_a_gap_gives_infinite_ddf_and_the_normal():
    theta = np.array([[0.8, 0.7], [0.9, 0.8]])
    covariance = np.full((2, 2, 2, 2), 0.0)  # (r, m, s, n)
    covariance += 0.001 * np.eye(2)[None, :, None, :]  # same modality: Cov2 > Cov3

    result = obuchowski_rockette(theta, covariance.reshape(4, 4))

    assert result.rrrc.test.df == np.inf
    close(result.rrrc.differences[0, 1].se, np.sqrt(0.002))
    close(result.rrrc.differences[0, 1].p, 0.02534731867746824)
    assert any("normal reference" in note for note in result.rrrc.test.notes)


def test_rule_7_clamp_is_said_when_active():
    theta = np.array([[0.9, 0.7], [0.8, 0.85], [0.9, 0.6]])
    covariance = 0.001 * np.eye(6).reshape(3, 2, 3, 2)
    covariance += 1e-4 * (1 - np.eye(2))[None, :, None, :]  # Cov3 > Cov2

    result = obuchowski_rockette(theta, covariance.reshape(6, 6))

    assert result.components.is_clamped
    for part in (result.rrrc, result.frrc):
        assert any("Cov2 < Cov3" in note for note in part.test.notes)


def test_rule_9_one_reader_has_fixed_readers_only_and_two_are_warned_of():
    truth = np.arange(20) < 8
    rng = np.random.default_rng(5)
    score = rng.normal(truth * 1.0, 1, (4, 20))

    one = obuchowski_rockette(*first(covariances(truth, score[:2]), (1, 2)))
    two = obuchowski_rockette(*first(covariances(truth, score), (2, 2)))

    assert one.rrrc.test.p is None
    assert one.rrfc.differences[0, 1].p is None
    assert one.frrc.differences[0, 1].p == pytest.approx(one.readers[0, 0, 1].p)
    assert any("two readers" in note for note in two.rrrc.test.notes)


def test_one_modality_has_averages_but_no_comparison():
    truth = np.arange(20) < 8
    score = np.random.default_rng(6).normal(truth * 1.0, 1, (3, 20))

    result = obuchowski_rockette(*first(covariances(truth, score), (3, 1)))

    assert result.rrrc.test.notes == ("one modality: nothing to compare",)
    assert result.rrrc.modalities[0].ci is not None
    assert result.rrrc.differences == {}


def test_incomplete_design_is_refused():
    with pytest.raises(ValueError, match="complete design"):
        components(np.array([[0.8, np.nan]]), np.eye(2))
    with pytest.raises(ValueError, match="does not fit"):
        components(np.array([[0.8, 0.9]]), np.eye(3))
    with pytest.raises(ValueError, match="two readers"):
        dorfman_berbaum_metz(np.zeros((1, 2, 5)))
