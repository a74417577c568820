"""Half-widths without a pilot: published parts, the analysis itself, simulation."""

import numpy as np
import pytest
from scipy.special import ndtri

from observers.analysis.groups import compare_groups
from observers.analysis.groups_areas import compare_group_areas
from observers.analysis.mrmc import obuchowski_rockette
from observers.analysis.sample_size_assumed import (
    SHARED,
    SPREAD,
    area_covariance,
    expected,
)
from observers.analysis.sample_size_width import (
    groups_half_width,
    mean_half_width,
    standalone_half_width,
)
from observers.analysis.standalone import against_readers, compare_areas
from tests.golden.reference import close

PUBLISHED = {
    "vandyke": (69, 45, (0.89793704, 0.94083736), 0.00080229, 0.429, 0.00154),
    "franken": (67, 33, (0.8477498869, 0.8368950701), 0.0014967254, 0.320, 4.33e-5),
    "kundel": (66, 29, (0.8038793103, 0.8413662487), 0.002148844, 0.384, 0.000734),
}
"""Original and manipulated cases, areas, error variance, its correlation between
readers and the readers' variance: three studies in MRMCaov 0.3.0 (OR_to_RMH, example
1c), analysed there by Obuchowski and Rockette's method."""


def half(interval) -> float:
    return (interval[1] - interval[0]) / 2


def typical(parts, sizes):
    """Areas with the expected mean square in each group, and their covariance."""
    groups = [np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in sizes]
    scaled = [
        g * np.sqrt(parts.mean_square / g.var(ddof=1)) if g.size > 1 else g
        for g in groups
    ]
    n = sum(sizes)
    covariance = parts.cov2 + (parts.var - parts.cov2) * np.eye(n)
    return np.concatenate(scaled) / 10 + 0.8, covariance / 100


def small(parts):
    """The same parts at a hundredth, so that no interval reaches the scale's end."""
    return type(parts)(parts.var / 100, parts.cov2 / 100, parts.var_r / 100)


@pytest.mark.parametrize("name", PUBLISHED)
def test_assumptions_fit_published_studies(name):
    n_0, n_1, areas, variance, correlation, var_r = PUBLISHED[name]
    parts = [expected(area, n_0, n_1) for area in areas]

    close(np.mean([p.var for p in parts]), variance, rel=0.25)
    close(np.mean([p.cov2 / p.var for p in parts]), correlation, rel=0.3)
    assert 0 < var_r < 2 * SPREAD**2


def test_without_skill_the_variance_is_wilcoxons_and_without_sharing_none():
    close(area_covariance(0.5, 20, 30), 51 / (12 * 20 * 30))
    close(area_covariance(0.8, 20, 30, shared=0.0), 0)
    assert area_covariance(0.8, 20, 30, shared=0.4) < area_covariance(0.8, 20, 30)
    with pytest.raises(ValueError, match="at least 2"):
        expected(0.8, 45, 1)


@pytest.mark.parametrize("readers", [1, 2, 3, 5])
def test_half_widths_are_those_of_the_analysis_of_a_typical_study(readers):
    parts = expected(0.8, 45, 5)
    auc, covariance = typical(parts, (readers,))

    own = obuchowski_rockette(auc[:, None], covariance)
    mine = mean_half_width(small(parts), readers)
    analysis = own.frrc if mine.is_fixed else own.rrrc
    close(mine.value, half(analysis.modalities[0].ci))

    with_detector = np.zeros((1 + readers, 1 + readers))
    with_detector[1:, 1:], with_detector[0, 0] = covariance, small(parts).var
    other = compare_areas(np.append(0.8, auc), with_detector, method="delong")
    mine = standalone_half_width(small(parts), readers)
    assert mine.is_fixed == (other.leading == "frrc")
    close(mine.value, half((other.frrc if mine.is_fixed else other.rrrc).ci))


@pytest.mark.parametrize("sizes", [(3, 2), (1, 5)])
def test_half_widths_of_few_readers_are_those_of_the_analysis(sizes):
    parts = small(expected(0.8, 45, 25))
    auc, covariance = typical(expected(0.8, 45, 25), sizes)

    known = compare_group_areas(auc, covariance, sizes[0])
    mine = groups_half_width(parts, *sizes)

    assert mine.is_fixed
    assert known.leading == "fixed"
    close(mine.value, half(known.fixed.ci))


def study(rng, sizes, cases, auc=0.8):
    """One study under the model: truth, detector's and readers' impressions."""
    n_0, n_1 = cases
    truth = np.repeat([False, True], cases)
    areas = rng.normal(auc, SPREAD, sum(sizes))
    shift = np.sqrt(2) * ndtri(np.append(auc, areas))
    score = rng.standard_normal((1 + sum(sizes), n_0 + n_1))
    score[1:] *= np.sqrt(1 - SHARED)
    score[1:] += np.sqrt(SHARED) * rng.standard_normal(n_0 + n_1)
    score[:, truth] += shift[:, None]
    return truth, score[0], score[1:]


def test_covariance_is_what_a_simulation_gives():
    """20,000 studies of two readers, 15 original and 10 manipulated cases."""
    rng = np.random.default_rng(5)
    shift = np.sqrt(2) * ndtri(0.8)
    x, y = (
        np.sqrt(SHARED) * rng.standard_normal((20_000, 1, n))
        + np.sqrt(1 - SHARED) * rng.standard_normal((20_000, 2, n))
        for n in (15, 10)
    )  # (studies, readers, cases)
    areas = (y[..., None] + shift > x[..., None, :]).mean(axis=(2, 3))

    found = np.cov(areas.T)

    parts = expected(0.8, 15, 10)
    close(found[0, 0], parts.var, rel=0.03)
    close(found[0, 1], parts.cov2, rel=0.06)


@pytest.mark.parametrize("sizes", [(3, 3), (5, 4)])
def test_half_widths_are_what_simulated_studies_give_on_average(sizes):
    """200 studies, 60 original and 30 manipulated cases, analysed as the app does."""
    rng = np.random.default_rng(8)
    parts = expected(0.8, 60, 30)
    found = []
    for _ in range(200):
        truth, detector, readers = study(rng, sizes, (60, 30))
        alone = against_readers(truth, detector, readers[: sizes[0]], method="delong")
        two = compare_groups(truth, readers[: sizes[0]], readers[sizes[0] :])
        found.append([half(alone.rrrc.ci), half(two.random.ci)])

    mine = [standalone_half_width(parts, sizes[0]), groups_half_width(parts, *sizes)]
    close(np.mean(found, axis=0), [one.value for one in mine], rel=0.08)


def test_more_readers_and_cases_narrow_and_few_readers_are_fixed():
    few, many = expected(0.8, 45, 5), expected(0.8, 180, 20)

    assert mean_half_width(few, 10).value < mean_half_width(few, 3).value
    assert mean_half_width(many, 3).value < mean_half_width(few, 3).value
    wide = standalone_half_width(few, 3, alpha=0.01)
    assert wide.value > standalone_half_width(few, 3).value
    assert mean_half_width(few, 2).is_fixed
    assert not groups_half_width(few, 3, 4).is_fixed
    assert not mean_half_width(few, 3).is_fixed
    least = expected(0.5, 2, 2)
    assert standalone_half_width(least, 1, alpha=0.001).value == 1.0
