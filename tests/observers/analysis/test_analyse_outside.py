"""``analyse`` on studies made here, against the definitions written out by brute force.

Nothing below uses the package's own mathematics: areas, covariances, mean squares and
one-shot variances are enumerated pair by pair, or come from scikit-learn, scipy and
statsmodels.
"""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from observers.analysis.analyse import analyse
from observers.analysis.analyse_options import Options
from observers.analysis.readings import Readings

REL = 1e-9
METHODS = ("jackknife", "delong", "unbiased")


def make(seed, n_r=4, n_m=2, n0=7, n1=6, kind="continuous"):
    """A crossed study: scores (R, M, C) and truth (C,)."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n0 + n1) >= n0
    hard = rng.normal(0, 0.6, truth.size)
    skill = 1.2 + rng.normal(0, 0.3, (n_r, n_m, 1))
    score = skill * truth + hard + rng.normal(0, 1, (n_r, n_m, truth.size))
    if kind == "ordinal":
        score = np.clip(np.round(score + 2.5), 1, 5)
    return score, truth


def readings(score, truth, **names):
    n_r, n_m, n_c = score.shape
    return Readings(
        score=score,
        truth=truth,
        readers=tuple(f"R{k}" for k in range(n_r)),
        modalities=tuple("ABC"[:n_m]),
        cases=tuple(f"c{k}" for k in range(n_c)),
        **names,
    )


def kernel(x, y):
    """Success of a manipulated score y over an original score x."""
    return 1.0 if y > x else 0.5 if y == x else 0.0


def table(score, truth):
    """Success scores (n1, n0) of one vector; NaN where either is missing."""
    rows = [
        [np.nan if np.isnan(x + y) else kernel(x, y) for x in score[~truth]]
        for y in score[truth]
    ]
    return np.array(rows)


def area(score, truth):
    return float(np.nanmean(table(score, truth)))


def jackknife(vectors, truth):
    """Leave out each case once, and count again."""
    keep = ~np.eye(truth.size, dtype=bool)
    left = np.array([[area(v[k], truth[k]) for k in keep] for v in vectors])
    gap = left - left.mean(axis=1, keepdims=True)
    return (truth.size - 1) / truth.size * gap @ gap.T


def delong(vectors, truth):
    """Sample covariances of the structural components."""
    tables = [table(v, truth) for v in vectors]
    of_manipulated = np.array([t.mean(axis=1) for t in tables])
    of_original = np.array([t.mean(axis=0) for t in tables])
    n1, n0 = tables[0].shape
    return np.cov(of_manipulated) / n1 + np.cov(of_original) / n0


def unbiased(vectors, truth):
    """Mean over all pairs of comparisons by what they share, less the disjoint mean."""
    tables = [table(v, truth) for v in vectors]
    n1, n0 = tables[0].shape
    found = np.zeros((len(vectors),) * 2)
    for a, b in product(range(len(vectors)), repeat=2):
        sums, counts = np.zeros(4), np.zeros(4)
        for (i, j), (k, m) in product(product(range(n1), range(n0)), repeat=2):
            cell = 2 * (i != k) + (j != m)
            sums[cell] += tables[a][i, j] * tables[b][k, m]
            counts[cell] += 1
        moment = sums / counts
        found[a, b] = counts / counts.sum() @ moment - moment[3]
    return found


def rockette(theta, covariance):
    """Obuchowski-Rockette by the sums of its definition."""
    n_r, n_m = theta.shape
    cells = list(product(range(n_r), range(n_m)))
    kinds = {}
    for (i, a), (j, b) in product(enumerate(cells), repeat=2):
        key = (a[0] == b[0], a[1] == b[1])
        kinds.setdefault(key, []).append(covariance[i, j])
    var, cov1 = np.mean(kinds[True, True]), np.mean(kinds[True, False])
    cov2, cov3 = np.mean(kinds[False, True]), np.mean(kinds[False, False])
    frame = pd.DataFrame(
        [{"y": theta[r, m], "r": str(r), "m": str(m)} for r, m in cells]
    )
    anova = anova_lm(ols("y ~ C(r) + C(m)", frame).fit())
    ms_t = anova.loc["C(m)", "mean_sq"]
    ms_tr = anova.loc["Residual", "mean_sq"]
    gap = n_r * max(cov2 - cov3, 0)
    df1, df = n_m - 1, (n_r - 1) * (n_m - 1)
    ddf = df * ((ms_tr + gap) / ms_tr) ** 2
    fixed = var - cov1 + (n_r - 1) * gap / n_r
    return {
        "rrrc": (ms_t / (ms_tr + gap), ddf, 2 / n_r * (ms_tr + gap)),
        "rrfc": (ms_t / ms_tr, df, 2 / n_r * ms_tr),
        "frrc": (df1 * ms_t / fixed, np.inf, 2 / n_r * fixed),
    }


def one_shot(sets, truth):
    """Unbiased and plain variance of a weighted sum of reader-averaged areas.

    ``sets`` holds (sign, [(reader, scores), ...]). Every two comparisons are met once:
    eight means by what they share (reader, manipulated, original), the design's own
    shares as weights, less the mean of those that share nothing.
    """
    total = np.zeros(2)
    for (sign_a, a), (sign_b, b) in product(sets, repeat=2):
        plain, disjoint = np.zeros((2, 8)), np.zeros((2, 8))
        for (ra, ta), (rb, tb) in product(a, b):
            for (i, j), (k, m) in product(
                np.argwhere(~np.isnan(ta)), np.argwhere(~np.isnan(tb))
            ):
                value = ta[i, j] * tb[k, m]
                cell = 4 * (ra != rb) + 2 * (i != k) + (j != m)
                disjoint[:, cell] += value, 1
                # Under the empirical distribution a share is allowed, not demanded.
                for r, p, q in product((0, 1), repeat=3):
                    if (r or ra == rb) and (p or i == k) and (q or j == m):
                        plain[:, 4 * r + 2 * p + q] += value, 1
        share = disjoint[1] / disjoint[1].sum()
        means = [
            np.divide(t[0], t[1], out=np.zeros(8), where=t[1] > 0)
            for t in (disjoint, plain)
        ]
        share[7] -= 1
        total += sign_a * sign_b * np.array([share @ mean for mean in means])
    return total


def members(score, truth, m):
    """(reader, success scores) of those who read anything in a modality."""
    return [
        (r, table(row, truth))
        for r, row in enumerate(score[:, m])
        if not np.isnan(row).all()
    ]


def weighted(members_of):
    """Sum of successes over number of comparisons, as one-shot analyses average."""
    return sum(np.nansum(t) for _, t in members_of) / sum(
        (~np.isnan(t)).sum() for _, t in members_of
    )


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
