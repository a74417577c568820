"""The whole analysis: contract, known answers, and nothing undefined unsaid."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observers.analysis.analyse import analyse, analyse_by_lesion
from observers.analysis.analyse_design import counts_of, design_of
from observers.analysis.analyse_load import load as load_ratings
from observers.analysis.analyse_options import Options
from observers.analysis.analyse_report import number, p_value, write_report
from observers.analysis.analyse_rows import plain
from observers.analysis.checks import ReadingsError
from observers.analysis.readings import Readings
from tests.golden.reference import CROSSED, DESIGNS, close, load, read

DESIGN_OF = {
    "vandyke": "crossed",
    "imrmc_input": "crossed",
    "kundel": "nested",
    "nico_cad_roc": "single",
    "missing12_public": "missing",
    "splitplot_public": "split-plot",
    "readernested_public": "nested",
    "degen_one_reader": "single",
    "asah": "single",
}
INTERVALS = ("ci", "newcombe5", "logit_delong", "delong")
DEGENERATE = (
    "degen_auc1_45_5",
    "degen_constant",
    "degen_identical_modalities",
    "degen_one_reader",
)


def study(score, truth, **names):
    shape = np.shape(score)
    return Readings(
        score=score,
        truth=truth,
        readers=tuple(f"R{k}" for k in range(shape[0])),
        modalities=tuple("ABCDE"[: shape[1]]),
        cases=tuple(f"c{k}" for k in range(shape[2])),
        **names,
    )


def numbers(value, path=()):
    """Every number, with where it is."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from numbers(part, (*path, key))
    elif isinstance(value, list):
        for k, part in enumerate(value):
            yield from numbers(part, (*path, k))
    else:
        yield path, value


def intervals(value):
    if isinstance(value, dict):
        for key, part in value.items():
            if key in INTERVALS and isinstance(part, list):
                yield part
            else:
                yield from intervals(part)
    elif isinstance(value, list):
        for part in value:
            yield from intervals(part)


def sound(found):
    """No NaN, no infinity, no interval without width, JSON accepts it."""
    json.dumps(found, allow_nan=False)
    for low, high in intervals(found):
        assert low < high
    for path, value in numbers(found):
        if path[-1] == "p" and value is not None:
            assert 0 < value <= 1


@pytest.mark.parametrize(("name", "design"), DESIGN_OF.items())
def test_design_is_named(shared, name, design):
    assert analyse(read(shared, name))["design"] == design


@pytest.mark.parametrize("name", [*DESIGNS, *DEGENERATE, "asah", "study50_public"])
def test_every_reference_study_is_analysed_soundly(shared, name):
    sound(analyse(read(shared, name), Options(margin=0.05)))


@pytest.mark.parametrize("name", CROSSED)
def test_pairs_agree_with_mrmcaov_and_imrmc(shared, name):
    """MRMCaov 0.3.0, iMRMC R 2.1.2."""
    known = load(shared)["roc"][name]
    row = analyse(read(shared, name))["pairs"][0]

    wanted = known["iMRMC_R"]["Ustat"][2]
    close(row["difference"], wanted["AUCAminusAUCB"])
    close(row["u_statistic"]["variance"], wanted["varAUCAminusAUCB"])
    close(row["u_statistic"]["df_bdg"], wanted["dfBDG"])
    close(row["mle"]["variance"], known["iMRMC_R"]["MLEstat"][2]["varAUCAminusAUCB"])
    for theirs, ours in (
        ("jackknife", "jackknife"),
        ("DeLong", "delong"),
        ("unbiased", "unbiased"),
    ):
        tests = known["MRMCaov"][theirs]
        got, row_t = row["or"][ours]["rrrc"], tests["RRRC"]["test_equality"][0]
        close(
            [got["f"], got["ddf"], got["p"]],
            [row_t[k] for k in ("F", "df2", "p-value")],
        )
        close(row["or"][ours]["frrc"]["p"], tests["FRRC"]["test_diffs"][0]["p-value"])
        close(
            row["or"][ours]["rrfc"]["p"], tests["RRFC"]["test_equality"][0]["p-value"]
        )


@pytest.mark.parametrize("name", ["vandyke", "crossed2_public"])
def test_areas_and_readers_agree_with_proc(shared, name):
    """pROC 1.18.0, DeLong: areas, variances, paired tests of each reader."""
    known = load(shared)["roc"][name]["pROC"]
    found = analyse(read(shared, name))

    for row in found["auc"]:
        wanted = known["single"][f"{row['modality']}|{row['reader']}"]
        close([row["auc"], row["var_delong"]], [wanted["auc"], wanted["var_delong"]])
        assert (row["n0"], row["n1"]) == (wanted["n0"], wanted["n1"])
    for row in found["readers"]:
        wanted = known["paired"][f"{row['a']}|{row['b']}|{row['reader']}"]
        close([row["difference"], row["z"]], [wanted["diff"], wanted["Z"]])
        close([row["p"], *row["ci"]], [wanted["p"], *wanted["ci95_diff"]])


def test_standalone_agrees_with_rjafroc_without_a_named_covariance(shared):
    """RJafroc 2.1.3, nico_cad_roc: the anchor of the reference."""
    found = analyse(read(shared, "nico_cad_roc"), Options(standalone="reader:1"))

    (row,) = found["standalone"]
    assert (row["group"], row["readers"]) == ("all", 9)
    close(row["difference"], 0.0317361111111111)
    close(row["rrrc"]["t"], 0.992868883384089)
    close([row["rrrc"]["df"], row["rrrc"]["p"]], [877.886378333107, 0.321047434257322])
    close(row["rrfc"]["p"], 0.0123590876277494)


def test_standalone_modality_is_compared_with_each_group_and_all(shared):
    """Own numpy contrast and RJafroc 2.1.3 on study50_public."""
    options = Options(standalone="modality:AI", margin=0.05)
    found = analyse(read(shared, "study50_public"), options)

    rows = {row["group"]: row for row in found["standalone"]}
    assert sorted(rows) == ["GP", "OPH", "all"]
    assert [rows[k]["leading"] for k in ("GP", "OPH")] == ["frrc", "rrrc"]
    close(rows["all"]["frrc"]["se"], 0.014989408905925743)
    close(rows["GP"]["rrrc"]["p"], 0.379538179294278)
    assert found["design"] == "nested"
    assert rows["GP"]["margin"]["frrc"]["is_non_inferior"] is True
    (groups,) = found["groups"]
    assert (groups["a"], groups["b"]) == ("GP", "OPH")
    close(groups["random"]["df"], 1.32622238538125)
    close(groups["fixed"]["p"], 0.07316142044674584)


def test_groups_of_one_modality_come_from_the_group_column():
    rng = np.random.default_rng(1)
    truth = np.arange(40) < 15
    score = rng.normal(truth * 1.0, 1, (5, 2, 40))

    found = analyse(study(score, truth, groups=("O", "O", "O", "G", "G")))

    assert [(r["modality"], r["a"], r["b"]) for r in found["groups"]] == [
        ("A", "G", "O"),
        ("B", "G", "O"),
    ]


def test_standalone_reader_is_compared_within_each_modality():
    rng = np.random.default_rng(1)
    truth = np.arange(40) < 15
    score = rng.normal(truth * 1.0, 1, (5, 2, 40))
    score[0, 1] = np.nan

    found = analyse(study(score, truth), Options(standalone="reader:R0"))

    assert [r["modality"] for r in found["standalone"]] == ["A", "B"]
    assert found["design"] == "crossed"


def test_pair_complete_in_itself_is_analysed_in_an_incomplete_study():
    rng = np.random.default_rng(1)
    truth = np.arange(40) < 15
    score = rng.normal(truth * 1.0, 1, (4, 3, 40))
    score[1:, 2] = np.nan

    rows = analyse(study(score, truth))["pairs"]

    assert rows[0]["or"]["delong"]["rrrc"]["p"] is not None
    assert rows[1]["or"]["delong"] is None
    assert any("incomplete" in note for note in rows[1]["notes"])


def test_several_modalities_share_one_error_term_and_holm_adjusts():
    rng = np.random.default_rng(1)
    truth = np.arange(60) < 20
    score = rng.normal(truth * 1.0, 1, (4, 3, 60))

    found = analyse(study(score, truth))

    ses = {row["or"]["jackknife"]["rrrc"]["se"] for row in found["pairs"]}
    assert len(ses) == 1
    assert found["global"]["jackknife"]["rrrc"]["df1"] == 2
    assert all(row["p_holm"] >= row["p"] for row in found["pairs"])


def test_named_covariance_leads():
    rng = np.random.default_rng(1)
    truth = np.arange(40) < 15
    readings = study(rng.normal(truth * 1.0, 1, (4, 2, 40)), truth)

    for name in ("delong", "jackknife", "unbiased"):
        row = analyse(readings, Options(covariance=name))["pairs"][0]
        assert row["leading"] == name
        close(row["p"], row["or"][name]["rrrc"]["p"])


def test_lesions_are_analysed_each_by_itself():
    rng = np.random.default_rng(1)
    truth = np.arange(60) % 3 == 0
    lesions = tuple("Normal" if k < 30 else "Glaucoma" for k in range(60))
    readings = study(rng.normal(truth * 1.0, 1, (4, 2, 60)), truth, lesions=lesions)

    found = analyse_by_lesion(readings)

    assert list(found["lesions"]) == ["Normal", "Glaucoma"]
    part = found["lesions"]["Normal"]
    assert part["counts"]["cases"] == 30
    alone = analyse(readings.select(lesion="Normal"))["pairs"][0]
    close(part["pairs"][0]["p"], alone["p"])
    assert part["pairs"][0]["p_holm"] >= alone["p"]
    with pytest.raises(ReadingsError, match="lesion"):
        analyse_by_lesion(study(readings.score, truth))


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


def test_options_without_meaning_are_refused(shared):
    for given_options, field in (
        ({"alpha": 0.0}, "alpha"),
        ({"margin": 1.5}, "margin"),
        ({"covariance": "bootstrap"}, "covariance"),
    ):
        with pytest.raises(ReadingsError, match=field):
            Options(**given_options)
    readings = read(shared, "vandyke")
    for name in ("AI", "modality:", "reader:9", "modality:9", "modality:1"):
        with pytest.raises(ReadingsError, match="standalone"):
            analyse(readings, Options(standalone=name))


def test_counts_name_who_missed_what():
    truth = np.arange(6) < 3
    score = np.arange(12.0).reshape(2, 1, 6)
    score[1, 0, 2] = np.nan

    counts = counts_of(study(score, truth))

    assert counts["missing_by"] == [{"modality": "A", "reader": "R1", "missing": 1}]
    assert design_of(study(score, truth)) == "single"


def test_files_are_read_by_extension_or_refused(tmp_path, shared):
    vandyke = shared / "reference" / "data" / "vandyke.csv"

    assert load_ratings(vandyke).shape == (5, 2, 114)
    with pytest.raises(ReadingsError, match="unknown kind"):
        load_ratings(tmp_path / "a.txt")
    with pytest.raises(ReadingsError, match="no such file"):
        load_ratings(tmp_path / "a.csv")


def test_report_holds_the_same_numbers(shared, tmp_path):
    found = analyse(read(shared, "study50_public"), Options(standalone="modality:AI"))

    write_report(found, tmp_path)

    page = (tmp_path / "report.md").read_text()
    table = (tmp_path / "standalone.csv").read_text()
    assert f"{found['standalone'][0]['difference']:.4f}" in page
    assert repr(found["standalone"][0]["difference"]) in table
    assert "Notes" in page


def test_detector_that_reads_in_each_modality_is_compared_within_it():
    rng = np.random.default_rng(1)
    truth = np.arange(40) < 15
    readings = study(rng.normal(truth * 1.0, 1, (4, 3, 40)), truth)

    rows = analyse(readings, Options(standalone="reader:R0"))["standalone"]

    for row, m in zip(rows, range(3), strict=True):
        own = analyse(readings.take(range(4), [m], range(40)))["auc"]
        close(row["standalone_auc"], own[0]["auc"])


def test_detector_without_scores_is_compared_with_nobody():
    rng = np.random.default_rng(1)
    truth = np.arange(40) < 15
    score = rng.normal(truth * 1.0, 1, (3, 2, 40))
    score[0] = np.nan

    found = analyse(study(score, truth), Options(standalone="reader:R0"))

    assert found["standalone"] == []


def test_modality_of_the_detector_alone_is_no_stratum():
    rng = np.random.default_rng(1)
    truth = np.arange(40) < 15
    score = rng.normal(truth * 1.0, 1, (4, 3, 40))
    score[0, :2], score[1:, 2] = np.nan, np.nan

    found = analyse(study(score, truth), Options(standalone="modality:C"))

    assert [row["modality"] for row in found["standalone"]] == ["A", "B"]
    assert found["design"] == "crossed"


def test_numpy_numbers_become_plain_ones():
    assert plain({"a": [np.float64(1.5), np.int64(2), np.float64("nan")]}) == {
        "a": [1.5, 2, None]
    }


def test_report_of_one_modality_by_lesion(tmp_path):
    rng = np.random.default_rng(1)
    truth = np.arange(30) % 3 == 0
    score = rng.normal(truth * 1.0, 1, (1, 1, 30))
    lesions = ("Normal",) * 15 + ("Glaucoma",) * 15

    write_report(analyse_by_lesion(study(score, truth, lesions=lesions)), tmp_path)

    page = (tmp_path / "report.md").read_text()
    assert "## Glaucoma" in page
    assert "| pair |" not in page


def test_another_figure_and_binormal_curves_on_request(shared):
    readings = read(shared, "vandyke")
    found = analyse(readings, Options(figure="partial-auc:0.8:1", binormal=True))
    gaps = analyse(read(shared, "missing12_public"), Options(figure="sensitivity:1"))

    sound(found)
    figure = found["figure"]
    assert len(figure["values"]) == len(found["binormal"]) == 10
    a, b = (row["value"] for row in figure["modalities"])
    assert figure["pairs"][0]["difference"] == pytest.approx(a - b)
    assert figure["pairs"][0]["rrrc"]["p"] < 1
    assert "complete design" in gaps["figure"]["notes"][0]
    assert "figure" not in analyse(readings)
