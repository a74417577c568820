"""Covariance by patient: DeLong's where each gives one case."""

import numpy as np

from observers.analysis.analyse import analyse
from observers.analysis.covariance import delong_covariance, placements
from observers.analysis.covariance_cluster import (
    cluster_numbers,
    clustered_covariance,
    has_clusters,
)
from observers.analysis.readings import Readings
from tests.golden.reference import close


def random_study(seed=1, n=40):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3 == 0
    return truth, rng.normal(truth * 1.0, 1, (4, n))


def test_one_case_per_patient_is_delong():
    truth, score = random_study()
    parts = placements(truth, score)

    for patients in ([f"p{k}" for k in range(40)], [""] * 40):
        close(clustered_covariance(truth, parts, patients), delong_covariance(parts))


def test_by_hand_for_two_patients_with_both_classes():
    """Components 10: 0, 0 and 1/2, -1/2 per patient; 01 likewise."""
    truth = np.array([False, True, False, True])
    parts = placements(truth, np.array([[1.0, 2.0, 3.0, 4.0]]))

    covariance = clustered_covariance(truth, parts, ["a", "a", "b", "b"])

    # V10 = (1/2, 1), V01 = (1, 1/2), area 3/4; T10 = -+1/4, T01 = +-1/4.
    within = 2 / 1 * (2 / 16) / 4
    close(covariance, [[2 * within + 2 * (2 / 1) * (-2 / 16) / 4]])


def test_repeating_every_case_doubles_the_information_only_for_delong():
    truth, score = random_study()
    patients = [f"p{k}" for k in range(40)]
    once = placements(truth, score)
    twice = placements(np.tile(truth, 2), np.tile(score, 2))

    clustered = clustered_covariance(np.tile(truth, 2), twice, patients * 2)

    close(clustered, clustered_covariance(truth, once, patients))
    assert np.all(np.diag(delong_covariance(twice)) < 0.6 * np.diag(clustered))


def test_one_patient_in_a_class_has_no_covariance():
    truth, score = random_study(n=6)
    parts = placements(truth, score)

    assert np.isnan(clustered_covariance(truth, parts, ["a"] * 6)).all()


def test_patients_are_numbered_and_found():
    assert cluster_numbers(["b", "", "a", "b", ""]).tolist() == [0, 1, 2, 0, 3]
    assert has_clusters(("a", "b", "a"))
    assert not has_clusters(("a", "", ""))
    assert not has_clusters(None)


def analysed(patients):
    truth, score = random_study()
    readings = Readings(
        score=score.reshape(2, 2, 40),
        truth=truth,
        readers=("R1", "R2"),
        modalities=("A", "B"),
        cases=tuple(f"c{k}" for k in range(40)),
        patients=patients,
    )
    return analyse(readings)["pairs"][0]


def test_analysis_gives_it_beside_the_others_where_patients_repeat():
    pairs = analysed(tuple(f"p{k // 2}" for k in range(40)))
    single = analysed(tuple(f"p{k}" for k in range(40)))
    alone = analysed(("p",) * 40)

    assert pairs["or"]["delong_by_patient"]["rrrc"]["p"] is not None
    assert any("patients give several cases" in note for note in pairs["notes"])
    assert "delong_by_patient" not in single["or"]
    assert "delong_by_patient" not in alone["or"]
