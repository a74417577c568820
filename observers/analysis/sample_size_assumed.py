r"""What a study without a pilot may assume of its readers' areas.

Each reader's impression of a case is normal with equal variance in both classes, and
readers share part of it: the equal-variance binormal model of Roe and Metz. Variance
and covariance of the empirical areas then have a closed form. What is assumed of
readers lies between published studies: see the constants.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

SHARED = 0.4
"""Share of an impression's variance that readers have in common: halfway between the
low and the high correlation of Roe and Metz (0.2 and 0.6). The areas' errors then
correlate by 0.31 to 0.36; three published studies have 0.32 to 0.43."""
SPREAD = 0.03
"""Standard deviation of the readers' true areas; the same studies have 0.007 to
0.039."""


@dataclass(frozen=True)
class Expected:
    """
    Components that are expected where all readers have one mean area.

    Attributes
    ----------
    var : float
        Variance of one reader's area over cases.
    cov2 : float
        Covariance of two readers' areas over the same cases.
    var_r : float
        Variance of the readers' true areas.
    """

    var: float
    cov2: float
    var_r: float

    @property
    def mean_square(self) -> float:
        """
        Expected mean square of the readers.

        Returns
        -------
        float
            Variance of readers' areas about their mean in one study.
        """
        return self.var_r + self.var - self.cov2


def expected(
    auc: float,
    n_original: int,
    n_manipulated: int,
    *,
    shared: float = SHARED,
    spread: float = SPREAD,
) -> Expected:
    """
    Expect components at an area and numbers of cases.

    Parameters
    ----------
    auc : float
        Mean area of the readers, between 0 and 1.
    n_original : int
        Original cases, at least 2.
    n_manipulated : int
        Manipulated cases, at least 2.
    shared : float, optional
        Share of the impressions' variance that readers have in common, 0 to 1.
    spread : float, optional
        Standard deviation of the readers' true areas.

    Returns
    -------
    Expected
        The components.

    Raises
    ------
    ValueError
        If there are too few cases.
    """
    if min(n_original, n_manipulated) < 2:
        msg = "n_original, n_manipulated: needs at least 2 cases in each class"
        raise ValueError(msg)
    return Expected(
        var=area_covariance(auc, n_original, n_manipulated),
        cov2=area_covariance(auc, n_original, n_manipulated, shared=shared),
        var_r=spread**2,
    )


def area_covariance(
    auc: float, n_original: int, n_manipulated: int, *, shared: float = 1.0
) -> float:
    r"""
    Covariance over cases of two readers' empirical areas, each with the same truth.

    With :math:`F(\rho)` the bivariate normal distribution at :math:`\Phi^{-1}(A)`
    twice: :math:`[F(\rho) - A^2 + (n_0 + n_1 - 2)(F(\rho / 2) - A^2)] / (n_0 n_1)`
    [1]_; with :math:`\rho = 1` the variance of one area.

    Parameters
    ----------
    auc : float
        The area, between 0 and 1.
    n_original : int
        Original cases.
    n_manipulated : int
        Manipulated cases.
    shared : float, optional
        Correlation of the two readers' impressions of a case; 1 for one reader.

    Returns
    -------
    float
        The covariance.

    References
    ----------
    .. [1] Hillis SL (2018). Relationship between Roe and Metz simulation model for
       multireader diagnostic data and Obuchowski-Rockette model parameters.
       Statistics in Medicine 37: 2067-2093.

    Examples
    --------
    >>> round(area_covariance(0.5, 45, 5) * 12 * 45 * 5, 9)  # Wilcoxon's, n0 + n1 + 1
    51.0
    """
    both, one = (_joint(auc, rho) - auc**2 for rho in (shared, shared / 2))
    return (both + (n_original + n_manipulated - 2) * one) / (
        n_original * n_manipulated
    )


def _joint(auc: float, correlation: float) -> float:
    # Two standard normal variables are both below the same point: Owen (1956).
    point = float(special.ndtri(auc))
    slope = math.sqrt((1 - correlation) / (1 + correlation))
    return auc - 2 * float(special.owens_t(point, slope))
