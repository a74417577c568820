"""ICC and limits of agreement: Shrout and Fleiss 1979, pingouin 0.7."""

import numpy as np
import pytest

from observers.analysis.agreement import KINDS, icc, limits_of_agreement
from tests.golden.reference import close, load

PINGOUIN = {
    "ICC(1,1)": "ICC1",
    "ICC(A,1)": "ICC2",
    "ICC(C,1)": "ICC3",
    "ICC(1,k)": "ICC1k",
    "ICC(A,k)": "ICC2k",
    "ICC(C,k)": "ICC3k",
}


def test_six_coefficients_agree_with_shrout_and_fleiss_and_pingouin(shared):
    """Printed at two digits in 1979; pingouin 0.7 at ten."""
    known = load(shared)["agreement"]["shrout_fleiss_1979"]
    found = icc(np.array(known["data"]).T)

    for kind in KINDS:
        assert round(found[kind].value, 2) == known["published"][kind]
    for row in known["pingouin"]:
        got = found[PINGOUIN[row["Type"]]]
        close(got.value, row["ICC"], 1e-9, 5e-11)
        close(got.p, row["pval"], 1e-6, 5e-11)
        close(got.ci, row["CI95"], 0, 0.0051)


def test_perfect_agreement_is_one_and_has_no_test():
    found = icc(np.tile([1.0, 2.0, 5.0], (3, 1)))

    assert [found[kind].value for kind in KINDS] == [1.0] * 6
    assert found["ICC2"].p is None


def test_cases_with_a_missing_score_are_left_out():
    score = np.array([[1.0, 2, 3, np.nan], [1, 3, 3, 4.0]])

    assert icc(score)["ICC1"].n_cases == 3
    close(icc(score)["ICC3"].value, icc(score[:, :3])["ICC3"].value)


@pytest.mark.parametrize("score", [np.ones((3, 4)), [[1.0], [2.0]], [[1.0, 2.0]]])
def test_what_is_not_defined_is_none_with_a_reason(score):
    for result in icc(score).values():
        assert result.value is None
        assert result.note


def test_coefficients_that_cancel_are_none():
    """MSB = 0 and k = 2: the mean's reliability divides by zero."""
    found = icc([[1.0, 2.0], [2.0, 1.0]])

    assert found["ICC3"].value == -1.0
    assert found["ICC3k"].value is None
    assert found["ICC3k"].note == "variances cancel: not defined"


def test_limits_of_agreement_by_hand():
    result = limits_of_agreement([1, 2, 3, 4.0], [1, 1, 1, 1.0])

    close([result.bias, result.sd], [1.5, 1.2909944487358056])
    close([result.lower, result.upper], [-1.0303026, 4.0303026], 1e-6)
    close(result.bias_ci, [-0.5542602, 3.5542602], 1e-6)
    assert result.lower_ci[0] < result.lower < result.lower_ci[1]


def test_limits_without_spread_or_cases_say_so():
    flat = limits_of_agreement([1.0, 2.0], [0.0, 1.0])
    one = limits_of_agreement([1.0, np.nan], [0.5, 1.0])
    none = limits_of_agreement([np.nan], [1.0])

    assert (flat.lower, flat.lower_ci) == (1.0, None)
    assert (one.bias, one.sd) == (0.5, None)
    assert (none.bias, none.n_cases) == (None, 0)


def test_icc_recovers_a_known_correlation():
    rng = np.random.default_rng(2)
    case = rng.normal(0, 2, 4000)

    found = icc(case + rng.normal(0, 1, (3, 4000)))

    assert abs(found["ICC1"].value - 0.8) < 0.02
    assert found["ICC1"].ci[0] < 0.8 < found["ICC1"].ci[1]
