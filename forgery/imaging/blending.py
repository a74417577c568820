"""How a forger hides his edges: Poisson blending and noise touch-up."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import splu

from forgery.imaging.field import Image, Mask

Plane = NDArray[np.float32]

_GRAIN_SIGMA = 1.2  # pixels: what is finer is grain


def poisson(image: Image, donor: Plane, region: Mask) -> Plane:
    """
    Paste a donor into a region so that its edge meets the photograph.

    The donor keeps its gradients; a membrane that solves Laplace's equation inside
    the region carries the difference found along its edge [1]_.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        The photograph.
    donor : ndarray of float32, shape (H, W, 3)
        What shall be seen in the region, already in its place.
    region : ndarray of bool, shape (H, W)
        Where to paste.

    Returns
    -------
    ndarray of float32, shape (H, W, 3)
        The photograph with the donor blended in, not rounded.

    References
    ----------
    .. [1] Perez P, Gangnet M, Blake A (2003). Poisson image editing. ACM
       Transactions on Graphics 22: 313-318.
    """
    blended = image.astype(np.float32)
    inner = region.copy()
    inner[[0, -1], :] = False
    inner[:, [0, -1]] = False
    ys, xs = np.nonzero(inner)
    if not ys.size:
        return blended
    # a boundary's single pixels are noisy: their mean is what must be met
    gap = cv2.GaussianBlur(blended - donor, (0, 0), 1.0)
    number = np.full(region.shape, -1)
    number[ys, xs] = np.arange(ys.size)
    known = np.zeros((ys.size, 3))
    rows, columns = [np.arange(ys.size)], [np.arange(ys.size)]
    values = [np.full(ys.size, 4.0)]
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        other = number[ys + dy, xs + dx]
        is_edge = other < 0
        known[is_edge] += gap[ys + dy, xs + dx][is_edge]
        rows.append(np.flatnonzero(~is_edge))
        columns.append(other[~is_edge])
        values.append(np.full(int((~is_edge).sum()), -1.0))
    matrix = csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    )
    membrane = splu(matrix.tocsc()).solve(known)
    blended[ys, xs] = donor[ys, xs] + membrane
    return np.asarray(blended, np.float32)


def grain(image: Image, field: Mask, rng: np.random.Generator) -> Plane:
    """
    Borrow the photograph's own grain from another part of it.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        The photograph.
    field : ndarray of bool, shape (H, W)
        Its field of view.
    rng : numpy.random.Generator
        Source of the part.

    Returns
    -------
    ndarray of float32, shape (H, W, 3)
        What is finer than about a pixel there, edges of vessels cut off.
    """
    pixels = image.astype(np.float32)
    fine = pixels - cv2.GaussianBlur(pixels, (0, 0), _GRAIN_SIGMA)
    limit = 3 * 1.4826 * np.median(np.abs(fine[field]), axis=0) + 0.5
    fine = np.clip(fine, -limit, limit) * field[..., None]
    height, width = field.shape
    far = (int(rng.integers(height // 5, height // 3)), int(rng.integers(width)))
    moved = np.roll(fine, far if rng.random() < 0.5 else (-far[0], far[1]), (0, 1))
    return np.asarray(moved[:, ::-1] if rng.random() < 0.5 else moved, np.float32)


def touch_up(
    image: Image, painted: Plane, cover: Plane, extra: Plane, *, kept: float
) -> Plane:
    """
    Lay a painted finding over a photograph, with the grain that it would have.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        The photograph.
    painted : ndarray of float32, shape (H, W, 3)
        The finding, holding the share ``kept`` of the photograph's own texture.
    cover : ndarray of float32, shape (H, W)
        How much of it is seen, 0 to 1.
    extra : ndarray of float32, shape (H, W, 3)
        `grain` of the photograph.
    kept : float
        Share of the texture's amplitude that ``painted`` holds.

    Returns
    -------
    ndarray of float32, shape (H, W, 3)
        The photograph with the finding, not rounded.
    """
    # amplitudes of independent grain add in squares: what is left of the
    # photograph's own, (1 - a) + a * kept, is filled up to one
    a = cover[..., None]
    own = (1 - a) + a * np.float32(kept)
    missing = np.sqrt(np.maximum(0, 1 - own * own))
    return np.asarray(image * (1 - a) + painted * a + extra * missing, np.float32)


def rounded(pixels: Plane) -> Image:
    """
    Round and clip to 8 bits.

    Parameters
    ----------
    pixels : ndarray of float32, shape (H, W, 3)
        Grey levels of 255.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        The image.
    """
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
