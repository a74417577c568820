"""The definitions written out: nothing here uses the package's own mathematics.

Areas, covariances, mean squares and one-shot variances are enumerated pair by pair, or
come from scikit-learn, scipy and statsmodels.
"""

from itertools import product

import numpy as np
import pandas as pd
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from observers.analysis.readings import Readings

REL = 1e-9


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
