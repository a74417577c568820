"""Statistics of noise residuals: what a simple forensic detector would look at.

Moments and co-occurrences of fixed high-pass filters, and the energy of frequency
bands, inside the field of view. They stand beside the detector as a baseline.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.network.examples import Images
from forgery.imaging.fundus import Mask, field_of_view

_KERNELS = (
    np.array([[1, -2, 1]], np.float32) / 2,
    np.array([[1], [-2], [1]], np.float32) / 2,
    np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.float32) / 4,
)
_LEVELS = 2
"""Residuals are rounded and cut at plus and minus this many grey levels."""
_BANDS = 6
_RIM = 9
"""Pixels by which the field of view is shrunk, away from its edge."""


def residual_statistics(images: Images) -> NDArray[np.float64]:
    """
    Describe images by their residuals.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, S, S, 3)
        Images as the detector sees them.

    Returns
    -------
    ndarray of float, shape (n, 180)
        For green and blue and each of three filters: three moments and the 25
        co-occurrences of neighbours [1]_; then six bands of the spectrum.

    References
    ----------
    .. [1] Fridrich J, Kodovsky J (2012). Rich models for steganalysis of digital
       images. IEEE Transactions on Information Forensics and Security 7: 868-882.
    """
    kernel = np.ones((_RIM, _RIM), np.uint8)
    rows = []
    for image in images:
        inside = cv2.erode(field_of_view(image).astype(np.uint8), kernel) > 0
        planes = [image[..., channel].astype(np.float32) for channel in (1, 2)]
        rows.append(np.concatenate([_plane(plane, inside) for plane in planes]))
    return np.array(rows)


def _plane(plane: NDArray[np.float32], inside: Mask) -> NDArray[np.float64]:
    if not inside.any():
        return np.zeros(len(_KERNELS) * 28 + _BANDS)
    parts = [
        _residual(np.asarray(cv2.filter2D(plane, cv2.CV_32F, kernel)), inside)
        for kernel in _KERNELS
    ]
    return np.concatenate([*parts, _bands(plane, inside)])


def _residual(found: NDArray[Any], inside: Mask) -> NDArray[np.float64]:
    values = found[inside].astype(np.float64)
    spread = values.std() + 1e-6
    moments = [
        np.log(spread),
        np.log(np.abs(values).mean() + 1e-3),
        np.log1p(((values / spread) ** 4).mean()),
    ]
    side = 2 * _LEVELS + 1
    level = np.clip(np.rint(found), -_LEVELS, _LEVELS).astype(int) + _LEVELS
    both = inside[:, 1:] & inside[:, :-1]
    pairs = (level[:, 1:] * side + level[:, :-1])[both]
    counts = np.bincount(pairs, minlength=side * side) / max(1, len(pairs))
    return np.concatenate([moments, np.log(counts + 1e-4)])


def _bands(plane: NDArray[np.float32], inside: Mask) -> NDArray[np.float64]:
    # log energy by spatial frequency, the surround filled with the field's mean
    calm = np.where(inside, plane - plane[inside].mean(), 0)
    power = np.abs(np.fft.fft2(calm)) ** 2
    rows, columns = np.fft.fftfreq(len(plane)), np.fft.fftfreq(plane.shape[1])
    radius = np.hypot(rows[:, None], columns[None, :])
    place = np.minimum((radius / 0.5 * _BANDS).astype(int), _BANDS - 1)
    energy = np.bincount(place.ravel(), power.ravel(), minlength=_BANDS)
    return np.log(energy / np.bincount(place.ravel(), minlength=_BANDS) + 1e-3)
