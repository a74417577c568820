"""Non-inferiority, superiority and equivalence by a margin fixed beforehand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from observers.analysis.hillis import Inference, bounded_p, t_quantile, t_tail
from observers.analysis.standalone import Standalone


@dataclass(frozen=True)
class MarginTest:
    """
    What a margin says about an estimate, new minus reference.

    Attributes
    ----------
    margin : float
        The margin, positive, in the estimate's unit.
    lower : float or None
        One-sided lower limit, at level 1 - alpha / 2.
    upper : float or None
        One-sided upper limit, at the same level.
    is_non_inferior : bool or None
        Whether the lower limit is above -margin.
    p_non_inferior : float or None
        One-sided p-value of that.
    is_superior : bool or None
        Whether the lower limit is above 0; None unless non-inferior, for it is
        tested only after.
    p_superior : float or None
        One-sided p-value of that; None where it is not tested.
    is_equivalent : bool or None
        Whether both limits are within the margin (two one-sided tests).
    p_equivalent : float or None
        The larger of the two one-sided p-values.
    note : str
        Why nothing is said, where nothing is.
    """

    margin: float
    lower: float | None = None
    upper: float | None = None
    is_non_inferior: bool | None = None
    p_non_inferior: float | None = None
    is_superior: bool | None = None
    p_superior: float | None = None
    is_equivalent: bool | None = None
    p_equivalent: float | None = None
    note: str = ""


def margin_test(
    result: Inference, margin: float, *, alpha: float = 0.05, sign: int = 1
) -> MarginTest:
    """
    Test an estimate against a margin that was fixed before unblinding.

    Parameters
    ----------
    result : Inference
        The estimate with its standard error and degrees of freedom.
    margin : float
        Largest loss that does not matter, above 0.
    alpha : float, optional
        Two-sided level; each one-sided test is at half of it (2.5 %).
    sign : int, optional
        1 where the estimate is new minus reference, -1 where it is the reverse.

    Returns
    -------
    MarginTest
        The three tests; superiority only after non-inferiority.

    Raises
    ------
    ValueError
        If the margin is not above 0.

    Examples
    --------
    >>> from observers.analysis.hillis import infer
    >>> margin_test(infer(0.01, 1e-4, 40), 0.05).is_non_inferior
    True
    """
    if not margin > 0:
        msg = f"margin: {margin} is not above 0; give the largest loss that is allowed"
        raise ValueError(msg)
    if result.estimate is None or not result.se or result.df is None:
        return MarginTest(margin, note="no standard error: no test against the margin")
    estimate, se, df = sign * result.estimate, result.se, result.df
    half = t_quantile(df, 1 - alpha / 2) * se
    lower, upper = estimate - half, estimate + half
    above = bounded_p(t_tail((estimate + margin) / se, df))[0]
    below = bounded_p(t_tail((margin - estimate) / se, df))[0]
    non_inferior = lower > -margin
    return MarginTest(
        margin=margin,
        lower=max(lower, -1.0),
        upper=min(upper, 1.0),
        is_non_inferior=non_inferior,
        p_non_inferior=above,
        is_superior=lower > 0 if non_inferior else None,
        p_superior=bounded_p(t_tail(estimate / se, df))[0] if non_inferior else None,
        is_equivalent=non_inferior and upper < margin,
        p_equivalent=max(above, below),
    )


def margin_rows(
    result: Standalone, margin: float | None, alpha: float
) -> dict[str, Any]:
    """
    Give the tests of the detector against a margin as plain data.

    Parameters
    ----------
    result : Standalone
        Readers against the detector.
    margin : float or None
        The margin; None where there is none.
    alpha : float
        Two-sided level.

    Returns
    -------
    dict
        ``margin`` with the tests of random and of fixed readers, detector minus
        readers; empty without a margin.
    """
    if margin is None:
        return {}
    parts = (("rrrc", result.rrrc), ("frrc", result.frrc))
    return {
        "margin": {
            key: asdict(margin_test(part, margin, alpha=alpha, sign=-1))
            for key, part in parts
        }
    }
