"""Per-source calibration: scores of a camera measured from its own known originals.

A detector that never saw a camera scores all of its photographs higher or lower. A few
photographs known to be original (twenty or more) say where that camera's originals lie
and how widely they spread; scores are then read from there. Nothing is said of the
camera's forgeries, so nothing can be learned from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

_TO_SIGMA = 1.4826  # of a normal distribution, from its median absolute deviation


@dataclass(frozen=True)
class SourceCalibration:
    """Where the originals of one source lie, in scores of one detector."""

    centre: float
    """Median score of the known originals."""
    spread: float
    """Their median absolute deviation, scaled to a standard deviation."""

    @classmethod
    def fit(cls, originals: ArrayLike) -> Self:
        """
        Learn from scores of known originals.

        Parameters
        ----------
        originals : array_like of float, shape (n,)
            Scores of photographs of the source that are known to be original.

        Returns
        -------
        SourceCalibration
            The calibration.

        Raises
        ------
        ValueError
            If there are none.
        """
        scores = np.asarray(originals, float)
        if not len(scores):
            msg = "a source is calibrated on its known originals, and there are none"
            raise ValueError(msg)
        centre = float(np.median(scores))
        spread = _TO_SIGMA * float(np.median(np.abs(scores - centre)))
        return cls(centre, max(spread, 1e-6))

    def apply(self, scores: ArrayLike) -> NDArray[np.float64]:
        """
        Measure scores from the source's originals.

        Parameters
        ----------
        scores : array_like of float, shape (n,)
            Scores of photographs of the source.

        Returns
        -------
        ndarray of float, shape (n,)
            Standard deviations above its typical original.

        Examples
        --------
        >>> SourceCalibration.fit([1.0, 2.0, 3.0]).apply([2.0]).tolist()
        [0.0]
        """
        return (np.asarray(scores, float) - self.centre) / self.spread
