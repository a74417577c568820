"""Tidy CSV written and read back."""

import numpy as np
import pytest

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
