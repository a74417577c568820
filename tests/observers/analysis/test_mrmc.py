"""Obuchowski-Rockette and DBM against MRMCaov, RJafroc and OR-DBM MRMC."""

import numpy as np
import pytest

from observers.analysis.covariance import (
    METHODS,
    covariances,
    jackknife_areas,
    placements,
)
from observers.analysis.mrmc import obuchowski_rockette
from observers.analysis.mrmc_components import components
from observers.analysis.mrmc_dbm import dorfman_berbaum_metz, pseudovalues
from tests.golden.reference import ABS, CROSSED, REL, close, cut, load, read

MRMCAOV = {"jackknife": "jackknife", "delong": "DeLong", "unbiased": "unbiased"}
RJAFROC = ("vandyke", "federica_roc")


def analysed(readings, method="jackknife"):
    n_r, n_m, n_c = readings.shape
    score = readings.score.reshape(-1, n_c)
    auc, by_method = covariances(readings.truth, score)
    return obuchowski_rockette(auc.reshape(n_r, n_m), by_method[method])


def close_test(result, statistic, df, p):
    close(result.statistic, statistic)
    close(result.df, df)
    close(result.p, p)


def close_difference(result, row, statistic, p):
    close(result.estimate, row["Estimate"])
    close(result.se, row["StdErr"])
    close(result.statistic, row[statistic])
    close(result.p, row[p])


@pytest.mark.parametrize("name", CROSSED)
@pytest.mark.parametrize("method", METHODS)
def test_three_analyses_agree_with_mrmcaov(shared, name, method):
    """MRMCaov 0.3.0: tests, differences, means and components."""
    expected = load(shared)["roc"][name]["MRMCaov"][MRMCAOV[method]]
    result = analysed(read(shared, name), method)

    for key, part in (("RRRC", result.rrrc), ("RRFC", result.rrfc)):
        row = expected[key]["test_equality"][0]
        close_test(part.test, row["F"], row["df2"], row["p-value"])
        for got, wanted in zip(
            part.differences.values(), expected[key]["test_diffs"], strict=True
        ):
            close_difference(got, wanted, "t", "p-value")
            close(got.df, wanted["df"])
            close(got.ci, cut([wanted["CI.Lower"], wanted["CI.Upper"]], -1.0))
        for got, wanted in zip(
            part.modalities, expected[key]["test_means"], strict=True
        ):
            close(got.estimate, wanted["Estimate"])
            close(got.se, wanted["StdErr"])
            close(got.df, wanted["df"])
            close(got.ci, cut([wanted["CI.Lower"], wanted["CI.Upper"]]))


@pytest.mark.parametrize("name", CROSSED)
@pytest.mark.parametrize("method", METHODS)
def test_fixed_readers_agree_with_mrmcaov(shared, name, method):
    """MRMCaov 0.3.0, FRRC; its global test only where no clamp is due."""
    expected = load(shared)["roc"][name]["MRMCaov"][MRMCAOV[method]]["FRRC"]
    result = analysed(read(shared, name), method)

    row = expected["test_equality"][0]
    if not result.components.is_clamped:
        close_test(result.frrc.test, row["X2"], np.inf, row["p-value"])
        close(result.frrc.test.df1, row["df"])
    for got, wanted in zip(
        result.frrc.differences.values(), expected["test_diffs"], strict=True
    ):
        close_difference(got, wanted, "z", "p-value")
    for got, wanted in zip(result.frrc.modalities, expected["test_means"], strict=True):
        close([got.estimate, got.se], [wanted["Estimate"], wanted["StdErr"]])
        close(got.ci, cut([wanted["CI.Lower"], wanted["CI.Upper"]]))
    for got, wanted in zip(
        result.readers.values(), expected["reader_test_diffs"], strict=True
    ):
        close_difference(got, wanted, "z", "p-value")


@pytest.mark.parametrize("name", CROSSED)
@pytest.mark.parametrize("method", METHODS)
def test_components_agree_with_mrmcaov(shared, name, method):
    """MRMCaov 0.3.0: mean squares and variance components."""
    expected = load(shared)["roc"][name]["MRMCaov"][MRMCAOV[method]]
    parts = analysed(read(shared, name), method).components

    row = expected["FRRC"]["test_equality"][0]
    got = [parts.ms_t, parts.cov1, parts.cov2, parts.cov3]
    close(got, [row["MS(T)"], row["Cov1"], row["Cov2"], row["Cov3"]])
    close(parts.ms_tr, expected["RRRC"]["test_equality"][0]["MS(T:R)"])
    table = {r["row"]: r["Estimate"] for r in expected["RRRC"]["vcov_comps"]}
    close([parts.var_r, parts.var_tr], [table["reader"], table["test:reader"]])
    close([parts.var, parts.cov1], [table["Error"], table["Cov1"]])


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


def test_figure_of_merit_of_any_kind_can_be_analysed():
    """Sensitivity at a threshold: five readers, two modalities, jackknife."""
    rng = np.random.default_rng(2)
    hits = rng.random((3, 2, 40)) < 0.7  # (R, M, C)
    theta = hits.mean(axis=2)
    left_out = (hits.sum(axis=2, keepdims=True) - hits) / 39

    dbm = dorfman_berbaum_metz(pseudovalues(theta, left_out))

    close([m.estimate for m in dbm.rrrc.modalities], theta.mean(axis=0))
    close(dbm.rrrc.differences[0, 1].estimate, np.subtract(*theta.mean(axis=0)))


def test_rule_7_identical_modalities_have_p_one_and_no_f():
    rng = np.random.default_rng(1)
    truth = np.arange(30) < 10
    one = rng.normal(truth * 1.0, 1, (4, 1, 30))
    auc, by_method = covariances(truth, np.repeat(one, 2, 1).reshape(-1, 30))

    for covariance in by_method.values():
        result = obuchowski_rockette(auc.reshape(4, 2), covariance)
        for part in (result.rrrc, result.frrc, result.rrfc):
            assert (part.test.statistic, part.test.p) == (None, 1.0)
            assert part.differences[0, 1].ci is None
            assert part.differences[0, 1].p == 1.0


def test_rule_7_no_interaction_and_no_covariance_gap_leaves_f_undefined():
    theta = np.array([[0.8, 0.7], [0.9, 0.8]])
    covariance = np.full((4, 4), 0.001) + 0.001 * np.eye(4)

    result = obuchowski_rockette(theta, covariance)

    assert (result.rrrc.test.statistic, result.rrrc.test.p) == (None, None)
    assert "undefined" in result.rrrc.test.notes[0]
    assert result.rrrc.differences[0, 1].p is None
    assert result.frrc.test.p is not None


def test_rule_7_no_interaction_but_a_gap_gives_infinite_ddf_and_the_normal():
    theta = np.array([[0.8, 0.7], [0.9, 0.8]])
    covariance = np.full((2, 2, 2, 2), 0.0)  # (r, m, s, n)
    covariance += 0.001 * np.eye(2)[None, :, None, :]  # same modality: Cov2 > Cov3

    result = obuchowski_rockette(theta, covariance.reshape(4, 4))

    assert result.rrrc.test.df == np.inf
    close(result.rrrc.differences[0, 1].se, np.sqrt(0.002))
    close(result.rrrc.differences[0, 1].p, 0.02534731867746824)
    assert any("normal reference" in note for note in result.rrrc.test.notes)


def test_rule_7_clamp_is_said_when_active():
    theta = np.array([[0.9, 0.7], [0.8, 0.85], [0.9, 0.6]])
    covariance = 0.001 * np.eye(6).reshape(3, 2, 3, 2)
    covariance += 1e-4 * (1 - np.eye(2))[None, :, None, :]  # Cov3 > Cov2

    result = obuchowski_rockette(theta, covariance.reshape(6, 6))

    assert result.components.is_clamped
    for part in (result.rrrc, result.frrc):
        assert any("Cov2 < Cov3" in note for note in part.test.notes)


def test_rule_9_one_reader_has_fixed_readers_only_and_two_are_warned_of():
    truth = np.arange(20) < 8
    rng = np.random.default_rng(5)
    score = rng.normal(truth * 1.0, 1, (4, 20))

    one = obuchowski_rockette(*first(covariances(truth, score[:2]), (1, 2)))
    two = obuchowski_rockette(*first(covariances(truth, score), (2, 2)))

    assert one.rrrc.test.p is None
    assert one.rrfc.differences[0, 1].p is None
    assert one.frrc.differences[0, 1].p == pytest.approx(one.readers[0, 0, 1].p)
    assert any("two readers" in note for note in two.rrrc.test.notes)


def first(result, shape):
    auc, by_method = result
    return auc.reshape(shape), by_method["jackknife"]


def test_one_modality_has_averages_but_no_comparison():
    truth = np.arange(20) < 8
    score = np.random.default_rng(6).normal(truth * 1.0, 1, (3, 20))

    result = obuchowski_rockette(*first(covariances(truth, score), (3, 1)))

    assert result.rrrc.test.notes == ("one modality: nothing to compare",)
    assert result.rrrc.modalities[0].ci is not None
    assert result.rrrc.differences == {}


def test_incomplete_design_is_refused():
    with pytest.raises(ValueError, match="complete design"):
        components(np.array([[0.8, np.nan]]), np.eye(2))
    with pytest.raises(ValueError, match="does not fit"):
        components(np.array([[0.8, 0.9]]), np.eye(3))
    with pytest.raises(ValueError, match="two readers"):
        dorfman_berbaum_metz(np.zeros((1, 2, 5)))


def test_demanded_precision_is_the_issues():
    assert (REL, ABS) == (1e-9, 1e-12)


@pytest.mark.parametrize("name", CROSSED)
def test_unbiased_components_agree_with_imrmc_java(shared, name):
    """iMRMC Java 4.0.3, OR table of the U-statistic, printed with six digits."""
    readings = read(shared, name)
    parts = analysed(readings, "unbiased").components

    for row in load(shared)["roc"][name]["iMRMC_java"]["ORtable"]:
        if row["UstatOrMLE"] == "MLE" or row["Components"] != "components":
            continue
        if row["modalityB"] != "NO_MOD":
            got = [parts.var_r, parts.cov1, parts.cov2, parts.cov3, parts.var]
            wanted = [row[key] for key in ("R", "COV1", "COV2", "COV3", "ERROR")]
            interaction = parts.ms_tr - parts.var + parts.cov1
            interaction += parts.cov2 - parts.cov3  # iMRMC does not clamp
            got, wanted = [*got, interaction], [*wanted, row["TR"]]
        else:
            m = readings.modalities.index(str(row["modalityA"]).removesuffix(".0"))
            got = [parts.cov2_by_modality[m], parts.var_by_modality[m]]
            wanted = [row["COV2"], row["ERROR"]]
        close(got, wanted, 6e-6, 1e-8)
