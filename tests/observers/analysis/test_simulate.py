import numpy as np
import pytest

from observers.analysis.paper import GROUP_AUC, LESIONS, OPHTHALMOLOGISTS
from observers.analysis.readings import Readings
from observers.analysis.roc import empirical_auc
from observers.analysis.simulate import (
    LABEL,
    SimulatedReader,
    Style,
    shift_for,
    simulate_ratings,
    simulate_readings,
    spread_aucs,
    style_of,
    true_auc,
)


def study(n0=45, n1=5, lesions=("normal", "glaucoma")):
    truth = np.tile(np.arange(n0 + n1) < n1, len(lesions))
    return Readings(
        score=np.zeros((1, 1, truth.size)),
        truth=truth,
        readers=("nobody",),
        modalities=("none",),
        cases=tuple(f"c{i}" for i in range(truth.size)),
        lesions=tuple(lesion for lesion in lesions for _ in range(n0 + n1)),
    )


@pytest.mark.parametrize("step", [1, 5, 10])
@pytest.mark.parametrize("auc", [0.1, 0.5, 0.66, 0.826, 0.98])
def test_shift_gives_the_true_auc_of_rounded_ratings(step, auc):
    style = Style(step, 0.3, 1.2)

    assert true_auc(shift_for(auc, style), style) == pytest.approx(auc, abs=1e-10)


def test_many_simulated_ratings_reach_the_true_auc():
    truth = np.arange(40_000) < 20_000
    wanted = {"R1": 0.715, "R2": 0.822, "R3": 0.9}

    ratings = simulate_ratings(truth, wanted, seed=5)

    for row, auc in zip(ratings, wanted.values(), strict=True):
        assert empirical_auc(truth, row) == pytest.approx(auc, abs=0.012)


def test_ratings_are_whole_numbers_on_the_scale_in_a_personal_step():
    truth = np.arange(2000) < 1000
    readers = {f"R{i}": 0.8 for i in range(12)}

    ratings = simulate_ratings(truth, readers, seed=1)

    assert ratings.min() >= 0
    assert ratings.max() <= 100
    assert (ratings == ratings.round()).all()
    steps = set()
    for name, row in zip(readers, ratings, strict=True):
        step = style_of(name, 1).step
        assert not (row % step).any()
        assert len(np.unique(row)) > 50 / step
        steps.add(step)
    assert steps == {1, 5, 10}


def test_a_reader_does_not_depend_on_the_others():
    truth = np.arange(50) < 5

    both = simulate_ratings(truth, {"R1": 0.8, "R2": 0.7}, seed=3)
    alone = simulate_ratings(truth, {"R2": 0.7}, seed=3)

    assert np.array_equal(both[1], alone[0])
    assert not np.array_equal(both[1], simulate_ratings(truth, {"R2": 0.7}, seed=4)[0])
    assert simulate_ratings(truth, {}, seed=3).shape == (0, 50)


def test_hard_cases_are_hard_for_all():
    truth = np.zeros(5000, bool)
    readers = {"R1": 0.8, "R2": 0.8}

    def correlation(share):
        rows = simulate_ratings(truth, readers, seed=2, case_correlation=share)
        return np.corrcoef(rows)[0, 1]

    assert correlation(0.0) == pytest.approx(0, abs=0.05)
    assert correlation(0.4) == pytest.approx(0.4, abs=0.06)


def test_an_auc_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"between 0\.001 and 0\.999, not at 1"):
        shift_for(1.0, Style(1, 0, 1))


def test_simulated_readings_are_labelled_and_complete():
    readers = [
        SimulatedReader("R1", {"normal": 0.7, "glaucoma": 0.8}, "ophthalmologists", 12),
        SimulatedReader("R2", {"normal": 0.6, "glaucoma": 0.7}),
    ]

    simulated = simulate_readings(study(), readers, seed=1)

    assert simulated.modalities == (LABEL,) == ("simulated readers",)
    assert simulated.is_crossed
    assert simulated.groups == ("ophthalmologists", "")
    assert simulated.years[0] == 12
    assert np.isnan(simulated.years[1])
    first = simulated.select(lesion="normal").score[0, 0]
    assert not np.array_equal(first, simulated.select(lesion="glaucoma").score[0, 0])


def test_simulated_readings_need_no_lesions():
    plain = Readings(
        score=np.zeros((1, 1, 6)),
        truth=[False, True] * 3,
        readers=("nobody",),
        modalities=("none",),
        cases=tuple("abcdef"),
    )

    assert simulate_readings(
        plain, [SimulatedReader("R", {"": 0.8})], seed=1
    ).is_crossed


def test_spread_keeps_the_groups_mean():
    mean = {k: GROUP_AUC[OPHTHALMOLOGISTS][k].value for k in LESIONS}

    readers = spread_aucs(mean, 3)

    for lesion, auc in mean.items():
        assert np.mean([reader[lesion] for reader in readers]) == pytest.approx(auc)
    assert readers[0]["normal"] == pytest.approx(0.745)
    assert spread_aucs({"normal": 0.99}, 2)[0]["normal"] == pytest.approx(0.999)
    assert spread_aucs(mean, 1) == [pytest.approx(mean)]
