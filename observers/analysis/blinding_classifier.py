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

from observers.analysis.blinding_scores import (
    Floats,
    Indices,
    auc_of,
    gaussian,
    scaled,
    single,
    smooth,
    stretched,
    within,
)

FOLDS = 10
WITHIN = "within"
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
    """Cross-validated AUC by table and classifier; ``within`` is ``|2 AUC - 1|``."""
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
    every = [
        stretched(scores, labels, is_area=name != WITHIN)
        for part in parts.values()
        for name, scores in part.scores.items()
    ]
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
    bent = np.hstack([ranks, scaled(np.abs(ranks))])  # (n, 2 p): both ends, too
    apart, each = within(bent, truth, table.session)
    rows = rng.permutation(table.case.size)[:MAX_ROWS]
    scores = {
        "single": single(bent, truth, fold),
        "linear": smooth(ranks[rows] @ ranks[rows].T, truth[rows], fold[rows]),
        "kernel": smooth(gaussian(ranks[rows]), truth[rows], fold[rows]),
        WITHIN: apart,
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
    return names, scaled(np.column_stack([ranks for _name, ranks in kept.values()]))


def _standardised(values: Floats) -> Floats:
    # Express each value in standard deviations of all, shuffled or not.
    deviation = values.std()
    return np.asarray((values - values.mean()) / (deviation if deviation > 0 else 1.0))
