"""The mean over lesions: readers and patients shared, against enumeration."""

import numpy as np
import pytest

from observers.analysis.analyse import analyse_by_lesion
from observers.analysis.analyse_options import Options
from observers.analysis.covariance import covariances
from observers.analysis.groups_areas import compare_group_areas
from observers.analysis.pooled import INCOMPLETE, NOBODY, ONE_LESION, pooled_areas
from observers.analysis.readings import Readings
from observers.analysis.ustatistic import of_difference
from observers.analysis.ustatistic_moments import ReaderSet
from observers.analysis.ustatistic_sums import pair_sums
from tests.golden.reference import close


def study(seed=1, n_lesions=3, per_class=(9, 6), patients=None, groups=None):
    """Four readers unaided and one detector, each lesion read by all."""
    rng = np.random.default_rng(seed)
    n = sum(per_class)
    truth = np.tile(np.arange(n) >= per_class[0], n_lesions)
    score = rng.normal(truth * 1.3, 1.0, (5, 2, truth.size)).round(1)
    score[4, 0] = score[:4, 1] = np.nan
    return Readings(
        score=score,
        truth=truth,
        readers=("R0", "R1", "R2", "R3", "AI"),
        modalities=("unaided", "AI"),
        cases=tuple(f"c{k}" for k in range(truth.size)),
        groups=groups,
        lesions=tuple(f"L{k // n}" for k in range(truth.size)),
        patients=patients,
    )


UNAIDED = [(r, 0) for r in range(4)]


def test_covariance_adds_over_independent_lesions():
    readings = study()
    found = pooled_areas(readings, UNAIDED)
    parts = [readings.select(lesion=name) for name in readings.lesion_names]
    one_by_one = [covariances(part.truth, part.score[:4, 0]) for part in parts]

    close(found.auc, np.mean([auc for auc, _ in one_by_one], axis=0))
    for method in ("jackknife", "delong", "unbiased"):
        wanted = sum(by_method[method] for _, by_method in one_by_one) / 9
        close(found.covariance[method], wanted)
    assert found.leading(None) == "jackknife"


def test_patients_of_one_case_each_change_nothing():
    alone = study(patients=tuple(f"p{k}" for k in range(45)))
    found = pooled_areas(alone, UNAIDED)

    assert set(found.covariance) == {"jackknife", "delong", "unbiased"}


def test_a_patient_in_all_lesions_is_one_patient():
    """The same cases under three names carry the information of one lesion."""
    base = study(n_lesions=1)
    thrice = Readings(
        score=np.tile(base.score, 3),
        truth=np.tile(base.truth, 3),
        readers=base.readers,
        modalities=base.modalities,
        cases=tuple(f"c{k}" for k in range(45)),
        lesions=tuple(f"L{k // 15}" for k in range(45)),
        patients=tuple(f"p{k % 15}" for k in range(45)),
    )
    found = pooled_areas(thrice, UNAIDED)
    auc, by_method = covariances(base.truth, base.score[:4, 0])

    close(found.auc, auc)
    close(found.covariance["delong_by_patient"], by_method["delong"])
    close(found.covariance["delong"], by_method["delong"] / 3)
    assert found.leading(None) == "delong_by_patient"
    assert found.leading("delong") == "delong"


def test_one_patient_in_a_class_has_no_covariance_by_patient():
    readings = study()
    patients = tuple("p" if t else f"q{k}" for k, t in enumerate(readings.truth))

    found = pooled_areas(study(patients=patients), UNAIDED)

    assert "delong_by_patient" not in found.covariance


def test_rows_hold_modalities_pairs_groups_and_the_detector():
    readings = study(groups=("a", "a", "b", "b", ""))
    options = Options(standalone="modality:AI", margin=0.05)

    pooled = analyse_by_lesion(readings, options)["pooled"]

    assert pooled["lesions"] == ["L0", "L1", "L2"]
    unaided = next(r for r in pooled["modalities"] if r["modality"] == "unaided")
    by_lesion = [
        np.mean([row["auc"] for row in part["auc"] if row["modality"] == "unaided"])
        for part in analyse_by_lesion(readings, options)["lesions"].values()
    ]
    assert unaided["auc"] == pytest.approx(np.mean(by_lesion))
    rows = {row["group"]: row for row in pooled["standalone"]}
    assert set(rows) == {"a", "b", "all"}
    assert rows["all"]["difference"] == pytest.approx(
        rows["all"]["readers_auc"] - rows["all"]["standalone_auc"]
    )
    assert rows["a"]["leading"] == "frrc"
    assert rows["all"]["margin"]["rrrc"]["margin"] == 0.05
    group = pooled["groups"][0]
    assert (group["a"], group["b"], group["leading"]) == ("a", "b", "fixed")
    assert group["random"]["p"] is not None
    assert pooled["pairs"][0]["notes"] == [INCOMPLETE]


def test_two_modalities_read_by_all_have_a_pooled_pair():
    readings = study(groups=None)
    score = readings.score.copy()
    score[:4, 1] = score[:4, 0] + 0.01 * np.arange(45) * readings.truth
    both = Readings(
        score=score[:4],
        truth=readings.truth,
        readers=readings.readers[:4],
        modalities=readings.modalities,
        cases=readings.cases,
        lesions=readings.lesions,
    )

    row = analyse_by_lesion(both)["pooled"]["pairs"][0]

    parts = analyse_by_lesion(both)["lesions"].values()
    assert row["difference"] == pytest.approx(
        np.mean([part["pairs"][0]["difference"] for part in parts])
    )
    assert row["p"] == row["or"]["jackknife"]["rrrc"]["p"]


def test_what_cannot_be_pooled_says_why():
    one = study(n_lesions=1)
    gaps = study()
    score = gaps.score.copy()
    score[0, 0, 3] = np.nan
    gaps = Readings(
        score=score,
        truth=gaps.truth,
        readers=gaps.readers,
        modalities=gaps.modalities,
        cases=gaps.cases,
        lesions=gaps.lesions,
        groups=("a", "a", "b", "b", ""),
    )

    assert pooled_areas(one, UNAIDED) == ONE_LESION
    assert pooled_areas(gaps, []) == NOBODY
    assert pooled_areas(gaps, UNAIDED) == INCOMPLETE
    pooled = analyse_by_lesion(gaps, Options(standalone="modality:AI"))["pooled"]
    for name in ("groups", "standalone", "modalities"):
        assert INCOMPLETE in [note for row in pooled[name] for note in row["notes"]]
    assert pooled["standalone"][-1]["difference"] is None


def test_detector_that_read_in_each_modality_is_pooled_within_it():
    readings = study(n_lesions=2)
    rng = np.random.default_rng(9)
    score = rng.normal(readings.truth * 1.0, 1.0, readings.score.shape)
    all_read = Readings(
        score=score,
        truth=readings.truth,
        readers=readings.readers,
        modalities=readings.modalities,
        cases=readings.cases,
        lesions=readings.lesions,
    )

    rows = analyse_by_lesion(all_read, Options(standalone="reader:AI"))["pooled"][
        "standalone"
    ]

    assert {row["modality"] for row in rows} == {"unaided", "AI"}
    assert len({row["standalone_auc"] for row in rows}) == 2


def test_groups_by_unbiased_covariance_are_the_u_statistic():
    """MS_a/J_a + MS_b/J_b + Cov2a + Cov2b - 2 Cov3ab, unclamped."""
    rng = np.random.default_rng(4)
    truth = np.arange(60) >= 35
    score = rng.normal(truth * 1.2, 1.0, (7, 60)) + rng.normal(0, 0.8, 60)
    auc, by_method = covariances(truth, score)

    found = compare_group_areas(auc, by_method["unbiased"], 4)

    numbers = np.arange(7)
    sets = [ReaderSet(own, own) for own in (numbers[:4], numbers[4:])]
    wanted = of_difference(pair_sums(truth, score), *sets)
    close(found.difference, wanted.estimate)
    close(found.random.se**2, wanted.variance)
    assert found.leading == "random"


def test_rule_9_a_group_of_one_reader_is_fixed():
    rng = np.random.default_rng(5)
    truth = np.arange(30) >= 18
    auc, by_method = covariances(truth, rng.normal(truth, 1.0, (4, 30)))

    found = compare_group_areas(auc, by_method["delong"], 1)

    assert found.random.p is None
    assert found.fixed.p is not None
    assert found.leading == "fixed"


def test_negative_shared_covariance_is_clamped_and_said():
    auc = np.array([0.7, 0.8, 0.75, 0.85])
    covariance = np.eye(4) * 0.01 + 0.002
    covariance[:2, :2] = np.eye(2) * 0.01

    found = compare_group_areas(auc, covariance, 2)

    assert any("taken as 0" in note for note in found.random.notes)
    assert found.random.df == pytest.approx(2.0)


@pytest.mark.slow
def test_pooled_groups_reject_one_time_in_twenty():
    rng = np.random.default_rng(6)
    truth = np.tile(np.arange(50) >= 30, 2)
    lesions = tuple("ab"[k // 50] for k in range(100))
    held = []
    for _ in range(600):
        skill = rng.normal(1.2, 0.25, (8, 1, 1))
        score = skill * truth + rng.normal(0, 0.7, 100) + rng.normal(0, 1, (8, 1, 100))
        readings = Readings(
            score,
            truth,
            tuple("abcdefgh"),
            ("m",),
            tuple(map(str, range(100))),
            lesions=lesions,
        )
        found = pooled_areas(readings, [(r, 0) for r in range(8)])
        result = compare_group_areas(found.auc, found.covariance["jackknife"], 4)
        held.append(result.random.p < 0.05)

    assert 0.02 < np.mean(held) < 0.08
