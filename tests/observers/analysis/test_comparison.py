import json
from dataclasses import replace

import numpy as np
import pytest

from observers.analysis.accuracy import Cut
from observers.analysis.calls import Table3
from observers.analysis.checks import ReadingsError
from observers.analysis.comparison import compare
from observers.analysis.comparison_result import Thresholds
from observers.analysis.delong import delong
from observers.analysis.estimates import estimate_auc
from observers.analysis.operating import operating_point
from observers.analysis.readings import Readings
from observers.analysis.roc import empirical_auc
from observers.analysis.simulate import simulate_ratings

LESIONS = ("normal", "glaucoma")
READERS = ("R1", "R2", "R3", "R4", "R5")
GROUPS = ("ophthalmologists",) * 3 + ("general-doctors",) * 2


def study(n0=45, n1=5, detector_auc=0.95, seed=4):
    truth = np.arange(n0 + n1) < n1
    aucs = dict(zip(READERS, (0.85, 0.8, 0.75, 0.7, 0.65), strict=True))
    parts = []
    for lesion in LESIONS:
        block = np.full((6, 2, n0 + n1), np.nan)
        block[:5, 0] = simulate_ratings(truth, aucs, seed=seed, name=lesion)
        block[5, 1] = (
            simulate_ratings(truth, {"detector": detector_auc}, seed=seed, name=lesion)[
                0
            ]
            / 100
        )
        parts.append(block)
    return Readings(
        score=np.concatenate(parts, axis=2),
        truth=np.tile(truth, 2),
        readers=(*READERS, "detector"),
        modalities=("unaided", "detector"),
        cases=tuple(f"{lesion}-{i}" for lesion in LESIONS for i in range(n0 + n1)),
        groups=(*GROUPS, ""),
        lesions=tuple(lesion for lesion in LESIONS for _ in range(n0 + n1)),
        years=[20, 15, 11, 7, 5, np.nan],
    )


@pytest.fixture(scope="module")
def readings():
    return study()


@pytest.fixture(scope="module")
def result(readings):
    return compare(readings, thresholds=Thresholds(detector=0.6))


def test_each_area_is_the_one_of_its_scores(readings, result):
    part = readings.select(lesion="glaucoma")

    for r, reader in enumerate(READERS):
        accuracy = result.readers[reader]["glaucoma"]
        assert accuracy.auc == empirical_auc(part.truth, part.score[r, 0])
        assert accuracy.interval == estimate_auc(part.truth, part.score[r, 0]).interval
    assert result.detector["glaucoma"].auc == empirical_auc(
        part.truth, part.score[5, 1]
    )


def test_a_group_is_the_mean_over_its_readers_and_macro_over_lesions(result):
    readers = [result.readers[name] for name in READERS[:3]]
    group = result.groups["ophthalmologists"]

    for lesion in LESIONS:
        assert group[lesion].auc == pytest.approx(
            np.mean([r[lesion].auc for r in readers])
        )
    assert group["macro"].auc == pytest.approx(np.mean([group[x].auc for x in LESIONS]))
    assert group["macro"].auc == pytest.approx(
        np.mean([r["macro"].auc for r in readers])
    )
    assert "mean over readers" in group["macro"].definition
    assert "mean over lesions" in group["macro"].definition
    assert (group["macro"].n0, group["macro"].n1, group["macro"].n_readers) == (
        90,
        10,
        3,
    )


def test_delongs_interval_of_a_group_is_the_fixed_reader_one(readings, result):
    part = readings.select(lesion="normal")
    areas = delong(part.truth, part.score[:3, 0])
    se = np.sqrt(areas.covariance.sum()) / 3
    interval = result.groups["ophthalmologists"]["normal"].delong

    assert interval.method == "fixed_reader_delong"
    assert interval.ends == pytest.approx(
        (
            areas.auc.mean() - 1.959963984540054 * se,
            min(1, areas.auc.mean() + 1.959963984540054 * se),
        )
    )


def test_macro_variance_adds_over_independent_lesions(result):
    by_lesion = result.detector

    assert by_lesion["macro"].variance == pytest.approx(
        (by_lesion["normal"].variance + by_lesion["glaucoma"].variance) / 4
    )


def test_differences_are_detector_minus_group_also_in_per_cent_points(result):
    for name, group in result.groups.items():
        for lesion in (*LESIONS, "macro"):
            gap = result.differences[name][lesion]
            expected = result.detector[lesion].auc - group[lesion].auc
            assert gap.auc == pytest.approx(expected)
            assert gap.percent_points == pytest.approx(100 * expected)
            assert gap.interval.lower < gap.auc < gap.interval.upper
            assert gap.balanced_accuracy == pytest.approx(
                result.detector[lesion].balanced_accuracy
                - group[lesion].balanced_accuracy
            )


def test_readers_call_above_fifty_and_the_detector_at_its_threshold(readings, result):
    part = readings.select(lesion="normal")

    reader = operating_point(part.truth, part.score[0, 0], 50, inclusive=False)
    detector = operating_point(part.truth, part.score[5, 1], 0.6)

    assert result.readers["R1"]["normal"].calls.point == reader
    assert result.detector["normal"].calls.point == detector
    assert result.detector["normal"].balanced_accuracy == detector.balanced_accuracy


def test_thresholds_may_differ_by_lesion_or_be_absent(readings):
    by_lesion = compare(readings, thresholds=Thresholds(detector={"normal": 0.4}))
    absent = compare(readings)

    assert by_lesion.detector["normal"].calls.point.threshold == 0.4
    assert by_lesion.detector["glaucoma"].balanced_accuracy is None
    assert by_lesion.detector["macro"].balanced_accuracy is None
    assert by_lesion.detector["macro"].table3 is None
    assert (
        absent.detector["normal"].balanced_interval.reason == "no threshold was given"
    )
    assert absent.differences["general-doctors"]["macro"].balanced_accuracy is None
    assert absent.differences["general-doctors"]["macro"].auc is not None
    json.dumps(by_lesion.to_dict(), allow_nan=False)


def test_the_result_is_plain_data_with_definitions(result):
    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))

    assert plain["detector"]["macro"]["auc"] == result.detector["macro"].auc
    assert plain["groups"]["general-doctors"]["normal"]["ci"][0] > 0
    assert plain["readers"]["R1"]["group"] == "ophthalmologists"
    assert (
        plain["differences"]["ophthalmologists"]["macro"]["percent_points_ci"][1] <= 100
    )
    assert plain["thresholds"] == {"reader": 50.0, "detector": 0.6}
    assert plain["experience"]["points"][0]["years"] == 20
    assert set(plain["definitions"]) >= {"auc", "ci", "groups", "macro", "differences"}
    assert plain["detector"]["normal"]["calls"]["table3"]["original"]["recall"] <= 1


def test_without_a_detector_the_readers_stand_alone(readings):
    alone = compare(readings.select(modality="unaided"))

    assert alone.detector is None
    assert alone.differences == {}
    assert alone.to_dict()["detector"] is None
    named = compare(readings, detector=None, modality="unaided")
    assert named.groups == alone.groups


def test_without_groups_or_lesions_all_count_as_one(readings):
    bare = compare(replace(readings, groups=None, lesions=None, years=None))

    assert list(bare.groups) == ["all readers"]
    assert bare.lesions == ("all cases",)
    assert bare.experience.reason.startswith("needs at least 3 readers")


def test_what_is_left_out_is_said(readings):
    groups = ("ophthalmologists", *[""] * 2, *GROUPS[3:], "")
    lesions = ("", *readings.lesions[1:])
    patients = ("p",) * 100

    result = compare(
        replace(readings, groups=groups, lesions=lesions, patients=patients)
    )

    assert "readers in no group's mean: R2, R3" in result.notes
    assert "cases without a lesion, left out: 1" in result.notes
    assert any("patients with cases in several lesions: 1" in n for n in result.notes)


def test_unclear_modalities_are_refused(readings):
    with pytest.raises(
        ReadingsError, match="beside the detector there are: unaided, det"
    ):
        compare(readings, detector=None)
    with pytest.raises(ReadingsError, match="must have one reader"):
        compare(readings, detector="unaided")
    with pytest.raises(ReadingsError, match="name of the mean over lesions"):
        compare(replace(readings, lesions=("macro",) * 100))


def test_a_perfect_detector_keeps_a_width_everywhere():
    readings = study(detector_auc=0.7)
    score = readings.score.copy()
    score[5, 1] = readings.truth
    result = compare(
        replace(readings, score=score), thresholds=Thresholds(detector=0.5)
    )

    for lesion in LESIONS:
        assert result.detector[lesion].interval.lower == pytest.approx(
            0.787797, abs=5e-7
        )
        assert result.detector[lesion].delong.ends is None
        gap = result.differences["ophthalmologists"][lesion].interval
        assert gap.upper - gap.lower > 0.1
    macro = result.detector["macro"]
    assert macro.interval.upper == 1
    assert macro.interval.lower == pytest.approx(
        1 - (1 - 0.787797) / np.sqrt(2), abs=1e-6
    )
    assert macro.delong.ends is None


def test_a_reader_without_an_area_is_left_out_and_named(readings):
    score = readings.score.copy()
    score[0, 0, readings.truth & (np.array(readings.lesions) == "normal")] = np.nan
    result = compare(replace(readings, score=score))

    group = result.groups["ophthalmologists"]["normal"]
    assert group.n_readers == 2
    assert group.notes[0] == "mean over 2 of 3 readers: the others have no AUC"
    assert "missing scores dropped: 5" in group.notes
    assert result.readers["R1"]["macro"].auc is None
    assert (
        result.readers["R1"]["macro"].interval.reason
        == "a part of the mean is not defined"
    )
    assert "R1" not in [point.reader for point in result.experience.points]
    json.dumps(result.to_dict(), allow_nan=False)


def test_a_group_that_read_nothing_has_reasons_and_no_numbers(readings):
    score = readings.score.copy()
    score[3:5, 0, :50] = np.nan
    result = compare(
        replace(readings, score=score), thresholds=Thresholds(detector=0.5)
    )

    group = result.groups["general-doctors"]["normal"]
    assert (group.auc, group.variance, group.n_readers) == (None, None, 0)
    assert group.interval.reason == "there is nothing to average"
    assert group.table3 == Table3(*[None] * 6)
    assert result.differences["general-doctors"]["normal"].auc is None
    assert result.differences["general-doctors"]["normal"].percent_points is None
    json.dumps(result.to_dict(), allow_nan=False)


def test_constant_readers_are_noted_and_widen_the_mean(readings):
    score = readings.score.copy()
    score[3:5, 0] = 30
    result = compare(replace(readings, score=score))

    group = result.groups["general-doctors"]["normal"]
    assert group.auc == 0.5
    assert "readers with zero DeLong variance: 2" in group.notes
    alone = result.readers["R4"]["normal"].interval
    assert group.interval.ends == pytest.approx(alone.ends)
    assert group.table3.manipulated_precision is None


def test_one_manipulated_case_gives_areas_without_intervals():
    result = compare(study(n1=1), thresholds=Thresholds(detector=0.5))

    group = result.groups["ophthalmologists"]["normal"]
    assert group.auc is not None
    assert group.interval.reason == "needs at least 2 cases in each class"
    assert (group.variance, group.delong.ends) == (None, None)
    gap = result.differences["ophthalmologists"]["normal"]
    assert gap.auc is not None
    assert gap.interval.reason == "needs at least 2 cases in each class"
    json.dumps(result.to_dict(), allow_nan=False)


def test_balanced_accuracy_equals_the_area_of_the_calls(readings, result):
    part = readings.select(lesion="normal")
    calls = Cut(50, inclusive=False).calls(part.score[1, 0])

    assert result.readers["R2"]["normal"].balanced_accuracy == pytest.approx(
        empirical_auc(part.truth, calls)
    )


def test_table_3_agrees_with_scikit_learn(readings, result):
    from sklearn.metrics import precision_recall_fscore_support

    part = readings.select(lesion="glaucoma")
    called = part.score[2, 0] > 50
    expected = precision_recall_fscore_support(part.truth, called)
    table = result.readers["R3"]["glaucoma"].table3.to_dict()

    for i, name in enumerate(("original", "manipulated")):
        assert list(table[name].values()) == pytest.approx(
            [row[i] for row in expected[:3]]
        )
