"""Any figure of merit: areas agree with the area's own path, others by hand."""

import numpy as np
import pytest
from scipy import stats

from observers.analysis.checks import ReadingsError
from observers.analysis.covariance import covariances
from observers.analysis.mrmc import obuchowski_rockette
from observers.analysis.mrmc_figure import analyse_figure, figure_named
from observers.analysis.readings import Readings
from tests.golden.reference import close, load, read


@pytest.fixture
def study():
    rng = np.random.default_rng(5)
    truth = np.arange(40) >= 24
    score = rng.normal(truth * 1.4, 1.0, (4, 2, 40)).round(1)
    return Readings(
        score, truth, *(named(n, k) for n, k in ((4, "R"), (2, "M"))), named(40, "c")
    )


def named(n, letter):
    return tuple(f"{letter}{k}" for k in range(n))


def test_area_agrees_with_rjafroc_and_the_closed_jackknife(shared):
    readings = read(shared, "vandyke")

    found = analyse_figure(readings, figure_named("auc"))

    wanted = load(shared)["roc"]["vandyke"]["RJafroc"]["OR_jackknife"]
    assert wanted
    close(found.rockette.rrrc.test.statistic, 4.45631869315726)
    close(found.dbm.rrrc.test.statistic, 4.45631869315726)
    auc, by_method = covariances(readings.truth, readings.score.reshape(10, -1))
    close(found.theta.ravel(), auc)
    close(found.covariance, by_method["jackknife"])
    close(
        found.rockette.rrrc.test.p,
        obuchowski_rockette(found.theta, by_method["jackknife"]).rrrc.test.p,
    )


@pytest.mark.parametrize(
    "name",
    [
        "partial-auc:0.8:1",
        "partial-auc-sensitivity:0.7:1",
        "sensitivity:0.5",
        "specificity:0.5",
        "sensitivity-at:0.9",
        "specificity-at:0.8",
    ],
)
def test_dbm_equals_obuchowski_rockette_for_every_figure(study, name):
    found = analyse_figure(study, figure_named(name))

    close(found.dbm.rrrc.test.statistic, found.rockette.rrrc.test.statistic, rel=1e-8)
    assert ((found.theta >= 0) & (found.theta <= found.figure.limits[1])).all()


def test_sensitivity_at_a_cut_by_hand(study):
    found = analyse_figure(study, figure_named("sensitivity:0.5"))

    called = (study.score[:, :, study.truth] >= 0.5).mean(axis=2)
    assert found.theta == pytest.approx(called)
    by_reader = called[:, 0] - called[:, 1]
    alone = stats.ttest_1samp(by_reader, 0)
    assert found.rockette.rrfc.differences[0, 1].p == pytest.approx(alone.pvalue)
    # The jackknife variance of a share p of n1 among C cases is p(1-p)/(n1-1) but
    # for the factor (C-1)/C of cases that are left out one by one.
    n1, n = study.n_manipulated, 40
    share = called[0, 0]
    wanted = (n - 1) / n * share * (1 - share) * n1 / (n1 - 1) ** 2
    # Leaving an original out changes nothing, so that the mean stays the share.
    assert found.covariance[0, 0] == pytest.approx(wanted, rel=1e-9)


def test_one_reader_has_no_pseudovalue_analysis(study):
    one = study.take([0], [0, 1], range(40))

    found = analyse_figure(one, figure_named("partial-auc:0.8:1"))

    assert found.dbm is None
    assert found.rockette.rrrc.test.p is None
    assert found.rockette.frrc.test.p is not None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "area",
        "auc:1",
        "partial-auc:1:0.8",
        "partial-auc:0.8",
        "sensitivity:x",
        "sensitivity:inf",
        "sensitivity-at:2",
        "partial-auc:nan:1",
    ],
)
def test_a_figure_that_does_not_exist_is_refused(name):
    with pytest.raises(ReadingsError, match=r"figure: .* is not auc, partial-auc"):
        figure_named(name)


def test_incomplete_designs_and_lone_cases_are_refused(study):
    score = study.score.copy()
    score[0, 0, 0] = np.nan
    gap = Readings(score, study.truth, study.readers, study.modalities, study.cases)

    with pytest.raises(ReadingsError, match="complete design"):
        analyse_figure(gap, figure_named("auc"))
    with pytest.raises(ReadingsError, match="at least 2 cases"):
        analyse_figure(study.take(range(4), [0, 1], range(25)), figure_named("auc"))
