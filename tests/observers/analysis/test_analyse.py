"""The whole analysis: contract, known answers, and nothing undefined unsaid."""

import numpy as np
import pytest

from observers.analysis.analyse import analyse, analyse_by_lesion
from observers.analysis.analyse_design import counts_of, design_of
from observers.analysis.analyse_load import load as load_ratings
from observers.analysis.analyse_options import Options
from observers.analysis.analyse_report import write_report
from observers.analysis.analyse_rows import plain
from observers.analysis.checks import ReadingsError
from tests.golden.reference import CROSSED, DESIGNS, close, load, read
from tests.observers.analysis.analysed import sound, study

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
DEGENERATE = (
    "degen_auc1_45_5",
    "degen_constant",
    "degen_identical_modalities",
    "degen_one_reader",
)


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
