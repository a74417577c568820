"""U-statistic and MLE variances against iMRMC, for every design it accepts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observers.analysis.covariance import unbiased_covariance
from observers.analysis.ustatistic import of_difference, of_set
from observers.analysis.ustatistic_moments import ReaderSet, moments
from observers.analysis.ustatistic_sums import pair_sums
from tests.golden.exclusions import NOT_PAIRED
from tests.golden.reference import DESIGNS, JAVA, close, load, read

TABLES = (
    ("iMRMC_R", "Ustat", False),
    ("iMRMC_R", "MLEstat", True),
    ("iMRMC_java", "statAnalysis", False),
    ("iMRMC_java", "statAnalysisMLE", True),
)


def sets_of(readings):
    _, n_m, n_c = readings.shape
    sums = pair_sums(readings.truth, readings.score.reshape(-1, n_c))
    sets = {}
    for m, name in enumerate(readings.modalities):
        readers = np.array(readings.readers_of(name))
        sets[name] = ReaderSet(readers * n_m + m, readers)
    return sums, sets


def plain(name) -> str:
    return str(name).removesuffix(".0")


def result_of(row, sums, sets):
    a, b = plain(row["modalityA"]), plain(row["modalityB"])
    if b == "NO_MOD":
        return of_set(sums, sets[a]), row["AUCA"], row["varAUCA"]
    difference = of_difference(sums, sets[a], sets[b])
    return difference, row["AUCAminusAUCB"], row["varAUCAminusAUCB"]


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize(("program", "table", "is_mle"), TABLES)
def test_variance_and_bdg_df_agree_with_imrmc(shared, name, program, table, is_mle):
    """iMRMC R 2.1.2 and iMRMC Java 4.0.3."""
    rows = load(shared)["roc"][name][program][table]
    sums, sets = sets_of(read(shared, name))
    rel = JAVA if program == "iMRMC_java" else 1e-9

    for row in rows:
        got, estimate, variance = result_of(row, sums, sets)

        close(got.estimate, estimate, rel)
        close(got.variance_mle if is_mle else got.variance, variance, rel)
        if program == "iMRMC_R" or name not in NOT_PAIRED:
            close(got.df_mle if is_mle else got.df, row["dfBDG"], rel)


def test_reader_groups_agree_with_imrmc(shared):
    """iMRMC R 2.1.2 on study50_public without the detector."""
    expected = load(shared)["reader_groups_iMRMC_R"]
    sums, sets = sets_of(read(shared, "study50_public"))

    for table, is_mle in (("Ustat", False), ("MLEstat", True)):
        for row in expected[table]:
            got, estimate, variance = result_of(row, sums, sets)
            close(got.estimate, estimate)
            close(got.variance_mle if is_mle else got.variance, variance)
            close(got.df_mle if is_mle else got.df, row["dfBDG"])


@pytest.mark.parametrize("name", DESIGNS)
def test_reader_areas_and_variances_agree_with_imrmc(shared, name):
    """iMRMC R 2.1.2, table perReader: unbiased variance of each reader's area."""
    rows = load(shared)["roc"][name]["iMRMC_R"]["perReader"]
    readings = read(shared, name)
    n_m = len(readings.modalities)
    sums, _ = sets_of(readings)
    covariance = unbiased_covariance(sums)

    for row in rows:
        reader = readings.readers.index(plain(row["readerID"]))
        v = reader * n_m + readings.modalities.index(plain(row["modalityA"]))
        close(sums.total[v] / sums.size[v], row["AUCA"])
        close(covariance[v, v], row["varAUCA"])
        if row["modalityB"] != "NO_MOD" and row["varAUCAminusAUCB"] is not None:
            w = reader * n_m + readings.modalities.index(plain(row["modalityB"]))
            got = covariance[v, v] + covariance[w, w] - 2 * covariance[v, w]
            close(got, row["varAUCAminusAUCB"])


def test_sums_equal_their_definition_with_missing_scores():
    rng = np.random.default_rng(4)
    truth = rng.random(13) < 0.4
    score = rng.integers(0, 4, (3, 13)).astype(float)
    score[rng.random(score.shape) < 0.2] = np.nan

    sums = pair_sums(truth, score)

    kernel, seen = brute_kernel(truth, score)
    for products, got in ((kernel, sums.numerator), (seen, sums.weight)):
        close(got[0], np.einsum("vij,wij->vw", products, products))
        close(got[1], np.einsum("vij,wkj->vw", products, products))
        close(got[2], np.einsum("vij,wik->vw", products, products))
        close(got[3], np.einsum("vij,wkl->vw", products, products))


def brute_kernel(truth, score):
    x, y = score[:, ~truth, None], score[:, None, truth]
    seen = ~np.isnan(x - y)
    kernel = np.where(seen, (y > x) + 0.5 * (y == x), 0.0)
    return kernel, seen.astype(float)


def test_expected_variance_is_unbiased_by_exhaustion():
    """Every sample of a tiny population once: the mean estimate is the variance."""
    x_values, y_values = (0.0, 2.0), (1.0, 3.0, 2.0)
    areas, estimates = [], []
    grids = np.meshgrid(*[range(2)] * 2, *[range(3)] * 2, indexing="ij")
    for i, j, k, m in np.stack(grids, -1).reshape(-1, 4):
        score = np.array([[x_values[i], x_values[j], y_values[k], y_values[m]]])
        sums = pair_sums(np.array([False, False, True, True]), score)
        areas.append(sums.total[0] / sums.size[0])
        estimates.append(unbiased_covariance(sums)[0, 0])

    close(np.mean(estimates), np.var(areas))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_rule_15_permutation_monotone_transform_and_relabelling(seed):
    rng = np.random.default_rng(seed)
    truth = np.arange(14) % 3 == 0
    score = rng.integers(0, 5, (4, 14)).astype(float)
    one = ReaderSet(np.array([0, 2]), np.array([0, 1]))
    two = ReaderSet(np.array([1, 3]), np.array([0, 1]))
    order, swap = rng.permutation(14), np.array([2, 3, 0, 1])

    before = of_difference(pair_sums(truth, score), one, two)
    after = of_difference(pair_sums(truth[order], np.exp(score[:, order])), one, two)
    relabelled = of_difference(pair_sums(truth, score[swap]), one, two)

    for other in (after, relabelled):
        close(other.estimate, before.estimate)
        close(other.variance, before.variance)
        close(other.variance_mle, before.variance_mle)


def test_rule_8_negative_u_statistic_is_reported_and_the_mle_is_used():
    rng = np.random.default_rng(0)
    for _ in range(200):
        score = rng.integers(0, 3, (4, 10)).astype(float)
        sums = pair_sums(np.arange(10) < 4, score)
        one = ReaderSet(np.array([0, 2]), np.array([0, 1]))
        two = ReaderSet(np.array([1, 3]), np.array([0, 1]))
        result = of_difference(sums, one, two)
        if result.variance < 0:
            break

    inference = result.infer()

    assert result.df is None
    assert result.variance_mle > 0
    assert inference.se == pytest.approx(math.sqrt(result.variance_mle))
    assert "MLE" in " ".join(inference.notes)


def test_one_reader_is_fixed_and_only_cases_are_sampled():
    rng = np.random.default_rng(7)
    truth = np.arange(30) < 12
    sums = pair_sums(truth, rng.normal(truth * 1.0, 1.0, (1, 30)))

    result = of_set(sums, ReaderSet(np.array([0]), np.array([0])))

    close(result.variance, unbiased_covariance(sums)[0, 0])
    assert result.df >= min(truth.sum(), (~truth).sum()) - 1


def test_rule_5_one_case_in_a_class_gives_the_area_and_a_reason():
    sums = pair_sums(np.array([False, False, True]), np.array([[1.0, 2.0, 3.0]]))

    result = of_set(sums, ReaderSet(np.array([0]), np.array([0])))

    assert (result.estimate, result.variance) == (1.0, None)
    assert result.notes == ("needs >= 2 cases per class",)


def test_no_case_of_a_class_gives_nothing_but_a_reason():
    sums = pair_sums(np.array([False, False]), np.array([[1.0, 2.0]]))
    one = ReaderSet(np.array([0]), np.array([0]))

    assert of_set(sums, one).estimate is None
    assert of_difference(sums, one, one).notes == ("a class has no scored case",)
    assert of_set(sums, one).infer().p is None


def test_difference_with_one_case_in_a_class_has_no_variance():
    score = np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0]])
    sums = pair_sums(np.array([False, False, True]), score)
    a, b = (ReaderSet(np.array([v]), np.array([0])) for v in range(2))

    assert of_difference(sums, a, b).variance is None


def test_identical_sets_differ_by_nothing():
    sums = pair_sums(np.arange(10) < 4, np.tile(np.arange(10.0) % 4, (2, 1)))
    a, b = (ReaderSet(np.array([v]), np.array([0])) for v in range(2))

    result = of_difference(sums, a, b)

    assert (result.estimate, result.variance, result.df) == (0.0, 0.0, None)
    assert result.infer().p == 1.0


PRINTED = 6e-6  # iMRMC Java prints its tables with six digits
COMPONENTS = ("N", "D", "ND", "R", "NR", "DR", "RND")


def products_of(row, sums, sets):
    """Moments of A, of B and of both, with how often each counts in a row."""
    a, b = plain(row["modalityA"]), plain(row["modalityB"])
    found = {"A": (moments(sums, sets[a], sets[a]), 1)}
    if b != "NO_MOD":
        found["B"] = (moments(sums, sets[b], sets[b]), 1)
        found["product"] = (moments(sums, sets[a], sets[b]), 2)
    return found


@pytest.mark.parametrize("name", DESIGNS)
def test_moments_and_coefficients_agree_with_imrmc_java(shared, name):
    """iMRMC Java 4.0.3, BDG table."""
    sums, sets = sets_of(read(shared, name))

    for row in load(shared)["roc"][name]["iMRMC_java"]["BDGtable"]:
        what, _, which = row["compOrCoeff"].partition("_")
        found = products_of(row, sums, sets).get(which)
        if found is None:
            continue
        of, times = found
        is_mle = row["UstatOrMLE"] == "MLE"
        got = of.biased if is_mle else of.unbiased
        got = times * of.coefficient if what == "coeff" else got
        close(got, [row[f"M{k}"] for k in range(1, 9)], PRINTED, 1e-11)


@pytest.mark.parametrize("name", sorted(set(DESIGNS) - NOT_PAIRED))
def test_components_of_variance_agree_with_imrmc_java(shared, name):
    """iMRMC Java 4.0.3, BCK table, where readers and cases are paired."""
    sums, sets = sets_of(read(shared, name))

    for row in load(shared)["roc"][name]["iMRMC_java"]["BCKtable"]:
        what, _, which = row["Moments"].partition("_")
        found = products_of(row, sums, sets).get(which)
        if found is None:
            continue
        of, times = found
        is_mle = row["UstatOrMLE"] == "MLE"
        got = of.components(of.biased if is_mle else of.unbiased)
        got = times * of.shared if what == "coeff" else got
        close(got, [row[key] for key in COMPONENTS], PRINTED, 1e-7)
