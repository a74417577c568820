"""The rules of the analysis, one by one, as the reference notes state them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observers.analysis.analyse import analyse
from observers.analysis.analyse_options import Options
from observers.analysis.analyse_report import number, p_value
from tests.golden.reference import DESIGNS, close, read
from tests.observers.analysis.analysed import intervals, sound, study


def test_rule_1_direction_is_fixed_and_an_area_below_one_half_is_shown():
    truth = np.arange(20) < 10
    score = np.where(truth, 0.0, 1.0)[None, None, :] + np.arange(20) / 100

    row = analyse(study(score, truth))["auc"][0]

    assert row["auc"] == 0.0


def test_rule_2_area_of_one_has_newcombes_interval_and_no_other(shared):
    found = analyse(read(shared, "degen_auc1_45_5"))

    for row in found["auc"]:
        close(row["ci"]["newcombe5"], [0.7877967429, 1.0], 1e-6)
        assert row["ci"]["delong"] is None
        assert row["ci"]["logit_delong"] is None
        assert row["notes"]


def test_rule_3_zero_variance_with_a_difference_offers_an_exchange_test():
    truth = np.array([False] * 5 + [True] * 5)
    up = np.arange(10.0)
    readings = study([[up, -up], [up, -up]], truth)

    row = analyse(readings)["readers"][0]

    assert (row["difference"], row["p"]) == (1.0, None)
    assert 0 < row["p_exchange"] <= 1


@pytest.mark.parametrize(("n0", "n1"), [(1, 5), (5, 1), (0, 5), (5, 0), (1, 1)])
def test_rule_5_too_few_cases_give_reasons_and_no_exception(n0, n1):
    truth = np.array([False] * n0 + [True] * n1)
    score = np.random.default_rng(0).random((3, 2, n0 + n1))

    found = analyse(study(score, truth))

    sound(found)
    row = found["auc"][0]
    assert (row["auc"] is None) == (min(n0, n1) == 0)
    assert row["var_delong"] is None
    assert row["ci"] == {"newcombe5": None, "logit_delong": None, "delong": None}
    assert row["notes"]
    assert found["pairs"][0]["p"] is None
    assert found["pairs"][0]["notes"]


def test_rule_6_constant_scores_have_one_half_and_newcombes_interval(shared):
    rows = analyse(read(shared, "degen_constant"))["auc"]

    constant = [row for row in rows if row["var_delong"] == 0 and row["auc"] == 0.5]
    assert constant
    for row in constant:
        assert row["ci"]["delong"] is None
        assert row["ci"]["newcombe5"] is not None


def test_rule_7_identical_modalities_have_p_one(shared):
    (row,) = analyse(read(shared, "degen_identical_modalities"))["pairs"]

    assert (row["difference"], row["p"], row["u_statistic"]["p"]) == (0.0, 1.0, 1.0)
    for part in row["or"].values():
        assert (part["rrrc"]["f"], part["rrrc"]["p"]) == (None, 1.0)
        assert part["rrrc"]["ci"] is None


def test_rule_9_one_reader_has_fixed_readers_only(shared):
    (row,) = analyse(read(shared, "degen_one_reader"))["pairs"]

    for part in row["or"].values():
        assert part["rrrc"]["p"] is None
        assert part["frrc"]["p"] is not None
    assert any("one reader" in note for note in row["notes"])


def test_rule_10_intervals_stay_in_their_range(shared):
    for name in (*DESIGNS, "study50_public"):
        found = analyse(read(shared, name))
        for row in found["modalities"]:
            for interval in intervals(row):
                assert 0 <= interval[0] < interval[1] <= 1
        for interval in intervals([found["pairs"], found["groups"]]):
            assert -1 <= interval[0] < interval[1] <= 1


def test_rule_11_tiny_p_is_printed_as_a_bound():
    assert p_value(1e-300) == "< 1e-300"
    assert (p_value(None), p_value(0.0123), p_value(1e-7)) == (
        "not defined",
        "0.0123",
        "1.0e-07",
    )
    assert (number(None), number(0.12345)) == ("not defined", "0.1235")


def test_rule_12_missing_scores_are_counted_and_the_u_statistic_takes_over(shared):
    readings = read(shared, "missing12_public")
    found = analyse(readings)

    assert found["counts"]["missing"] == readings.n_missing > 0
    row = found["pairs"][0]
    assert row["or"] == {"jackknife": None, "delong": None, "unbiased": None}
    assert row["leading"] == "u_statistic"
    assert row["p"] is not None
    assert all("missing" in " ".join(r["notes"]) for r in found["auc"] if r["n0"] < 45)


def test_rule_14_no_mark_is_minus_infinity_and_ties_count_one_half():
    truth = np.array([False, False, True, True])
    score = [[[-np.inf, 1.0, -np.inf, 2.0]]]

    assert analyse(study(score, truth))["auc"][0]["auc"] == 0.625


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_rule_15_rows_labels_and_monotone_transforms_make_no_difference(seed):
    rng = np.random.default_rng(seed)
    truth = np.arange(16) % 3 == 0
    score = rng.integers(0, 6, (3, 2, 16)).astype(float)
    order = rng.permutation(16)

    before = analyse(study(score, truth))
    after = analyse(study(np.exp(score[::-1][:, :, order]), truth[order]))

    for key in ("rrrc", "frrc", "rrfc"):
        one, two = (f["pairs"][0]["or"]["delong"][key] for f in (before, after))
        for name in ("p", "se"):
            if one[name] is None:
                assert two[name] is None
            else:
                close(two[name], one[name], 1e-9, 1e-11)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 100_000),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 4),
    st.integers(0, 4),
    st.sampled_from([1, 2, 5]),
)
def test_any_small_study_is_analysed_soundly(seed, n_r, n_m, n0, n1, levels):
    rng = np.random.default_rng(seed)
    n = max(1, n0 + n1)
    truth = np.arange(n) >= n0
    score = rng.integers(0, levels, (n_r, n_m, n)).astype(float)
    score[rng.random(score.shape) < rng.choice([0.0, 0.2])] = np.nan

    sound(analyse(study(score, truth), Options(margin=0.1)))
