"""The one-feature baseline: fine detail inside the field of view.

Where this scores well, the two classes were not processed alike, or the forgeries
are crude; a detector's figure means little without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.network import metrics
from detector.network.examples import Examples, Images
from forgery.imaging.fundus import field_of_view

_RIM = 9
"""Pixels by which the field of view is shrunk, away from its edge."""


def detail_energy(images: Images) -> NDArray[np.float64]:
    """
    Measure fine detail inside the field of view.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 256, 256, 3)
        Images as the detector sees them.

    Returns
    -------
    ndarray of float, shape (n,)
        Natural logarithm of the mean absolute Laplacian of the grey image, in
        grey levels of 255.
    """
    kernel = np.ones((_RIM, _RIM), np.uint8)
    found = []
    for image in images:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
        inside = cv2.erode(field_of_view(image).astype(np.uint8), kernel) > 0
        found.append(np.log(detail[inside].mean() + 1e-3) if inside.any() else 0.0)
    return np.array(found)


@dataclass(frozen=True)
class DetailBaseline:
    """Threshold and direction of the feature, chosen on validation images."""

    threshold: float
    """Score at and above which an image is called manipulated."""
    direction: float
    """1 where forgeries hold more detail than originals, -1 where less."""

    @classmethod
    def fit(cls, validation: Examples) -> Self:
        """
        Choose direction and threshold.

        Parameters
        ----------
        validation : Examples
            Validation images of both truth states.

        Returns
        -------
        DetailBaseline
            The baseline.

        Raises
        ------
        ValueError
            If one truth state is absent.
        """
        energy = detail_energy(validation.images)
        more = metrics.auc(validation.truth, energy) >= 0.5
        direction = 1.0 if more else -1.0
        return cls(
            metrics.best_threshold(validation.truth, direction * energy), direction
        )

    def score(self, images: Images) -> NDArray[np.float64]:
        """
        Score images.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, 256, 256, 3)
            Images as the detector sees them.

        Returns
        -------
        ndarray of float, shape (n,)
            Higher is more manipulated.
        """
        return self.direction * detail_energy(images)

    def decide(self, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """
        Call images manipulated or original.

        Parameters
        ----------
        scores : ndarray of float, shape (n,)
            From `score`.

        Returns
        -------
        ndarray of bool, shape (n,)
            True where called manipulated.
        """
        return np.asarray(scores >= self.threshold)
