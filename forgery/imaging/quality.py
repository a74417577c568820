"""How far manipulated images are from original ones, each under its true name (S5).

Paired figures compare a manipulated image with its own original: `rmse`, `psnr`,
`ssim`. Distributional ones compare two sets by features of some network (rows
are images): `frechet_distance`, `kid`. The Frechet distance is called FID only on
the features of `inception`; on others it is named after them. Its bias at small
n is large, so it is read beside `half_split`: what two sets of originals give.
No torch here: web code may import this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from forgery.imaging.distances import Estimate as Estimate
from forgery.imaging.distances import Spread as Spread
from forgery.imaging.distances import frechet_distance as frechet_distance
from forgery.imaging.distances import half_split as half_split
from forgery.imaging.distances import kernel_distance as kernel_distance
from forgery.imaging.distances import kid as kid
from forgery.imaging.distances import subsampled as subsampled
from forgery.imaging.field import Image, Mask


@dataclass(frozen=True)
class Paired:
    """Paired figures of n images against their own originals."""

    rmse: NDArray[np.float64]
    """Root mean square error on 0..255, shape (n,)."""
    psnr: NDArray[np.float64]
    """Peak signal-to-noise ratio in dB, inf for equal images, shape (n,)."""
    ssim: NDArray[np.float64]
    """Structural similarity, -1 to 1, shape (n,)."""


@dataclass(frozen=True)
class Named:
    """A figure under its true name, or the reason why there is none."""

    name: str
    value: float | None
    text: str


def rmse(original: Image, manipulated: Image, mask: Mask | None = None) -> float:
    """
    Root mean square error over pixels and channels.

    Parameters
    ----------
    original : ndarray of uint8, shape (H, W, 3)
        The reference.
    manipulated : ndarray of uint8, shape (H, W, 3)
        What is compared with it.
    mask : ndarray of bool, shape (H, W), or None
        The pixels to count, all by default.

    Returns
    -------
    float
        From 0 to 255.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    _check_alike(original, manipulated)
    difference = original.astype(np.float64) - manipulated
    if mask is not None:
        difference = difference[mask]
    return float(np.sqrt(np.mean(difference**2)))


def psnr(original: Image, manipulated: Image, mask: Mask | None = None) -> float:
    """
    Peak signal-to-noise ratio, ``20 log10(255 / rmse)``.

    Parameters
    ----------
    original : ndarray of uint8, shape (H, W, 3)
        The reference.
    manipulated : ndarray of uint8, shape (H, W, 3)
        What is compared with it.
    mask : ndarray of bool, shape (H, W), or None
        The pixels to count, all by default.

    Returns
    -------
    float
        In dB; ``inf`` for equal images.
    """
    error = rmse(original, manipulated, mask)
    return float(20 * np.log10(255 / error)) if error else float("inf")


def ssim(original: Image, manipulated: Image) -> float:
    """
    Structural similarity on RGB: Gaussian window 11 x 11, sigma 1.5 [1]_.

    Parameters
    ----------
    original : ndarray of uint8, shape (H, W, 3)
        The reference, at least 11 pixels a side.
    manipulated : ndarray of uint8, shape (H, W, 3)
        What is compared with it.

    Returns
    -------
    float
        Mean over pixels and channels, 1 for equal images.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Wang Z, Bovik AC, Sheikh HR, Simoncelli EP (2004). Image quality
       assessment: from error visibility to structural similarity. IEEE
       Transactions on Image Processing 13: 600-612.
    """
    _check_alike(original, manipulated)
    similarity = structural_similarity(  # type: ignore[no-untyped-call]  # skimage
        original,
        manipulated,
        channel_axis=2,
        data_range=255,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    return float(similarity)


def paired(originals: Sequence[Image], manipulated: Sequence[Image]) -> Paired:
    """
    Compare images with their own originals, one by one.

    Parameters
    ----------
    originals : sequence of ndarray of uint8, shape (H, W, 3)
        The references.
    manipulated : sequence of ndarray of uint8, shape (H, W, 3)
        In the same order.

    Returns
    -------
    Paired
        One entry a pair.

    Raises
    ------
    ValueError
        If they differ in number or shape, or there are none.
    """
    if not originals or len(originals) != len(manipulated):
        msg = f"needs pairs, has {len(originals)} and {len(manipulated)} images"
        raise ValueError(msg)
    both = list(zip(originals, manipulated, strict=True))
    return Paired(
        rmse=np.array([rmse(x, y) for x, y in both]),
        psnr=np.array([psnr(x, y) for x, y in both]),
        ssim=np.array([ssim(x, y) for x, y in both]),
    )


def _check_alike(original: Image, manipulated: Image) -> None:
    if original.shape != manipulated.shape:
        msg = f"shapes differ: {original.shape} and {manipulated.shape}"
        raise ValueError(msg)
