"""Rows of the analysis that compare two modalities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from observers.analysis.analyse_options import Options
from observers.analysis.analyse_rows import notes_of
from observers.analysis.analyse_study import CLUSTERED, Study
from observers.analysis.covariance import METHODS
from observers.analysis.hillis import Inference
from observers.analysis.multiplicity import holm
from observers.analysis.standalone_margin import margin_test

SEVERAL = (
    "patients give several cases: delong_by_patient takes the patient as the unit, "
    "all other variances take the case"
)
INCOMPLETE = "incomplete design: no Obuchowski-Rockette; the U-statistic takes over"


def pair_rows(study: Study, options: Options) -> list[dict[str, Any]]:
    """
    Compare each two modalities.

    Parameters
    ----------
    study : Study
        The readings with what is computed once.
    options : Options
        Level, margin and leading covariance.

    Returns
    -------
    list of dict
        One row per pair, first minus second.
    """
    n_m = len(study.readings.modalities)
    return [_pair_row(study, a, b, options) for a, b in combinations(range(n_m), 2)]


def add_holm(rows: Sequence[dict[str, Any]]) -> None:
    """
    Add ``p_holm`` to rows that have a plain ``p``.

    Parameters
    ----------
    rows : sequence of dict
        Rows of one family of tests.
    """
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = p


def _pair_row(study: Study, a: int, b: int, options: Options) -> dict[str, Any]:
    names = study.readings.modalities
    statistic = study.difference(a, b)
    rockettes = study.rockette_of_pair(a, b)
    leading = options.covariance or "jackknife"
    row: dict[str, Any] = {
        "a": names[a],
        "b": names[b],
        "difference": statistic.estimate,
        "u_statistic": study.u_statistic(statistic),
        "mle": {"variance": statistic.variance_mle, "df_bdg": statistic.df_mle},
        "or": dict.fromkeys(METHODS) if rockettes is None else {},
        "leading": leading if rockettes else "u_statistic",
    }
    lead = statistic.infer(options.alpha)
    notes = [lead]
    for method, (rockette, key) in (rockettes or {}).items():
        parts = {
            "rrrc": rockette.rrrc.differences[key],
            "frrc": rockette.frrc.differences[key],
            "rrfc": rockette.rrfc.differences[key],
        }
        row["or"][method] = {
            "rrrc": _f_of(parts["rrrc"]),
            "frrc": _chi2_of(parts["frrc"]),
            "rrfc": _f_of(parts["rrfc"]),
        }
        if method == leading:
            lead, notes = parts["rrrc"], [*notes, *parts.values()]
    row["p"] = lead.p
    if options.margin is not None:
        row["margin"] = asdict(margin_test(lead, options.margin, alpha=options.alpha))
    row["notes"] = [
        *notes_of(*notes),
        *([] if rockettes else [INCOMPLETE]),
        *([SEVERAL] if CLUSTERED in row["or"] else []),
    ]
    return row


def _f_of(result: Inference) -> dict[str, Any]:
    squared = None if result.statistic is None else result.statistic**2
    return {
        "f": squared,
        "df1": result.df1,
        "ddf": result.df,
        "p": result.p,
        "se": result.se,
        "ci": result.ci,
        "notes": list(result.notes),
    }


def _chi2_of(result: Inference) -> dict[str, Any]:
    squared = None if result.statistic is None else result.statistic**2
    return {
        "chi2": squared,
        "df": result.df1,
        "p": result.p,
        "se": result.se,
        "ci": result.ci,
        "notes": list(result.notes),
    }
