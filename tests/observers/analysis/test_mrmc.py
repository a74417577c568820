"""Obuchowski-Rockette against MRMCaov and iMRMC."""

import numpy as np
import pytest

from observers.analysis.covariance import (
    METHODS,
)
from tests.golden.reference import ABS, CROSSED, REL, close, cut, load, read
from tests.observers.analysis.rockette import analysed, close_difference, close_test

MRMCAOV = {"jackknife": "jackknife", "delong": "DeLong", "unbiased": "unbiased"}


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
