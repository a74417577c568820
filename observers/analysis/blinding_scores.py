"""Classifiers whose scores for every shuffle of the labels come at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

RIDGE = 1.0  # penalty a row, of standardised columns


def scaled(values: Floats) -> Floats:
    """
    Centre and scale columns; constant ones become zero.

    Parameters
    ----------
    values : ndarray of float, shape (n, p)
        Columns.

    Returns
    -------
    ndarray of float, shape (n, p)
        Columns of mean 0 and standard deviation 1.
    """
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    return np.asarray(centred / np.where(spread > 0, spread, 1.0))


def single(columns: Floats, truth: Floats, fold: Indices) -> Floats:
    """
    Choose the best column in the training folds; judge it on the others.

    Parameters
    ----------
    columns : ndarray of float, shape (n, p)
        Standardised columns.
    truth : ndarray of float, shape (n, k)
        Labels, a shuffle in each column.
    fold : ndarray of int, shape (n,)
        The fold of each row.

    Returns
    -------
    ndarray of float, shape (k,)
        Cross-validated areas.
    """
    scores = np.empty_like(truth)
    for one in np.unique(fold):
        test = fold == one
        train = truth[~test] - truth[~test].mean(axis=0)
        products = columns[~test].T @ train  # (p, k)
        chosen = np.argmax(np.abs(products), axis=0)
        sign = np.sign(np.take_along_axis(products, chosen[None], axis=0))
        scores[test] = columns[test][:, chosen] * sign
    return auc_of(scores, truth)


def smooth(kernel: Floats, truth: Floats, fold: Indices) -> Floats:
    """
    Ridge regression on a kernel: linear in the labels; judged on held-out folds.

    Parameters
    ----------
    kernel : ndarray of float, shape (n, n)
        Likeness of rows.
    truth : ndarray of float, shape (n, k)
        Labels, a shuffle in each column.
    fold : ndarray of int, shape (n,)
        The fold of each row.

    Returns
    -------
    ndarray of float, shape (k,)
        Cross-validated areas.
    """
    kernel = kernel / np.trace(kernel) * len(kernel)  # mean of the diagonal 1
    scores = np.empty_like(truth)
    for one in np.unique(fold):
        test = fold == one
        train = truth[~test] - truth[~test].mean(axis=0)
        inner = kernel[np.ix_(~test, ~test)] + RIDGE * np.eye(int((~test).sum()))
        scores[test] = kernel[np.ix_(test, ~test)] @ np.linalg.solve(inner, train)
    return auc_of(scores, truth)


def gaussian(columns: Floats) -> Floats:
    """
    Gaussian kernel of rows, as wide as their median distance.

    Parameters
    ----------
    columns : ndarray of float, shape (n, p)
        Standardised columns.

    Returns
    -------
    ndarray of float, shape (n, n)
        Likeness of rows.
    """
    squares = (columns**2).sum(axis=1)
    distance = squares[:, None] + squares[None, :] - 2 * columns @ columns.T
    return np.asarray(np.exp(-distance / np.median(distance[distance > 0])))


def within(columns: Floats, truth: Floats, session: Indices) -> tuple[Floats, Floats]:
    """
    Separate the classes within each session, so that none hides another's leak.

    Parameters
    ----------
    columns : ndarray of float, shape (n, p)
        Columns.
    truth : ndarray of float, shape (n, k)
        Labels, a shuffle in each column.
    session : ndarray of int, shape (n,)
        The session of each row.

    Returns
    -------
    largest : ndarray of float, shape (k,)
        The largest mean over sessions of ``|2 AUC - 1|``, by shuffle.
    each : ndarray of float, shape (p,)
        That mean for each column with the labels of the first shuffle.
    """
    total = np.zeros((columns.shape[1], truth.shape[1]))
    sessions = np.unique(session)
    for one in sessions:
        rows = session == one
        ones = truth[rows].sum(axis=0)  # (k,)
        pairs = ones * (rows.sum() - ones)
        ranks = rankdata(columns[rows], axis=0)
        wins = ranks.T @ truth[rows] - ones * (ones + 1) / 2  # (p, k)
        half = np.full(wins.shape, 0.5)
        areas = np.divide(wins, pairs, out=half, where=pairs > 0)
        total += np.abs(2 * areas - 1)
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


def stretched(scores: Floats, labels: Floats, *, is_area: bool) -> Floats:
    """
    Stretch the ends of a scale, so that perfect separation stands far from chance.

    In a small study an area of 1 is hardly four standard deviations of the shuffles
    from one half, which the largest of thousands of shuffled scores reaches, too.

    Parameters
    ----------
    scores : ndarray of float, shape (k,)
        Areas, or separations between 0 and 1.
    labels : ndarray of float, shape (C, k)
        Labels of the cases.
    is_area : bool
        Whether the scores are areas.

    Returns
    -------
    ndarray of float, shape (k,)
        Inverse hyperbolic tangent of the separation, signed where it is of areas.
    """
    ones = float(labels[:, 0].sum())
    edge = 1 - 1 / max(2.0, ones * (len(labels) - ones))
    separation = 2 * scores - 1 if is_area else scores
    return np.asarray(np.arctanh(np.clip(separation, -edge, edge)))
