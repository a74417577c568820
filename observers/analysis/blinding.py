"""Is a study blind? Exact comparison of the classes, and classifiers on the rest.

What must not differ (`blinding_reply`) is compared exactly: the set of values that
the originals showed against that of the manipulated cases, at the same place of a
set, since the first and the last cases of a set answer differently by design. What
may differ goes to `blinding_classifier`. A word that changes from fetch to fetch of
one case cannot name the case; then its length is compared, its text classified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb

from observers.analysis.blinding_border import compare_borders
from observers.analysis.blinding_classifier import Classified, classify
from observers.analysis.blinding_columns import likely, table
from observers.analysis.blinding_invariants import (
    Difference,
    Seen,
    compare,
    summary,
    told,
)
from observers.analysis.blinding_moving import changing
from observers.analysis.blinding_scores import Indices

LIMIT = 0.001
"""The audit fails below this p."""


@dataclass(frozen=True)
class Verdict:
    """What an audit found."""

    differences: tuple[Difference, ...]
    """Invariants that differ; empty when none does."""
    secrets: tuple[str, ...]
    """Facts in which a name, file name or hash stands that no reader may learn."""
    classified: Classified
    """What the classifiers made of the rest."""
    n_invariants: int
    """Invariants compared."""
    n_cases: int
    """Cases seen."""
    n_answers: int
    """Answers taken apart."""
    can_reach_limit: bool
    """Whether there are enough cases for a p below the limit."""

    @property
    def is_blind(self) -> bool:
        """
        Whether nothing tells the classes apart.

        Returns
        -------
        bool
            True when the study is blind.
        """
        return not self.named

    @property
    def named(self) -> tuple[str, ...]:
        """
        Name what tells the classes apart.

        Returns
        -------
        tuple of str
            Invariants that differ and, below the limit, the strongest column.
        """
        found = [one.name for one in self.differences] + list(self.secrets)
        if self.classified.p < LIMIT:
            found.append(self.classified.feature)
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """
        Return the verdict as plain data.

        Returns
        -------
        dict
            Everything, ready for JSON.
        """
        return {**asdict(self), "is_blind": self.is_blind, "named": list(self.named)}


def judge(
    seen: Sequence[Seen],
    plans: Sequence[Seen],
    truth: NDArray[np.bool_],
    sets: Indices,
    *,
    secrets: Sequence[str] = (),
    seed: int = 1,
) -> Verdict:
    """
    Judge whether the classes can be told apart by anything but pixels.

    Parameters
    ----------
    seen : sequence of Seen
        What a reader got, one entry a case and session.
    plans : sequence of Seen
        Tokens and places of every other reader's plan, without answers.
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    sets : ndarray of int, shape (C,)
        The set of each case.
    secrets : sequence of str
        Words that no answer may hold.
    seed : int
        Seed of shuffles and folds.

    Returns
    -------
    Verdict
        The differences and the classifiers' result.
    """
    moving = changing([(truth[one.case], one.facts) for one in seen])
    summaries = [summary(one, moving) for one in seen]
    differences, n_compared = compare(seen, summaries, truth)
    borders = {one.case: one.border for one in seen if one.border is not None}
    differences += compare_borders(borders, truth)
    answers = table(seen, summaries, moving)
    tables = {"likely": likely(answers), "answers": answers}
    tables["plans"] = table(plans, [], {})
    tables = {key: one for key, one in tables.items() if one.case.size}
    return Verdict(
        differences=tuple(differences),
        secrets=tuple(told(seen, secrets)),
        classified=classify(tables, truth, sets, seed=seed),
        n_invariants=n_compared,
        n_cases=len({one.case for one in seen}),
        n_answers=sum(len(one.facts) for one in seen),
        can_reach_limit=n_labellings(truth, sets) > 20 / LIMIT,
    )


def n_labellings(truth: NDArray[np.bool_], sets: Indices) -> float:
    """
    Count the ways in which the labels can lie within the sets.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    sets : ndarray of int, shape (C,)
        The set of each case.

    Returns
    -------
    float
        The number of ways.
    """
    return float(
        np.prod(
            [comb((sets == s).sum(), truth[sets == s].sum()) for s in np.unique(sets)]
        )
    )
