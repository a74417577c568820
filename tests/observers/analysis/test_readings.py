import math
import random

import numpy as np
import pytest

from observers.analysis.checks import ReadingsError
from observers.analysis.readings import Readings
from observers.analysis.tidy import from_rows, natural_key, to_rows
from observers.analysis.tidy_csv import read_csv


def small(**changes):
    fields = {
        "score": np.arange(12.0).reshape(2, 2, 3),
        "truth": [False, True, True],
        "readers": ("R1", "R2"),
        "modalities": ("unaided", "aided"),
        "cases": ("c1", "c2", "c3"),
        "groups": ("doctors", ""),
        "lesions": ("normal", "glaucoma", ""),
        "patients": ("p1", "p2", "p2"),
        "years": [12.0, np.nan],
    }
    return Readings(**{**fields, **changes})


def row(**changes):
    base = {"reader": "R1", "modality": "A", "case": "c1", "truth": "0", "score": "5"}
    return {**base, **changes}


def test_counts_and_names_come_from_the_fields():
    study = small()

    assert study.shape == (2, 2, 3)
    assert (study.n_original, study.n_manipulated) == (1, 2)
    assert study.is_crossed
    assert study.n_missing == 0
    assert study.group_names == ("doctors",)
    assert study.lesion_names == ("normal", "glaucoma")
    assert small(lesions=None).lesion_names == ()


def test_arrays_are_copies_that_cannot_be_written():
    score = np.zeros((2, 2, 3))
    study = small(score=score)
    score[:] = 9

    assert study.score.max() == 0
    with pytest.raises(ValueError, match="read-only"):
        study.score[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("score", np.zeros((2, 2, 4)), r"score: shape \(2, 2, 4\), expected"),
        ("score", [[["high"]]], "score: not an array of float64"),
        ("score", np.full((2, 2, 3), np.inf), r"score: \+inf is not a score"),
        ("truth", [True], r"truth: shape \(1,\), expected \(3,\)"),
        ("readers", ("R1", "R1"), "readers: 'R1' occurs more than once"),
        ("modalities", ("", "aided"), "modalities: a name is empty"),
        ("groups", ("doctors",), r"groups: shape \(1,\), expected \(2,\)"),
        ("lesions", ("normal",), "lesions: shape"),
        ("patients", ("p1",), "patients: shape"),
        ("years", [1.0], "years: shape"),
        ("years", [-1.0, 2.0], "years: years of experience"),
        ("years", [np.inf, 2.0], "years: years of experience"),
    ],
)
def test_a_wrong_field_is_refused_by_name(field, value, message):
    with pytest.raises(ReadingsError, match=message):
        small(**{field: value})


def test_minus_infinity_is_a_score_and_nan_is_missing():
    study = small(score=[[[-np.inf, np.nan, 1]] * 2] * 2)

    assert study.n_missing == 4
    assert not study.is_crossed


def test_select_keeps_the_named_part_in_order():
    study = small()

    part = study.select(lesion=["glaucoma", "normal"], modality="aided")

    assert part.cases == ("c1", "c2")
    assert part.lesions == ("normal", "glaucoma")
    assert part.patients == ("p1", "p2")
    assert part.score.tolist() == [[[3.0, 4.0]], [[9.0, 10.0]]]
    assert study.select(group="doctors").readers == ("R1",)
    assert study.select(group="doctors").years.tolist() == [12.0]
    bare = small(groups=None, lesions=None, patients=None, years=None)
    assert bare.select(modality="aided").years is None


def test_select_by_modality_drops_readers_without_a_score_there():
    score = np.arange(12.0).reshape(2, 2, 3)
    score[1, 0] = np.nan

    study = small(score=score)

    assert study.select(modality="unaided").readers == ("R1",)
    assert study.select(lesion="normal").readers == ("R1", "R2")
    assert study.readers_of("aided") == (0, 1)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"lesion": "cornea"}, "lesion: 'cornea' does not occur; there are: normal"),
        ({"modality": "x"}, "modality: 'x' does not occur; there are: unaided, aided"),
        ({"group": ["doctors", "x"]}, "group: 'x' does not occur"),
    ],
)
def test_select_refuses_unknown_names(choice, message):
    with pytest.raises(ReadingsError, match=message):
        small().select(**choice)
    with pytest.raises(ReadingsError, match="there are: none"):
        small(lesions=None).select(lesion="normal")


def test_rows_become_readings_whatever_their_order():
    rows = [
        row(reader=r, case=f"c{c}", truth=c % 2, score=c * 1.5, lesion="normal")
        for r in ("R2", "R10")
        for c in range(12)
    ]
    shuffled = random.Random(3).sample(rows, len(rows))

    study, same = from_rows(rows), from_rows(shuffled)

    assert study.readers == ("R2", "R10")
    assert study.cases[:3] == ("c0", "c1", "c2")
    assert study.lesions == ("normal",) * 12
    assert study.groups is None
    assert study.years is None
    assert same.readers == study.readers
    assert same.cases == study.cases
    assert np.array_equal(same.score, study.score)


def test_rows_keep_groups_years_and_missing_scores():
    rows = [
        row(group="doctors", years="12", truth=True, score=""),
        row(reader="R2", years="", truth=np.True_, score="-inf"),
        row(reader="R2", years=None, truth=1, case="c2", score="NA"),
    ]

    study = from_rows(rows)

    assert study.groups == ("doctors", "")
    assert study.years[0] == 12
    assert math.isnan(study.years[1])
    assert math.isnan(study.score[0, 0, 0])
    assert study.score[1, 0, 0] == -math.inf


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "r.csv, line 2, field score: there is no row"),
        ([{"reader": "R1"}], "r.csv, line 2, field modality: the column is absent"),
        ([row(case=" ")], "r.csv, line 2, field case: is empty"),
        ([row(truth="2")], "line 2, field truth: '2' is not 0"),
        ([row(score="high")], "line 2, field score: 'high' is not a number"),
        ([row(score="inf")], r"line 2, field score: \+inf"),
        ([row(score="nano")], "line 2, field score: 'nano' is not a number"),
        (
            [row(), row()],
            "line 3, field score: 'R1' has 'c1' in 'A' already, on line 2",
        ),
        (
            [row(), row(reader="R2", truth="1")],
            "line 3, field truth: 'c1' has 1, but 0",
        ),
        (
            [row(group="a"), row(case="c2", group="b")],
            "line 3, field group: 'R1' has 'b', but 'a' on line 2",
        ),
        ([row(years="4"), row(case="c2", years="x")], "line 3, field years"),
    ],
)
def test_bad_rows_are_refused_with_line_and_field(rows, message):
    with pytest.raises(ReadingsError, match=message):
        from_rows(rows, source="r.csv")


def test_a_file_is_read_with_or_without_byte_order_mark(tmp_path):
    text = "reader,modality,case,truth,score\nR1,A,c1,1,7\n"
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "r.csv").write_text(text, encoding=encoding)
        assert read_csv(tmp_path / "r.csv").score.tolist() == [[[7.0]]]


def test_a_file_that_is_no_csv_is_refused_by_name(tmp_path):
    (tmp_path / "r.csv").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ReadingsError, match=r"r\.csv, line 1, field text: is not"):
        read_csv(tmp_path / "r.csv")
    with pytest.raises(ReadingsError, match=r"absent\.csv: cannot be read"):
        read_csv(tmp_path / "absent.csv")


def test_rows_written_are_read_back_the_same():
    study = small(
        score=np.where(np.arange(12) == 5, np.nan, np.arange(12)).reshape(2, 2, 3)
    )

    back = from_rows(to_rows(study))

    order = [back.modalities.index(name) for name in study.modalities]
    assert np.array_equal(back.score[:, order], study.score, equal_nan=True)
    assert back.groups == study.groups
    assert back.lesions == study.lesions
    assert back.patients == study.patients
    bare = from_rows(to_rows(small(groups=None, lesions=None, patients=None)))
    assert (bare.groups, bare.lesions, bare.patients) == (None, None, None)


def test_natural_order_counts_numbers():
    names = ["c10", "2", "c2", "10", "C1"]

    assert sorted(names, key=natural_key) == ["2", "10", "C1", "c2", "c10"]


def test_shared_data_sets_are_read_whole(shared):
    study = read_csv(shared / "reference" / "data" / "missing12_public.csv")

    assert study.shape == (5, 2, 70)
    assert 5 * 2 * 70 - study.n_missing == 621
