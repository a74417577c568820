"""Logistic regression on described images: the simple baselines of every table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from detector.network import metrics

Features = NDArray[np.float64]
_PENALTY = 0.02
"""Inverse strength of the penalty on the weights of standardised features."""


@dataclass(frozen=True)
class LinearBaseline:
    """Weights learned on training images; threshold and calibration on validation."""

    weights: NDArray[np.float64]
    """Shape (d,), of features as they come."""
    bias: float
    threshold: float
    """Score at and above which an image is called manipulated."""
    offset: float
    """Score that has probability one half."""
    temperature: float
    """Divisor of ``score - offset``."""

    @classmethod
    def fit(
        cls,
        train: tuple[Features, NDArray[np.bool_]],
        validation: tuple[Features, NDArray[np.bool_]],
        *,
        most_false: float,
    ) -> Self:
        """
        Learn.

        Parameters
        ----------
        train, validation : tuple of ndarray
            Features (n, d) and truth (n,), of other patients each.
        most_false : float
            Largest share of validation's originals that the threshold may call.

        Returns
        -------
        LinearBaseline
            The baseline.

        Raises
        ------
        ValueError
            If one truth state is absent.
        """
        x, truth = train
        mean, scale = x.mean(0), x.std(0) + 1e-9
        model = LogisticRegression(C=_PENALTY, class_weight="balanced", max_iter=300)
        model.fit((x - mean) / scale, truth)
        weights = model.coef_[0] / scale
        bias = float(model.intercept_[0] - (weights * mean).sum())
        scores = validation[0] @ weights + bias
        threshold = metrics.best_threshold(validation[1], scores, most_false=most_false)
        offset, temperature = metrics.best_calibration(validation[1], scores)
        return cls(weights, bias, threshold, offset, temperature)

    def score(self, features: Features) -> NDArray[np.float64]:
        """
        Score described images.

        Parameters
        ----------
        features : ndarray of float, shape (n, d)
            Descriptions.

        Returns
        -------
        ndarray of float, shape (n,)
            Higher is more manipulated.
        """
        return np.asarray(features @ self.weights + self.bias)
