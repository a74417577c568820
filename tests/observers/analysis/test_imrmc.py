"""The .imrmc format: as iMRMC writes it, and what is wrong said by line and field."""

import numpy as np
import pytest

from observers.analysis.checks import ReadingsError
from observers.analysis.imrmc import (
    format_imrmc,
    parse_imrmc,
    read_imrmc,
    write_imrmc,
)
from observers.analysis.readings import Readings
from tests.golden.reference import DESIGNS, read

HEAD = "front matter\nBEGIN DATA:\n"


def tiny(score=(1.5, 2.0, 3.0), reader="R1", cases=("c1", "c2", "c3")):
    return Readings(
        score=[[list(score)]],
        truth=[False, True, True],
        readers=(reader,),
        modalities=("unaided",),
        cases=cases,
    )


def test_format_is_that_of_imrmc():
    lines = format_imrmc(tiny()).splitlines()

    assert lines[2:] == [
        "BEGIN DATA:",
        "truth,c1,truth,0",
        "truth,c2,truth,1",
        "truth,c3,truth,1",
        "R1,c1,unaided,1.5",
        "R1,c2,unaided,2",
        "R1,c3,unaided,3",
    ]


@pytest.mark.parametrize("name", DESIGNS)
def test_written_file_reads_back_the_same(shared, tmp_path, name):
    before = read(shared, name)
    path = tmp_path / "study.imrmc"

    write_imrmc(before, path)
    after = read_imrmc(path)

    np.testing.assert_array_equal(after.score, before.score)
    np.testing.assert_array_equal(after.truth, before.truth)
    assert (after.readers, after.modalities) == (before.readers, before.modalities)
    assert after.cases == before.cases


def test_first_line_is_longer_than_one_character():
    """A fault of iMRMC Java 4.0.3: it reads nothing after a one-character line."""
    assert format_imrmc(tiny(), title="X").splitlines()[0] == "Title: X"


def test_old_truth_rows_and_blank_lines_are_read():
    head = "made by a spreadsheet,,,\nBEGIN DATA:,,,\n"
    rows = "-1 , c1 , any ,0\n\n-1,c2,0,1\nR1,c1, A ,1.000\n R1,c2,A,2\n"

    readings = parse_imrmc(head + rows)

    assert readings.truth.tolist() == [False, True]
    assert readings.score.tolist() == [[[1.0, 2.0]]]


def test_minus_infinity_keeps_its_rank():
    text = format_imrmc(tiny(score=(-np.inf, 2.0, np.nan)))

    assert parse_imrmc(text).score.tolist() == [[[1.0, 2.0]]]


def test_missing_score_is_missing():
    text = HEAD + "truth,c1,truth,0\ntruth,c2,truth,1\nR1,c1,A,NA\nR1,c2,A,2\n"

    assert np.isnan(parse_imrmc(text).score[0, 0, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no data\n", "line 1, field 'BEGIN DATA:': .* absent"),
        (HEAD, "line 1, field score: there is no row of ratings"),
        (HEAD + "R1,c1,A\n", "line 3, field score: 3 fields, expected 4"),
        (HEAD + "R1,c1,A,2\n", "line 3, field case: 'c1' has no truth row"),
        (HEAD + ",c1,A,2\n", "line 3, field reader: is empty"),
        (HEAD + "truth,c1,truth,x\n", "line 3, field truth: 'x' is not 0"),
        (HEAD + "truth,c1,truth,2\n", "line 3, field truth: '2' is not 0"),
        (
            HEAD + "truth,c1,truth,0\ntruth,c1,truth,1\n",
            "line 4, field truth: 'c1' has both",
        ),
        (HEAD + "truth,c1,truth,0\nR1,c1,A,two\n", "line 4, field score: 'two'"),
        (HEAD + "truth,c1,truth,0\nR1,c1,A,inf\n", r"line 4, field score: \+inf"),
        (
            HEAD + "truth,c1,truth,0\nR1,c1,A,1\nR1,c1,A,2\n",
            "line 5, field score: 'R1' has 'c1' in 'A' already, on line 4",
        ),
    ],
)
def test_bad_text_is_refused_with_line_and_field(text, message):
    with pytest.raises(ReadingsError, match=message):
        parse_imrmc(text)


def test_absent_file_is_refused(tmp_path):
    with pytest.raises(ReadingsError, match=r"none\.imrmc: cannot be read"):
        read_imrmc(tmp_path / "none.imrmc")


@pytest.mark.parametrize("name", ["a,b", "truth", "-1", " x"])
def test_names_that_the_format_cannot_hold_are_refused(name):
    with pytest.raises(ReadingsError, match="readers:"):
        format_imrmc(tiny(reader=name))
