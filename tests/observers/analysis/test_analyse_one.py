"""``analyse`` with one reader or one detector: paired, alone, without evidence."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from observers.analysis.analyse import analyse
from observers.analysis.analyse_options import Options
from tests.observers.analysis.brute_force import (
    REL,
    area,
    delong,
    jackknife,
    make,
    readings,
)


def test_standalone_detector_agrees_with_brute_force():
    """Hillis's single-modality t test on A_j - A_detector, written out."""
    score, truth = make(9, n_r=5, n_m=2, n0=9, n1=7)
    score[:4, 1], score[4, 0] = np.nan, np.nan  # reader 4 is the detector, in B
    found = analyse(readings(score, truth), Options(standalone="modality:B"))
    vectors = np.vstack([score[4, 1], score[:4, 0]])
    lift = np.hstack([-np.ones((4, 1)), np.eye(4)])
    d = lift @ [area(v, truth) for v in vectors]
    covariance = lift @ jackknife(vectors, truth) @ lift.T
    cov2 = (covariance.sum() - np.trace(covariance)) / 12
    ms, addition = d.var(ddof=1), 4 * max(cov2, 0)
    se, df = ((ms + addition) / 4) ** 0.5, 3 * ((ms + addition) / ms) ** 2

    row = next(row for row in found["standalone"] if row["group"] == "all")
    assert row["difference"] == pytest.approx(d.mean(), rel=REL)
    assert row["rrrc"]["t"] == pytest.approx(d.mean() / se, rel=REL)
    assert row["rrrc"]["df"] == pytest.approx(df, rel=REL)
    assert row["rrrc"]["p"] == pytest.approx(
        2 * stats.t.sf(abs(d.mean()) / se, df), rel=REL
    )
    alone = stats.ttest_1samp(d, 0)
    assert row["rrfc"]["p"] == pytest.approx(alone.pvalue, rel=REL)
    weight = lift.mean(axis=0)
    fixed = weight @ delong(vectors, truth) @ weight
    assert row["frrc"]["se"] == pytest.approx(fixed**0.5, rel=REL)


def test_one_reader_in_two_modalities_is_a_paired_delong_test():
    score, truth = make(12, n_r=1, n0=10, n1=9)
    found = analyse(readings(score, truth))
    pair = delong(score[0], truth)
    se = (pair[0, 0] + pair[1, 1] - 2 * pair[0, 1]) ** 0.5

    assert found["design"] == "single"
    assert found["readers"][0]["se"] == pytest.approx(se, rel=REL)
    row = found["pairs"][0]["or"]["delong"]
    assert row["frrc"]["se"] == pytest.approx(se, rel=REL)
    assert row["rrrc"]["p"] is None
    assert row["rrrc"]["notes"]


def test_one_reader_in_one_modality_has_an_area_and_intervals():
    score, truth = make(13, n_r=1, n_m=1, n0=30, n1=20)
    found = analyse(readings(score, truth))

    assert found["design"] == "single"
    assert found["pairs"] == found["readers"] == found["groups"] == []
    assert found["auc"][0]["auc"] == pytest.approx(roc_auc_score(truth, score[0, 0]))
    assert found["modalities"][0]["or"]["delong"]["rrrc"]["se"] is None


@pytest.mark.parametrize("n", [(45, 5), (5, 45), (30, 30)])
def test_area_of_one_keeps_an_interval_whatever_the_sizes(n):
    truth = np.arange(sum(n)) >= n[0]
    score = np.broadcast_to(truth * 10.0, (3, 2, truth.size)).copy()
    score[0, 1, 0] = 20.0  # one reader in B is not perfect
    found = analyse(readings(score, truth))

    for row in found["auc"]:
        low, high = row["ci"]["newcombe5"]
        assert 0 < low < row["auc"] <= high
        if row["auc"] == 1:
            assert high == 1
            assert row["ci"]["delong"] is None
    assert found["pairs"][0]["difference"] == pytest.approx(1 / 3 / n[0])


def test_constant_scores_are_one_half_with_newcombes_interval_and_no_evidence():
    truth = np.arange(20) >= 12
    found = analyse(readings(np.full((3, 2, 20), 4.0), truth))

    assert {row["auc"] for row in found["auc"]} == {0.5}
    assert all(row["ci"]["delong"] is None for row in found["auc"])
    assert all(row["ci"]["newcombe5"][0] < 0.5 for row in found["auc"])
    pair = found["pairs"][0]
    assert pair["difference"] == 0
    assert pair["or"]["jackknife"]["rrrc"]["p"] == 1
    assert pair["or"]["jackknife"]["rrrc"]["ci"] is None
