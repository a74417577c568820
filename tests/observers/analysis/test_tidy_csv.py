"""Tidy CSV written and read back."""

import numpy as np
import pytest

from observers.analysis.checks import ReadingsError
from observers.analysis.readings import Readings
from observers.analysis.tidy_csv import format_csv, read_csv, write_csv
from tests.golden.reference import DESIGNS, read


@pytest.mark.parametrize("name", DESIGNS)
def test_written_file_reads_back_the_same(shared, tmp_path, name):
    before = read(shared, name)

    write_csv(before, tmp_path / "study.csv")
    after = read_csv(tmp_path / "study.csv")

    np.testing.assert_array_equal(after.score, before.score)
    assert (after.readers, after.cases) == (before.readers, before.cases)


def test_optional_columns_are_written_only_where_known():
    readings = Readings(
        score=[[[1.0, 1 / 3]], [[2.0, 1.0]]],
        truth=[False, True],
        readers=("R1", "R2"),
        modalities=("unaided",),
        cases=("c1", "c2"),
        groups=("GP", ""),
        years=[5.0, np.nan],
    )

    lines = format_csv(readings).splitlines()

    assert lines[0] == "reader,modality,case,truth,score,group,years"
    assert lines[2] == f"R1,unaided,c2,1,{1 / 3!r},GP,5.0"
    assert lines[3] == "R2,unaided,c1,0,2.0,,"


HEAD = "reader,modality,case,truth,score"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}\n\n\nR1,A,c1,2,5\n", "line 4, field truth"),
        (f"{HEAD}\nR1,A,c1,1\n", "line 2, field score: 4 fields"),
        (f"{HEAD}\nR1,A,c1,1,5,6\n", "line 2, field score: 6 fields"),
        (f'{HEAD}\n"R1,A,c1,1,5\n', "line 2, field text: is not sound CSV"),
        (f"{HEAD},case\nR1,A,c1,1,5,c\n", "line 1, field case: two columns"),
        ("reader;modality\n", "line 1, field reader: the column is absent"),
        (f"{HEAD},years\nR1,A,c1,1,5,-1\n", "line 2, field years: -1 is below 0"),
        ("", "line 2, field score: there is no row"),
    ],
)
def test_faults_name_file_line_and_field(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)

    with pytest.raises(ReadingsError, match=f"a.csv, {message}"):
        read_csv(tmp_path / "a.csv")


def test_truth_may_be_written_with_a_decimal_point(tmp_path):
    (tmp_path / "a.csv").write_text(f"{HEAD}\nR1,A,c1,1.0,5\nR1,A,c2,0.0,4\n")

    assert read_csv(tmp_path / "a.csv").truth.tolist() == [True, False]
