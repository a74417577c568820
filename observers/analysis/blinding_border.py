"""Marks in the dark surround of the retina, where photographs have none.

Pixels of the retina are what readers are asked about, so no audit can judge them.
In the surround most photographs agree to the last bit, and whichever do not were
drawn by lot: deviations in one class only are as unlikely as that lot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from observers.analysis.blinding_invariants import Difference

NAME = "pixels outside the retina of the image"
LIMIT = 1e-6
"""Chance of one class holding all deviations of a pixel, below which it counts."""
RIM = 1.2  # square of the distance in radii: a forgery may differ along the rim
MOST = 200_000  # values kept of one image

Pixels = NDArray[np.uint8]


def border(image: Pixels) -> Pixels:
    """
    Take the pixels well outside the circle that fits into the image.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        An image as a reader gets it.

    Returns
    -------
    ndarray of uint8, shape (m,)
        Their values; every so many where there are too many.
    """
    height, width = image.shape[:2]
    y = np.abs(2 * np.arange(height) - height + 1) / height
    x = np.abs(2 * np.arange(width) - width + 1) / width
    outside = image[(y[:, None] ** 2 + x[None, :] ** 2) > RIM].ravel()
    return np.asarray(outside[:: 1 + outside.size // MOST])


def compare_borders(
    borders: Mapping[int, Pixels], truth: NDArray[np.bool_]
) -> list[Difference]:
    """
    Look for pixels that deviate in one class only.

    Parameters
    ----------
    borders : mapping of int to ndarray of uint8
        The surround of each case's image, by the case's index.
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.

    Returns
    -------
    list of Difference
        One entry, or none.
    """
    if not borders:
        return []
    usual = Counter(one.size for one in borders.values()).most_common(1)[0][0]
    cases = [case for case, one in borders.items() if one.size == usual]
    forged = truth[cases]
    values = np.stack([borders[case] for case in cases])  # (n, m)
    middle = np.sort(values, axis=0)[(len(cases) - 1) // 2]
    deviates = values != middle
    both = [deviates[forged].sum(axis=0), deviates[~forged].sum(axis=0)]
    sizes = [int(forged.sum()), int((~forged).sum())]
    told = [_told(both[i], both[1 - i], sizes[i], len(cases)) for i in (0, 1)]
    if not any(told):
        return []
    shown = [f"{n} values deviate in this class only" if n else "" for n in told]
    return [Difference(NAME, (shown[1],), (shown[0],))]


def _told(here: NDArray[np.int_], there: NDArray[np.int_], n_here: int, n: int) -> int:
    # Count pixels whose many deviations are all in one class.
    alone = np.where((there == 0) & (2 * here <= n), here, 0)
    chance = _log_ways(n_here, alone) - _log_ways(n, alone)
    return int((chance < np.log(LIMIT)).sum())


def _log_ways(n: int, k: NDArray[np.int_]) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
