"""The detector's table: areas, calls, and intervals over clusters."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import (
    balanced_accuracy_score,
    precision_recall_fscore_support,
    roc_auc_score,
)

from observers.analysis.standalone_draws import percentiles
from observers.analysis.standalone_table import ScoredCases, standalone_table


def scored(seed=3, n=40, shift=1.5):
    """Twins of n clusters in each of two lesions."""
    rng = np.random.default_rng(seed)
    truth = np.tile([False, True], 2 * n)
    return ScoredCases(
        score=rng.normal(size=4 * n) + shift * truth,
        truth=truth,
        lesion=tuple(np.repeat(["a", "b"], 2 * n)),
        cluster=tuple(f"p{i // 2}" for i in range(4 * n)),
        threshold=np.full(4 * n, 0.7),
    )


def test_row_agrees_with_sklearn():
    cases = scored()
    here = np.array(cases.lesion) == "a"
    called = cases.score >= cases.threshold

    row = standalone_table(cases, ("a", "b"), seed=1)["a"]

    assert row.auc == pytest.approx(roc_auc_score(cases.truth[here], cases.score[here]))
    assert row.balanced_accuracy == pytest.approx(
        balanced_accuracy_score(cases.truth[here], called[here])
    )
    table = precision_recall_fscore_support(cases.truth[here], called[here])
    assert row.original.precision == pytest.approx(table[0][0])
    assert row.manipulated.recall == pytest.approx(table[1][1])
    assert row.manipulated.f1 == pytest.approx(table[2][1])
    assert (row.n_original, row.n_manipulated) == (40, 40)


def test_interval_covers_the_estimate_and_macro_is_the_mean():
    table = standalone_table(scored(), ("a", "b"), seed=1)

    for row in table.values():
        assert row.ci[0] < row.auc < row.ci[1]
        low, high = row.balanced_accuracy_ci
        assert low < row.balanced_accuracy < high
    assert table["macro"].auc == pytest.approx((table["a"].auc + table["b"].auc) / 2)
    width = [np.ptp(table[key].ci) for key in ("macro", "a")]
    assert width[0] < width[1]


def test_same_seed_same_interval():
    one, two = (standalone_table(scored(), ("a", "b"), seed=9) for _ in range(2))

    assert one == two


def test_duplicated_clusters_do_not_narrow_the_interval():
    cases = scored()
    twice = ScoredCases(
        score=np.repeat(cases.score, 2),
        truth=np.repeat(cases.truth, 2),
        lesion=tuple(np.repeat(cases.lesion, 2)),
        cluster=tuple(np.repeat(cases.cluster, 2)),
        threshold=np.repeat(cases.threshold, 2),
    )

    once_ci, twice_ci = (
        standalone_table(c, ("a",), seed=5)["a"].ci for c in (cases, twice)
    )

    assert twice_ci == pytest.approx(once_ci)


def test_lesion_without_manipulated_cases_has_a_reason_and_is_left_out_of_macro():
    cases = scored()
    keep = np.array(
        [not (t and g == "b") for t, g in zip(cases.truth, cases.lesion, strict=True)]
    )
    part = ScoredCases(
        score=cases.score[keep],
        truth=cases.truth[keep],
        lesion=tuple(np.array(cases.lesion)[keep]),
        cluster=tuple(np.array(cases.cluster)[keep]),
        threshold=cases.threshold[keep],
    )

    table = standalone_table(part, ("a", "b"), seed=1)

    assert table["b"].auc is None
    assert "0 manipulated" in table["b"].note
    assert table["macro"].auc == table["a"].auc


def test_nothing_to_evaluate_gives_reasons_not_errors():
    empty = ScoredCases(np.zeros(0), np.zeros(0, dtype=bool), (), (), np.zeros(0))

    table = standalone_table(empty, ("a",), seed=1)

    assert table["macro"].auc is None
    assert table["macro"].note == "no lesion has both classes"


def test_perfect_separation_still_has_an_interval_with_width():
    cases = scored(shift=50.0)
    cases = replace(cases, threshold=np.full(cases.score.size, 25.0))

    table = standalone_table(cases, ("a", "b"), seed=1)

    assert table["a"].auc == table["a"].balanced_accuracy == 1.0
    for row in table.values():
        assert row.ci[0] < row.ci[1] == 1.0
        assert row.balanced_accuracy_ci[0] < row.balanced_accuracy_ci[1] == 1.0
    # Wilson's lower limit of 40 of 40 is 40 / (40 + 1.96**2); two are averaged.
    shortfall = 1 - 40 / (40 + 1.959964**2)
    assert table["a"].balanced_accuracy_ci[0] == pytest.approx(
        1 - shortfall / np.sqrt(2), abs=1e-6
    )


def test_rare_class_gets_small_sample_intervals():
    cases = ScoredCases(
        score=np.array([0.0, 1.0, 2.0]),
        truth=np.array([False, False, True]),
        lesion=("a",) * 3,
        cluster=("p", "q", "r"),
        threshold=np.full(3, 3.0),
    )

    table = standalone_table(cases, ("a",), seed=1)
    row = table["a"]

    assert row.auc == 1.0
    assert row.ci is None
    assert table["macro"].ci is None
    assert row.balanced_accuracy_ci[0] < 0.5 < row.balanced_accuracy_ci[1]
    assert row.manipulated.precision is None
    assert row.to_dict()["original"]["recall"] == 1.0


def test_draws_that_are_all_undefined_have_nopercentiles():
    assert percentiles(np.full(3, np.nan)) is None
