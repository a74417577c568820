"""Kappas and alpha against published values, statsmodels and scikit-learn."""

import numpy as np
import pytest

from observers.analysis.agreement_kappa import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from tests.golden.reference import close, load


def test_weighted_kappa_agrees_with_scikit_learn(shared):
    """scikit-learn 1.9, cohen_kappa_score."""
    known = load(shared)["agreement"]["cohen"]

    for weights, key in (
        ("none", "unweighted"),
        ("linear", "linear"),
        ("quadratic", "quadratic"),
    ):
        close(cohen_kappa(known["a"], known["b"], weights).value, known[key])


def test_fleiss_agrees_with_the_paper_and_statsmodels(shared):
    """Fleiss's table, printed 0.21; statsmodels 0.15."""
    known = load(shared)["agreement"]["fleiss_table"]

    value = fleiss_kappa(known["counts"]).value

    assert f"{value:.2f}" == f"{known['published_kappa']}"
    close(value, known["statsmodels"])


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_agrees_with_krippendorff_2011(shared, level):
    """Printed .743, .815, .849, .797; krippendorff 0.9."""
    known = load(shared)["agreement"]["krippendorff_2011"]
    data = np.array(known["data"], float)

    result = krippendorff_alpha(data, level)

    assert round(result.value, 3) == float(known["published"][level])
    close(result.value, known["krippendorff_py"][level])


def test_perfect_agreement_is_one():
    assert cohen_kappa([1, 2, 2], [1, 2, 2], "linear").value == 1.0
    assert fleiss_kappa([[3, 0], [0, 3]]).value == 1.0
    assert krippendorff_alpha([[1.0, 2.0], [1.0, 2.0]]).value == 1.0


def test_missing_readings_are_left_out():
    result = cohen_kappa([1, 2, np.nan, 1], [1, 2, 2, 2])

    assert result.n_cases == 3


@pytest.mark.parametrize(
    "result",
    [
        cohen_kappa([1, 1], [1, 1]),
        cohen_kappa([np.nan], [1]),
        fleiss_kappa([[3, 0], [3, 0]]),
        fleiss_kappa([[1, 0], [0, 1]]),
        fleiss_kappa(np.zeros((0, 2))),
        krippendorff_alpha([[1.0, 1.0], [1.0, 1.0]]),
        krippendorff_alpha([[1.0, np.nan], [np.nan, 1.0]]),
    ],
)
def test_what_is_not_defined_is_none_with_a_reason(result):
    assert result.value is None
    assert result.note


def test_unequal_numbers_of_readers_are_refused():
    with pytest.raises(ValueError, match="counts"):
        fleiss_kappa([[2, 1], [1, 1]])
