"""Can the classes be told apart? Classifiers, cross-validated, with one permutation p.

Every classifier here is either linear in the labels or picks by products with them,
so all shuffles go through the whole pipeline at once, as columns of one matrix.
Labels are shuffled among the cases of a set, because that is what random drawing
would do; a case that several readers saw keeps one label.

References
----------
.. [1] Ojala, M., & Garriga, G. C. (2010). Permutation tests for studying classifier
   performance. Journal of Machine Learning Research, 11, 1833-1863.
.. [2] Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero.
   Statistical Applications in Genetics and Molecular Biology, 9(1), Article 39.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

FOLDS = 10
RIDGE = 1.0  # penalty a row, of standardised columns
MAX_ROWS = 2000
"""Rows beyond which the two classifiers on all columns see a random part."""


@dataclass(frozen=True)
class Table:
    """Columns that may carry the class, one row a case of a session."""

    columns: dict[str, Floats]
    """Values by name, each of shape (n,)."""
    case: Indices
    """Index of the row's case, shape (n,)."""
    session: Indices
    """Index of the row's session, shape (n,)."""


@dataclass(frozen=True)
class Classified:
    """How well the classes can be told apart."""

    auc: dict[str, dict[str, float]]
    """Cross-validated AUC by table and classifier; ``within`` is a correlation."""
    p: float
    """Permutation p of the whole pipeline."""
    feature: str
    """The column that goes with the class most."""
    feature_auc: float
    """AUC of that column alone, at least one half."""
    n_features: int
    """Columns that differ between rows."""


def classify(
    tables: Mapping[str, Table],
    truth: NDArray[np.bool_],
    sets: Indices,
    *,
    seed: int,
    n_shuffles: int = 1000,
) -> Classified:
    """
    Try to tell the classes apart, and say how likely chance does as well.

    Parameters
    ----------
    tables : mapping of str to Table
        What was seen. A table of few columns finds in few cases what a table of
        many would not; of equally strong columns the earlier table's is named.
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    sets : ndarray of int, shape (C,)
        The set of each case; labels are shuffled within it.
    seed : int
        Seed of shuffles and folds.
    n_shuffles : int
        Number of shuffles.

    Returns
    -------
    Classified
        AUCs, the p of the whole pipeline [1]_ [2]_, and the strongest column.
    """
    rng = np.random.default_rng(seed)
    labels = shuffled_labels(truth, sets, rng, n_shuffles)  # (C, 1 + n_shuffles)
    folds = spread(sets, rng)  # (C,)
    made = {key: _part(one, labels, folds, rng) for key, one in tables.items()}
    parts = {key: part for key, part in made.items() if part.names}
    if not parts:
        return Classified({}, 1.0, "", 0.5, 0)
    every = [scores for part in parts.values() for scores in part.scores.values()]
    top = np.max([_standardised(scores) for scores in every], axis=0)
    best = max(parts.values(), key=lambda part: round(part.strength, 9))
    return Classified(
        auc={
            key: {name: float(scores[0]) for name, scores in part.scores.items()}
            for key, part in parts.items()
        },
        p=float(np.mean(top >= top[0] - 1e-9)),
        feature=best.feature,
        feature_auc=best.feature_auc,
        n_features=sum(len(part.names) for part in parts.values()),
    )


def shuffled_labels(
    truth: NDArray[np.bool_], sets: Indices, rng: np.random.Generator, n_shuffles: int
) -> Floats:
    """
    Shuffle the labels within each set.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        The true labels.
    sets : ndarray of int, shape (C,)
        The set of each case.
    rng : Generator
        Source of the shuffles.
    n_shuffles : int
        How many.

    Returns
    -------
    ndarray of float, shape (C, 1 + n_shuffles)
        The true labels in the first column, a shuffle in each other one.
    """
    labels = np.repeat(truth[:, None].astype(float), n_shuffles + 1, axis=1)
    for one in np.unique(sets):
        rows = np.flatnonzero(sets == one)
        labels[rows, 1:] = rng.permuted(labels[rows, 1:], axis=0)
    return labels


def spread(sets: Indices, rng: np.random.Generator) -> Indices:
    """
    Spread the cases of each set over the folds, without a look at the labels.

    Parameters
    ----------
    sets : ndarray of int, shape (C,)
        The set of each case.
    rng : Generator
        Source of the order.

    Returns
    -------
    ndarray of int, shape (C,)
        The fold of each case.
    """
    folds = np.empty(sets.size, np.intp)
    order = rng.permutation(sets.size)
    order = order[np.argsort(sets[order], kind="stable")]
    folds[order] = np.arange(sets.size) % FOLDS
    return folds


@dataclass(frozen=True)
class _Part:
    """What one table gave."""

    names: list[str]
    scores: dict[str, Floats]
    strength: float
    feature: str
    feature_auc: float


def _part(
    table: Table, labels: Floats, folds: Indices, rng: np.random.Generator
) -> _Part:
    # Put one table through every classifier.
    names, ranks = ranked(table.columns)  # (n, p)
    if not names:
        return _Part([], {}, 0.0, "", 0.5)
    truth = labels[table.case]  # (n, 1 + shuffles)
    fold = folds[table.case]
    bent = np.hstack([ranks, _scaled(np.abs(ranks))])  # (n, 2 p): both ends, too
    within, each = _within(bent, truth, table.session)
    rows = rng.permutation(table.case.size)[:MAX_ROWS]
    scores = {
        "single": _single(bent, truth, fold),
        "linear": _smooth(ranks[rows] @ ranks[rows].T, truth[rows], fold[rows]),
        "kernel": _smooth(_gaussian(ranks[rows]), truth[rows], fold[rows]),
        "within": within,
    }
    top = int(np.argmax(each)) % len(names)
    alone = float(auc_of(ranks[:, [top]], truth[:, :1])[0])
    return _Part(names, scores, float(each.max()), names[top], max(alone, 1 - alone))


def ranked(columns: dict[str, Floats]) -> tuple[list[str], Floats]:
    """
    Rank the columns that differ between rows, each kind once.

    Parameters
    ----------
    columns : dict of str to ndarray of float, shape (n,)
        Values by name.

    Returns
    -------
    names : list of str, length p
        Columns that are neither constant nor ranked like an earlier one.
    ranks : ndarray of float, shape (n, p)
        Their ranks, standardised.
    """
    kept: dict[bytes, tuple[str, Floats]] = {}
    for name, values in columns.items():
        if np.ptp(values) > 0:
            ranks = rankdata(values)
            kept.setdefault(ranks.tobytes(), (name, ranks))
    if not kept:
        return [], np.empty((0, 0))
    names = [name for name, _ranks in kept.values()]
    return names, _scaled(np.column_stack([ranks for _name, ranks in kept.values()]))


def _scaled(values: Floats) -> Floats:
    # Centre and scale columns; constant ones become zero.
    centred = values - values.mean(axis=0)
    spread_ = centred.std(axis=0)
    return np.asarray(centred / np.where(spread_ > 0, spread_, 1.0))


def _single(columns: Floats, truth: Floats, fold: Indices) -> Floats:
    # Choose the best column in the training folds; AUC on the others.
    scores = np.empty_like(truth)
    for one in np.unique(fold):
        test = fold == one
        train = truth[~test] - truth[~test].mean(axis=0)
        products = columns[~test].T @ train  # (2 p, 1 + shuffles)
        chosen = np.argmax(np.abs(products), axis=0)
        sign = np.sign(np.take_along_axis(products, chosen[None], axis=0))
        scores[test] = columns[test][:, chosen] * sign
    return auc_of(scores, truth)


def _smooth(kernel: Floats, truth: Floats, fold: Indices) -> Floats:
    # Ridge regression on a kernel: linear in the labels; AUC on held-out folds.
    kernel = kernel / np.trace(kernel) * len(kernel)  # mean of the diagonal 1
    scores = np.empty_like(truth)
    for one in np.unique(fold):
        test = fold == one
        train = truth[~test] - truth[~test].mean(axis=0)
        inner = kernel[np.ix_(~test, ~test)] + RIDGE * np.eye(int((~test).sum()))
        scores[test] = kernel[np.ix_(test, ~test)] @ np.linalg.solve(inner, train)
    return auc_of(scores, truth)


def _gaussian(columns: Floats) -> Floats:
    # Gaussian kernel of rows, as wide as their median distance.
    squares = (columns**2).sum(axis=1)
    distance = squares[:, None] + squares[None, :] - 2 * columns @ columns.T
    return np.asarray(np.exp(-distance / np.median(distance[distance > 0])))


def _within(columns: Floats, truth: Floats, session: Indices) -> tuple[Floats, Floats]:
    # Correlate within each session, so that no session hides another's leak.
    #
    # The first value is the largest mean over sessions of the absolute correlation;
    # the second is that mean for each column with the true labels.
    total = np.zeros((columns.shape[1], truth.shape[1]))
    sessions = np.unique(session)
    for one in sessions:
        rows = session == one
        own, labels = _scaled(columns[rows]), _scaled(truth[rows])
        total += np.abs(own.T @ labels) / rows.sum()
    total /= sessions.size
    return total.max(axis=0), total[:, 0]


def auc_of(scores: Floats, truth: Floats) -> Floats:
    """
    Area under the curve of each column.

    Parameters
    ----------
    scores : ndarray of float, shape (n, k)
        Scores.
    truth : ndarray of float, shape (n, k)
        1 where manipulated, 0 where not.

    Returns
    -------
    ndarray of float, shape (k,)
        Areas; one half where a column has one class only.
    """
    ones = truth.sum(axis=0)
    pairs = ones * (len(truth) - ones)
    sums = (rankdata(scores, axis=0) * truth).sum(axis=0) - ones * (ones + 1) / 2
    half = np.full(ones.shape, 0.5)
    return np.asarray(np.divide(sums, pairs, out=half, where=pairs > 0))


def _standardised(values: Floats) -> Floats:
    # Express each value in standard deviations of all, shuffled or not.
    deviation = values.std()
    return np.asarray((values - values.mean()) / (deviation if deviation > 0 else 1.0))
