"""Obuchowski-Rockette and DBM against RJafroc and OR-DBM MRMC."""

import pytest

from observers.analysis.covariance import (
    jackknife_areas,
    placements,
)
from observers.analysis.mrmc_dbm import dorfman_berbaum_metz, pseudovalues
from tests.golden.reference import CROSSED, close, cut, load, read
from tests.observers.analysis.rockette import analysed, close_difference, close_test

RJAFROC = ("vandyke", "federica_roc")


def rjafroc_tests(analysis):
    first, error = analysis["FTests"]
    statistic = first.get("FStat", first.get("F", first.get("Chisq")))
    return statistic, error["DF"], first["p"]


@pytest.mark.parametrize("name", RJAFROC)
def test_or_jackknife_agrees_with_rjafroc(shared, name):
    """RJafroc 2.1.3, OR_jackknife."""
    expected = load(shared)["roc"][name]["RJafroc"]["OR_jackknife"]
    result = analysed(read(shared, name))

    for key, part in (("RRRC", result.rrrc), ("RRFC", result.rrfc)):
        close_test(part.test, *rjafroc_tests(expected[key][key]))
        for got, row in zip(
            part.differences.values(), expected[key][key]["ciDiffTrt"], strict=True
        ):
            close_difference(got, row, "t", "PrGTt")
            close(got.ci, cut([row["CILower"], row["CIUpper"]], -1.0))
    statistic, _, p = rjafroc_tests(expected["FRRC"]["FRRC"])
    close([result.frrc.test.statistic, result.frrc.test.p], [statistic, p])
    for got, row in zip(
        result.readers.values(),
        expected["FRRC"]["FRRC"]["ciDiffTrtEachRdr"],
        strict=True,
    ):
        close_difference(got, row, "z", "PrGTz")
        close(got.ci, cut([row["CILower"], row["CIUpper"]], -1.0))


@pytest.mark.parametrize("name", RJAFROC)
def test_or_means_agree_with_rjafroc(shared, name):
    """RJafroc 2.1.3, averages over readers and components per reader and modality."""
    expected = load(shared)["roc"][name]["RJafroc"]["OR_jackknife"]
    result = analysed(read(shared, name))

    for key, part in (
        ("RRRC", result.rrrc),
        ("FRRC", result.frrc),
        ("RRFC", result.rrfc),
    ):
        for got, row in zip(
            part.modalities, expected[key][key]["ciAvgRdrEachTrt"], strict=True
        ):
            close([got.estimate, got.se], [row["Estimate"], row["StdErr"]])
            close(got.ci, cut([row["CILower"], row["CIUpper"]]))
            if key != "FRRC":  # RJafroc prints cases less one there and uses z
                close(got.df, row["DF"])
    parts = result.components
    for m, row in enumerate(expected["RRRC"]["ANOVA"]["IndividualTrt"]):
        close(parts.ms_r_by_modality[m], row["msREachTrt"])
        close(parts.var_by_modality[m], row["varEachTrt"])
        close(parts.cov2_by_modality[m], row["cov2EachTrt"])
    for r, row in enumerate(expected["RRRC"]["ANOVA"]["IndividualRdr"]):
        close(parts.ms_t_by_reader[r], row["msTEachRdr"])
        close(parts.var_by_reader[r], row["varEachRdr"])
        close(parts.cov1_by_reader[r], row["cov1EachRdr"])
    anova = {r["row"]: r["MS"] for r in expected["RRRC"]["ANOVA"]["TRanova"]}
    close([parts.ms_t, parts.ms_r, parts.ms_tr], [anova[k] for k in ("T", "R", "TR")])


def dbm_of(readings):
    n_r, n_m, n_c = readings.shape
    parts = placements(readings.truth, readings.score.reshape(-1, n_c))
    left_out = jackknife_areas(readings.truth, parts).reshape(n_r, n_m, n_c)
    return dorfman_berbaum_metz(pseudovalues(parts.auc.reshape(n_r, n_m), left_out))


@pytest.mark.parametrize("name", RJAFROC)
def test_dbm_agrees_with_rjafroc(shared, name):
    """RJafroc 2.1.3, DBM_jackknife: ANOVA, components and three analyses."""
    expected = load(shared)["roc"][name]["RJafroc"]["DBM_jackknife"]
    result = dbm_of(read(shared, name))

    anova = {row["row"]: row for row in expected["RRRC"]["ANOVA"]["TRCanova"]}
    for key, value in result.mean_squares.items():
        close(value, anova[key]["MS"])
        assert result.df[key] == anova[key]["DF"]
    wanted = [row["Estimates"] for row in expected["RRRC"]["ANOVA"]["VarCom"]]
    close(list(result.variance_components.values()), wanted)
    for key, part in (
        ("RRRC", result.rrrc),
        ("FRRC", result.frrc),
        ("RRFC", result.rrfc),
    ):
        close_test(part.test, *rjafroc_tests(expected[key][key]))
        for got, row in zip(
            part.differences.values(), expected[key][key]["ciDiffTrt"], strict=True
        ):
            close_difference(got, row, "t", "PrGTt")
            close(got.df, row["DF"])
        for got, row in zip(
            part.modalities, expected[key][key]["ciAvgRdrEachTrt"], strict=True
        ):
            close([got.se, got.df], [row["StdErr"], row["DF"]])
            close(got.ci, cut([row["CILower"], row["CIUpper"]]))


@pytest.mark.parametrize("name", CROSSED)
def test_dbm_is_obuchowski_rockette_with_the_jackknife(shared, name):
    """An identity: Hillis et al. 2005."""
    readings = read(shared, name)
    dbm, rockette = dbm_of(readings), analysed(readings)

    close_test(
        dbm.rrrc.test,
        rockette.rrrc.test.statistic,
        rockette.rrrc.test.df,
        rockette.rrrc.test.p,
    )


def test_vandyke_agrees_with_the_printed_output_of_or_dbm(shared):
    """OR-DBM MRMC 2.51, ORDBM_Iowa_VanDyke.txt, at its printed precision."""
    page = (shared / "reference" / "ORDBM_Iowa_VanDyke.txt").read_text(errors="replace")
    text = " ".join(page.split())
    result = analysed(read(shared, "vandyke"))

    difference = result.rrrc.differences[0, 1]
    low, high = difference.ci
    printed = (
        f"{difference.estimate:.5f} {difference.se:.5f} {difference.df:.2f}"
        f" {difference.statistic:.2f} {difference.p:.4f} ({low:.5f} , {high:.5f})"
    )
    assert printed in text
    assert f"{result.frrc.test.statistic:.5f} 1 {result.frrc.test.p:.4f}" in text
    assert f"Var(R) {result.components.var_r:.8f}" in text
    assert f"COV3 {result.components.cov3:.8f}" in text
