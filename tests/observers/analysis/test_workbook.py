"""RJafroc workbooks: written for RJafroc, read back the same."""

import zipfile

import numpy as np
import openpyxl
import pytest

from observers.analysis.checks import ReadingsError
from observers.analysis.readings import Readings
from observers.analysis.workbook import read_workbook
from observers.analysis.workbook_write import write_workbook
from tests.golden.reference import DESIGNS, load, read

TRUTH = ("CaseID", "LesionID", "Weight", "ReaderID", "ModalityID", "Paradigm")
FP = ("ReaderID", "ModalityID", "CaseID", "FP_Rating")
TP = ("ReaderID", "ModalityID", "CaseID", "LesionID", "TP_Rating")


def book(path, truth, fp, tp, names=("FP", "TP", "TRUTH")):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in zip(names, (fp, tp, truth), strict=True):
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


@pytest.mark.parametrize("name", DESIGNS)
def test_written_workbook_reads_back_the_same(shared, tmp_path, name):
    before = read(shared, name)
    path = tmp_path / "study.xlsx"

    write_workbook(before, path)
    after = read_workbook(path)

    np.testing.assert_array_equal(after.score, before.score)
    np.testing.assert_array_equal(after.truth, before.truth)
    assert (after.readers, after.cases) == (before.readers, before.cases)


def test_groups_lesions_patients_and_lowest_scores_are_kept(tmp_path):
    before = Readings(
        score=[[[-np.inf, 2.0, np.nan]]],
        truth=[True, False, True],
        readers=("R1",),
        modalities=("unaided",),
        cases=("c1", "c2", "c3"),
        groups=("GP",),
        lesions=("Normal", "Glaucoma", "Normal"),
        patients=("p1", "p2", "p3"),
    ).take([0], [0], [0, 1])

    write_workbook(before, tmp_path / "study.xlsx")
    after = read_workbook(tmp_path / "study.xlsx")

    assert after.score.tolist() == [[[-np.inf, 2.0]]]
    assert (after.groups, after.lesions) == (("GP",), ("Normal", "Glaucoma"))
    assert after.patients == ("p1", "p2")


def test_sheets_and_columns_are_those_of_rjafroc(tmp_path, shared):
    write_workbook(read(shared, "vandyke"), tmp_path / "study.xlsx")

    workbook = openpyxl.load_workbook(tmp_path / "study.xlsx")

    assert sorted(workbook.sheetnames, key=str.upper)[:3] == ["FP", "TP", "TRUTH"]
    header = next(workbook["TRUTH"].iter_rows(values_only=True))
    first = next(workbook["TRUTH"].iter_rows(min_row=2, values_only=True))
    assert header == TRUTH
    assert first == (1, 0, 0, "1, 2, 3, 4, 5", "1, 2", "ROC")
    assert workbook["FP"].max_row == 1 + 5 * 2 * 69
    assert workbook["TP"].max_row == 1 + 5 * 2 * 45


def test_froc_marks_give_the_highest_rating_and_minus_infinity(tmp_path):
    truth = [TRUTH, (1, 0, 0, "1", "1", "FROC"), (2, 1, 1, "1", "1", "FCTRL")]
    truth += [(3, 1, 1, "1", "1", "")]
    fp, tp = [FP, ("1", "1", 2, 40), ("1", "1", 2, 60)], [TP, ("1", "1", 2, 1, 50)]

    readings = read_workbook(book(tmp_path / "a.xlsx", truth, fp, tp))

    assert readings.score.tolist() == [[[-np.inf, 60.0, -np.inf]]]
    assert readings.truth.tolist() == [False, True, True]


def test_old_format_is_recognised_as_froc_by_its_marks(tmp_path):
    truth = [TRUTH[:3], (1, 0, 0), (2, 1, 1)]
    fp = [(*FP[:3], "NLRating"), ("1", "1", 2, 40)]
    tp = [(*TP[:4], "LLRating")]

    path = book(tmp_path / "a.xlsx", truth, fp, tp, ("NL", "LL", "TRUTH"))

    assert read_workbook(path).score.tolist() == [[[-np.inf, 40.0]]]


def test_highest_ratings_of_froc_data_agree_with_rjafroc(shared, tmp_path):
    """RJafroc 2.1.3, HrAuc of the jt data, through a workbook of its marks."""
    folder = shared / "reference" / "froc"
    rows = {}
    for name in ("cases", "lesions", "marks"):
        text = (folder / f"jt_{name}.csv").read_text().splitlines()[1:]
        rows[name] = [line.split(",") for line in text]
    number = {case: k for k, (case, _) in enumerate(rows["cases"], start=1)}
    truth = [TRUTH[:3]]
    truth += [(number[case], 0, 0) for case, t in rows["cases"] if t == "0"]
    truth += [(number[c], int(n), float(w)) for c, n, w in rows["lesions"]]
    fp, tp = [FP], [TP]
    for reader, modality, case, _, lesion, score in rows["marks"]:
        if lesion:
            tp.append((reader, modality, number[case], int(lesion), float(score)))
        else:
            fp.append((reader, modality, number[case], float(score)))

    readings = read_workbook(book(tmp_path / "jt.xlsx", truth, fp, tp))

    wanted = load(shared)["froc"]["jt"]["foms"]["HrAuc"]
    for m, row in enumerate(wanted):
        for r, reader in enumerate(readings.readers):
            x, y = (readings.score[r, m, readings.truth == t] for t in (False, True))
            auc = np.mean((y[:, None] > x) + 0.5 * (y[:, None] == x))
            assert auc == pytest.approx(row[f"rdr{reader}"], rel=1e-9)


@pytest.mark.parametrize(
    ("truth", "fp", "tp", "message"),
    [
        (None, [FP, ("1", "1", 9, 1)], [TP], "FP, line 2, field CASEID: '9' is not in"),
        (None, [FP, ("1", "1", 1, "x")], [TP], "FP, line 2, field FP_RATING: 'x'"),
        (
            None,
            [FP[:3], ("1", "1", 1)],
            [TP],
            "FP, line 1, field FP_RATING: the column",
        ),
        (
            None,
            [FP],
            [TP, ("1", "1", 1, 1, 5)],
            "TP, line 2, field CASEID: '1' is orig",
        ),
        (None, [FP], [TP], "there is no mark"),
        (
            None,
            [("A", "B", "C"), (1, 1, 1)],
            [TP],
            "FP, line 1, field READERID: is abs",
        ),
        ([TRUTH[:3], (1, "x", 0)], [FP], [TP], "TRUTH, line 2, field LESIONID: 'x'"),
    ],
)
def test_bad_workbook_is_refused_with_sheet_line_and_field(
    tmp_path, truth, fp, tp, message
):
    truth = truth or [TRUTH[:3], (1, 0, 0), (2, 1, 1)]

    with pytest.raises(ReadingsError, match=message):
        read_workbook(book(tmp_path / "a.xlsx", truth, fp, tp))


def test_absent_sheet_and_other_files_are_refused(tmp_path):
    path = book(tmp_path / "a.xlsx", [TRUTH], [FP], [TP], ("FP", "TP", "X"))
    (tmp_path / "b.xlsx").write_text("not a workbook")

    with pytest.raises(ReadingsError, match="sheet TRUTH, line 1"):
        read_workbook(path)
    with pytest.raises(
        ReadingsError, match=r"b\.xlsx, line 1, field sheet: is no sound"
    ):
        read_workbook(tmp_path / "b.xlsx")


def test_blank_lines_and_readers_of_other_cases_are_passed_over(tmp_path):
    truth = [TRUTH, (1, 0, 0, "1, 2", "1", "FROC"), (2, 1, 1, "1", "1", "FCTRL")]
    fp = [FP, (None, None, None, None), ("1", "1", 1, 40.0), ("2", "1", 1, 30)]

    readings = read_workbook(book(tmp_path / "a.xlsx", truth, fp, [TP]))

    np.testing.assert_array_equal(readings.score[:, 0], [[40, -np.inf], [30, np.nan]])


def test_empty_sheet_is_refused(tmp_path):
    path = book(tmp_path / "a.xlsx", [TRUTH[:3]], [], [TP])

    with pytest.raises(ReadingsError, match="there is no mark"):
        read_workbook(path)


def test_case_numbers_may_be_written_with_a_decimal_point(tmp_path):
    path = book(
        tmp_path / "a.xlsx", [TRUTH[:3], (1, 0, 0)], [FP, ("1", "1", 1, 4)], [TP]
    )
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[sheet] = parts[sheet].replace(b"<v>1</v>", b"<v>1.0</v>")
    with zipfile.ZipFile(path, "w") as new:
        for name, part in parts.items():
            new.writestr(name, part)

    assert read_workbook(path).cases == ("1",)
