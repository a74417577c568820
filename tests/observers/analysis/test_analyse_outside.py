"""``analyse`` on studies made here, against brute force.

Areas, covariances, mean squares and one-shot variances of any design; the sums are
those of ``brute_force``, not the package's own.
"""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from observers.analysis.analyse import analyse
from tests.observers.analysis.brute_force import (
    REL,
    area,
    delong,
    jackknife,
    make,
    members,
    one_shot,
    readings,
    rockette,
    table,
    unbiased,
    weighted,
)

METHODS = ("jackknife", "delong", "unbiased")


@pytest.mark.parametrize("kind", ["continuous", "ordinal"])
@pytest.mark.parametrize("seed", [1, 2])
def test_crossed_study_agrees_with_brute_force(seed, kind):
    score, truth = make(seed, kind=kind)
    found = analyse(readings(score, truth))
    vectors = score.reshape(-1, truth.size)
    theta = np.array([area(v, truth) for v in vectors]).reshape(4, 2)

    assert found["design"] == "crossed"
    row = found["pairs"][0]
    assert row["difference"] == pytest.approx(theta[:, 0].mean() - theta[:, 1].mean())
    matrices = {
        "jackknife": jackknife(vectors, truth),
        "delong": delong(vectors, truth),
        "unbiased": unbiased(vectors, truth),
    }
    for method in METHODS:
        wanted = rockette(theta, matrices[method])
        got = row["or"][method]
        for key, (statistic, df, variance) in wanted.items():
            name = "chi2" if key == "frrc" else "f"
            assert got[key][name] == pytest.approx(statistic, rel=REL)
            assert got[key]["se"] == pytest.approx(variance**0.5, rel=REL)
            p = (
                stats.chi2.sf(statistic, 1)
                if key == "frrc"
                else stats.f.sf(statistic, 1, df)
            )
            assert got[key]["p"] == pytest.approx(p, rel=REL)
            half = stats.t.ppf(0.975, df) * variance**0.5
            limits = np.clip(
                [row["difference"] - half, row["difference"] + half], -1, 1
            )
            assert got[key]["ci"] == pytest.approx(limits, rel=REL)


@pytest.mark.parametrize("kind", ["continuous", "ordinal"])
def test_areas_and_readers_agree_with_scikit_learn_and_brute_force(kind):
    score, truth = make(3, n0=12, n1=8, kind=kind)
    found = analyse(readings(score, truth))

    for row in found["auc"]:
        own = score[int(row["reader"][1:]), "AB".index(row["modality"])]
        assert row["auc"] == pytest.approx(roc_auc_score(truth, own), rel=1e-12)
        variance = delong(np.array([own, own]), truth)[0, 0]
        assert row["var_delong"] == pytest.approx(variance, rel=REL)
        half = stats.norm.ppf(0.975) * variance**0.5
        wald = np.clip([row["auc"] - half, row["auc"] + half], 0, 1)
        assert row["ci"]["delong"] == pytest.approx(wald, rel=REL)
        assert newcombe_holds(row)
    for row in found["readers"]:
        pair = score[int(row["reader"][1:])]
        variance = np.array([1, -1]) @ delong(pair, truth) @ np.array([1, -1])
        assert row["se"] == pytest.approx(variance**0.5, rel=1e-8)
        z = row["difference"] / variance**0.5
        assert row["p"] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-8)


def newcombe_holds(row):
    """Each end solves Newcombe's equation, or is the end of the range."""
    n0, n1 = row["n0"], row["n1"]
    half = (n0 + n1) / 2 - 1
    z = stats.norm.ppf(0.975)
    for end in row["ci"]["newcombe5"]:
        if end in (0.0, 1.0):
            continue
        spread = 1 + half * (1 - end) / (2 - end) + half * end / (1 + end)
        variance = end * (1 - end) * spread / (n0 * n1)
        assert abs(row["auc"] - end) == pytest.approx(z * variance**0.5, abs=1e-9)
    return True


def designs(name):
    """Scores (R, M, C) and truth of a design with gaps, small enough to enumerate."""
    score, truth = make(7, n_r=4, n_m=2, n0=6, n1=6, kind="ordinal")
    rng = np.random.default_rng(70)
    c = np.arange(truth.size)
    if name == "missing":
        score[rng.random(score.shape) < 0.15] = np.nan
    elif name == "split-plot":
        for r in range(4):
            score[r, :, c % 2 != r // 2] = np.nan
    elif name == "nested":
        score[:2, 1] = np.nan
        score[2:, 0] = np.nan
    return score, truth


@pytest.mark.parametrize("name", ["crossed", "missing", "split-plot", "nested"])
def test_one_shot_variances_agree_with_enumeration_for_any_design(name):
    score, truth = designs(name)
    found = analyse(readings(score, truth))
    a, b = members(score, truth, 0), members(score, truth, 1)

    assert found["design"] == name
    row = found["pairs"][0]
    assert row["difference"] == pytest.approx(weighted(a) - weighted(b), rel=REL)
    variance, mle = one_shot([(1, a), (-1, b)], truth)
    assert row["u_statistic"]["variance"] == pytest.approx(variance, rel=REL)
    assert row["mle"]["variance"] == pytest.approx(mle, rel=REL)
    for one, own in zip(found["modalities"], (a, b), strict=True):
        variance, mle = one_shot([(1, own)], truth)
        assert one["auc"] == pytest.approx(weighted(own), rel=REL)
        assert one["u_statistic"]["variance"] == pytest.approx(variance, rel=REL)
        assert one["mle"]["variance"] == pytest.approx(mle, rel=REL)
    assert (row["or"]["delong"] is None) == (name != "crossed")


def test_groups_agree_with_enumeration():
    score, truth = make(11, n_r=5, n_m=1, n0=6, n1=5)
    groups = ("a", "a", "a", "b", "b")
    found = analyse(readings(score, truth, groups=groups))
    a, b = (
        [(r, table(score[r, 0], truth)) for r in range(5) if groups[r] == name]
        for name in "ab"
    )

    row = found["groups"][0]
    assert (row["a"], row["b"]) == ("a", "b")
    assert row["difference"] == pytest.approx(weighted(a) - weighted(b), rel=REL)
    variance, mle = one_shot([(1, a), (-1, b)], truth)
    used = variance if variance > 0 else mle
    assert row["random"]["se"] == pytest.approx(used**0.5, rel=REL)
    weight = np.repeat([1 / 3, -1 / 2], (3, 2))
    fixed = weight @ delong(score[:, 0], truth) @ weight
    assert row["fixed"]["se"] == pytest.approx(fixed**0.5, rel=REL)
