"""Whether an analysis supports the hypothesis that its protocol stated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from observers.analysis.hillis import t_quantile

HYPOTHESES = ("superiority", "non-inferiority", "equivalence")


def verdict_rows(
    found: Mapping[str, Any], hypothesis: str, margin: float, alpha: float
) -> list[dict[str, Any]]:
    """
    Judge the detector against each group, over all lesions and in each.

    Parameters
    ----------
    found : mapping
        What `analyse.analyse_by_lesion` gave.
    hypothesis : {"superiority", "non-inferiority", "equivalence"}
        What was claimed of the detector.
    margin : float
        The margin that was fixed beforehand.
    alpha : float
        Two-sided level; each one-sided test is at half of it.

    Returns
    -------
    list of dict
        ``lesion`` (None: the mean over lesions), ``group, hypothesis, margin,
        difference`` (detector minus readers), ``lower, upper`` one-sided limits of
        the leading analysis, and ``is_supported``; None where it is not defined.
    """
    parts = {None: found["pooled"], **found["lesions"]}
    if len(found["lesions"]) == 1:
        del parts[None]  # the mean over one lesion is that lesion
    return [
        {
            "lesion": lesion,
            "group": row["group"],
            "hypothesis": hypothesis,
            "margin": margin,
            **_judged(row, hypothesis, margin, alpha),
        }
        for lesion, part in parts.items()
        for row in part.get("standalone", ())
    ]


def _judged(
    row: Mapping[str, Any], hypothesis: str, margin: float, alpha: float
) -> dict[str, Any]:
    lead = row[row["leading"]] if "leading" in row else {}
    difference, se = row["difference"], lead.get("se")
    nothing = {"difference": None, "lower": None, "upper": None, "is_supported": None}
    if difference is None:
        return nothing
    if not se:
        return {**nothing, "difference": -difference}
    df = lead["df"]
    half = t_quantile(float("inf") if df is None else df, 1 - alpha / 2) * se
    lower, upper = -difference - half, -difference + half
    supported = {
        "superiority": lower > margin,
        "non-inferiority": lower > -margin,
        "equivalence": lower > -margin and upper < margin,
    }
    return {
        "difference": -difference,
        "lower": max(lower, -1.0),
        "upper": min(upper, 1.0),
        "is_supported": supported[hypothesis],
    }
