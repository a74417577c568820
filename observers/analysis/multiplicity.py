"""Several tests at once: Holm's adjusted p-values beside the plain ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float | None]) -> list[float | None]:
    """
    Adjust p-values by Holm's step-down method [1]_.

    Parameters
    ----------
    p : sequence of float or None
        The plain p-values; None where a test is undefined, which is left out of
        the family.

    Returns
    -------
    list of float or None
        Adjusted p-values in the same order.

    References
    ----------
    .. [1] Holm S (1979). A simple sequentially rejective multiple test
       procedure. Scandinavian Journal of Statistics 6: 65-70.

    Examples
    --------
    >>> holm([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    known = np.array([value for value in p if value is not None])
    order = np.argsort(known)
    factor = np.arange(known.size, 0, -1)  # smallest p times m, next times m - 1
    adjusted = np.empty(known.size)
    adjusted[order] = np.minimum(np.maximum.accumulate(known[order] * factor), 1.0)
    values = iter(adjusted.tolist())
    return [None if value is None else next(values) for value in p]
