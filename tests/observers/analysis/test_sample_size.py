"""Power and sample size against RJafroc 2.1.3."""

import numpy as np
import pytest

from observers.analysis.covariance import covariances
from observers.analysis.mrmc import obuchowski_rockette
from observers.analysis.sample_size import (
    Assumed,
    assumed_from,
    cases_needed,
    power,
    readers_needed,
)
from observers.analysis.sample_size_width import difference_width, expected_width
from tests.golden.reference import close, load, read

EFFECT = 0.043800322  # as RJafroc's own test states it


def pilot(shared):
    readings = read(shared, "vandyke")
    auc, by_method = covariances(readings.truth, readings.score.reshape(10, -1))
    result = obuchowski_rockette(auc.reshape(5, 2), by_method["jackknife"])
    return assumed_from(result.components, 114)


def test_power_of_three_analyses_agrees_with_rjafroc(shared):
    """RJafroc 2.1.3, SsPowerGivenJK on VanDyke, method OR."""
    known, assumed = load(shared)["sample_size"], pilot(shared)

    row = known["vandyke_OR_J10_K165"][0]
    got = power(assumed, 10, 165, EFFECT)
    close(
        [got.power, got.ncp, got.df], [row[k + "RRRC"] for k in ("power", "ncp", "df2")]
    )
    close(got.critical, row["fRRRC"])
    row = known["vandyke_OR_J10_K131_FRRC"][0]
    got = power(assumed, 10, 131, EFFECT, random="frrc")
    close(
        [got.power, got.ncp, got.critical],
        [row[k] for k in ("powerFRRC", "ncpFRRC", "chsqFRRC")],
    )
    assert got.df is None
    row = known["vandyke_OR_J10_K53_RRFC"][0]
    got = power(assumed, 10, 53, EFFECT, random="rrfc")
    close(
        [got.power, got.ncp, got.df], [row[k + "RRFC"] for k in ("power", "ncp", "df2")]
    )
    close(got.critical, row["fRRFC"])


def test_cases_needed_agree_with_rjafroc(shared):
    """RJafroc 2.1.3, SsSampleSizeKGivenJ on VanDyke, J = 6, effect 0.05."""
    row = load(shared)["sample_size"]["vandyke_KgivenJ6_es05"][0]
    assumed = pilot(shared)

    assert cases_needed(assumed, 6, 0.05) == row["KRRRC"]
    close(power(assumed, 6, row["KRRRC"], 0.05).power, row["powerRRRC"])


@pytest.mark.parametrize("random", ["rrrc", "frrc", "rrfc"])
def test_least_numbers_are_least(shared, random):
    assumed = pilot(shared)

    cases = cases_needed(assumed, 8, 0.05, random=random)
    readers = readers_needed(assumed, 200, 0.05, random=random)

    assert power(assumed, 8, cases, 0.05, random=random).power >= 0.8
    assert power(assumed, 8, max(cases - 1, 2), 0.05, random=random).power < 0.8
    assert power(assumed, readers, 200, 0.05, random=random).power >= 0.8


def test_an_effect_out_of_reach_has_no_number():
    assumed = Assumed(0.01, 0.001, 0.0005, 0.0004, 0.0003, 100)

    assert cases_needed(assumed, 3, 0.001) is None


def test_without_effect_power_is_the_level(shared):
    for random in ("rrrc", "frrc", "rrfc"):
        close(power(pilot(shared), 5, 100, 0.0, random=random).power, 0.05)


def test_impossible_plans_are_refused():
    assumed = Assumed(0.0, 0.001, 0.002, 0.0, 0.0, 100)

    with pytest.raises(ValueError, match="too few"):
        power(assumed, 1, 100, 0.05)
    with pytest.raises(ValueError, match="no variance"):
        power(assumed, 5, 100, 0.05)


def test_expected_width_at_45_and_5():
    """The anchor of the reference: [0.787797, 1] at an area of 1."""
    close(expected_width(1.0), 1 - 0.787797, 1e-5)
    assert expected_width(0.8) > expected_width(0.95)
    with pytest.raises(ValueError, match="at least 2"):
        expected_width(0.8, 45, 1)


def test_width_of_the_difference_is_the_pilots_own_at_its_size(shared):
    """VanDyke, MRMCaov 0.3.0 and RJafroc 2.1.3: (-0.0879594986, 0.0003588544)."""
    assumed = pilot(shared)

    close(difference_width(assumed, 5, 114), 0.0879594986 + 0.0003588544, 1e-8)
    fixed = difference_width(assumed, 5, 114, random="frrc")
    assert fixed < difference_width(assumed, 5, 114)
    assert difference_width(assumed, 5, 50) > difference_width(assumed, 5, 114)
    assert difference_width(Assumed(4.0, 5, 1, 1, 0.5, 100), 2, 50) == 2.0


@pytest.mark.slow
def test_power_is_what_a_simulation_gives():
    """Random readers and cases: normal model, 1,000 studies of 6 readers."""
    rng = np.random.default_rng(12)
    var_tr, cov = 2e-4, np.array([8e-4, 3e-4, 3e-4, 2e-4])
    n_r, effect, hits = 6, 0.05, 0
    within = cov[0] * np.eye(2) + cov[1] * (1 - np.eye(2))
    between = cov[2] * np.eye(2) + cov[3] * (1 - np.eye(2))
    matrix = np.kron(np.eye(n_r), within) + np.kron(1 - np.eye(n_r), between)
    for _ in range(1000):
        theta = rng.multivariate_normal(np.zeros(2 * n_r), matrix).reshape(n_r, 2)
        theta += 0.8 + rng.normal(0, var_tr**0.5, (n_r, 2)) + [0, effect]
        hits += obuchowski_rockette(theta, matrix).rrrc.test.p < 0.05

    expected = power(Assumed(var_tr, *cov, 100), n_r, 100, effect).power
    assert abs(hits / 1000 - expected) < 0.05
