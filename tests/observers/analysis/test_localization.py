"""Localization against RJafroc 2.1.3: figures of merit and their analysis."""

import csv

import numpy as np
import pytest

from observers.analysis.checks import ReadingsError
from observers.analysis.localization import from_marks, match_marks
from observers.analysis.localization_fom import (
    FIGURES,
    froc_curve,
    located_at,
    lroc_area,
    lroc_curve,
    marks_of,
)
from observers.analysis.localization_mrmc import analyse_localization, figure_table
from tests.golden.reference import close, cut, load

RJAFROC = ("wAFROC", "AFROC", "wAFROC1", "AFROC1", "HrAuc")
RJAFROC += ("HrSe", "HrSp", "MaxLLF", "MaxNLF")


def study_of(shared, name):
    folder = shared / "reference" / "froc"
    tables = {}
    for part in ("cases", "lesions", "marks"):
        with (folder / f"{name}_{part}.csv").open() as lines:
            tables[part] = list(csv.DictReader(lines))
    return from_marks(
        {row["case"]: row["truth"] == "1" for row in tables["cases"]},
        {(r["case"], r["lesion"]): float(r["weight"]) for r in tables["lesions"]},
        tables["marks"],
    )


def table_of(rows, readers):
    return np.array([[row[f"rdr{r}"] for row in rows] for r in readers])


@pytest.mark.parametrize("name", ["fed", "jt"])
@pytest.mark.parametrize("figure", RJAFROC)
def test_figures_of_merit_agree_with_rjafroc(shared, name, figure):
    """RJafroc 2.1.3, UtilFigureOfMerit."""
    study = study_of(shared, name)
    wanted = load(shared)["froc"][name]["foms"][figure]

    close(figure_table(study, figure), table_of(wanted, study.readers))


@pytest.mark.parametrize("name", ["fed", "jt"])
@pytest.mark.parametrize("figure", ["wAFROC", "HrAuc"])
def test_mrmc_analysis_agrees_with_rjafroc(shared, name, figure):
    """RJafroc 2.1.3, Obuchowski-Rockette with the jackknife."""
    known = load(shared)["froc"][name]["OR"][figure]
    result = analyse_localization(study_of(shared, name), figure).analysis

    for key, part, statistic in (
        ("RRRC", result.rrrc, "FStat"),
        ("FRRC", result.frrc, "Chisq"),
        ("RRFC", result.rrfc, "F"),
    ):
        test = known[key][key]["FTests"]
        close([part.test.statistic, part.test.p], [test[0][statistic], test[0]["p"]])
        if key != "FRRC":
            close(part.test.df, test[1]["DF"])
        for got, row in zip(
            part.differences.values(), known[key][key]["ciDiffTrt"], strict=True
        ):
            close([got.estimate, got.se], [row["Estimate"], row["StdErr"]])
            close(got.p, row["PrGTz" if key == "FRRC" else "PrGTt"])
            close(got.ci, cut([row["CILower"], row["CIUpper"]], -1.0))
        for got, row in zip(
            part.modalities, known[key][key]["ciAvgRdrEachTrt"], strict=True
        ):
            close([got.estimate, got.se], [row["Estimate"], row["StdErr"]])
            close(got.ci, cut([row["CILower"], row["CIUpper"]]))
    parts = {r["row"]: r["Estimates"] for r in known["RRRC"]["ANOVA"]["VarCom"]}
    close(
        [result.components.cov1, result.components.cov2, result.components.var_r],
        [parts["Cov1"], parts["Cov2"], parts["VarR"]],
    )
    close(result.components.var_tr, parts["VarTR"])
    readers = known["FRRC"]["FRRC"]["ciDiffTrtEachRdr"]
    for got, row in zip(result.readers.values(), readers, strict=True):
        close([got.se, got.p], [row["StdErr"], row["PrGTz"]])


CASES = {"n1": False, "n2": False, "p1": True, "p2": True}
LESIONS = {("p1", "1"): 1.0, ("p1", "2"): 1.0, ("p2", "1"): 3.0}


def mark(case, lesion, score, reader="R1"):
    row = {"reader": reader, "modality": "A", "case": case}
    return {**row, "lesion": lesion, "score": score}


def tiny():
    marks = [
        mark("n1", "", 30),
        mark("n1", "", 20),
        mark("p1", "1", 40),
        mark("p1", "1", 10),
        mark("p1", "", 50),
        mark("p2", "1", 25),
    ]
    return from_marks(CASES, LESIONS, marks)


def test_figures_by_hand():
    """FP highest: n1 30, n2 none; lesions 40, none (p1, half weight each), 25."""
    marks = marks_of(tiny(), 0, 0)

    got = {name: value(marks) for name, value in FIGURES.items()}

    close(got["wAFROC"], (0.5 * 1 + 0.5 * 0.25 + 0.5) / 2)
    close(got["AFROC"], (1 + 0.25 + 0.5) / 3)
    close(got["HrAuc"], (1 + 0.5) / 2)
    close([got["HrSe"], got["HrSp"]], [1.0, 0.5])
    close([got["MaxLLF"], got["MaxNLF"]], [2 / 3, 1.0])


def test_rule_14_unmarked_lesions_and_cases_tie_at_one_half():
    study = from_marks(CASES, LESIONS, [mark("p2", "", 5)])

    close(figure_table(study, "wAFROC"), [[0.5]])
    close(figure_table(study, "wAFROC1"), [[(3 * 0.5 + 0) / 4]])


def test_weights_of_a_case_are_brought_to_sum_one():
    close(tiny().weight, [0.5, 0.5, 1.0])
    close(tiny().highest[0, 0], [30, -np.inf, 50, 25])


def test_lroc_counts_a_case_only_when_its_highest_mark_is_on_a_lesion():
    marks = marks_of(tiny(), 0, 0)

    x, y = lroc_curve(marks)

    close(x, [0, 0.5, 0.5])
    close(y, [0, 0, 0.5])
    close(located_at(marks, 0.6), 0.5)
    close(lroc_area(marks), 0.25)


def test_froc_curve_by_hand():
    x, y = froc_curve(np.array([30.0, 20.0]), np.array([40.0, -np.inf, 25.0]), 2)

    close(x, [0, 0, 0.5, 0.5, 1.0])
    close(y, [0, 1 / 3, 1 / 3, 2 / 3, 2 / 3])


def test_empty_classes_are_nan_or_refused():
    study = from_marks({"p1": True}, {("p1", "1"): 1.0}, [mark("p1", "1", 4)])
    marks = marks_of(study, 0, 0)

    for name in ("wAFROC", "AFROC", "HrAuc", "HrSp", "MaxNLF"):
        assert np.isnan(FIGURES[name](marks))
    assert np.isnan(FIGURES["wAFROC"](marks.without(0)))
    with pytest.raises(ValueError, match="LROC"):
        lroc_curve(marks)
    with pytest.raises(ValueError, match="complete design"):
        analyse_localization(study)


def test_unknown_figure_is_refused():
    with pytest.raises(ValueError, match="figure: 'x'"):
        figure_table(tiny(), "x")


@pytest.mark.parametrize(
    ("cases", "lesions", "marks", "message"),
    [
        (CASES, LESIONS, [], "marks: there is none"),
        (CASES, {**LESIONS, ("x", "1"): 1.0}, [mark("p1", "", 1)], "lesion: case 'x'"),
        ({**CASES, "p3": True}, LESIONS, [mark("p1", "", 1)], "'p3' has no lesion"),
        (CASES, {**LESIONS, ("n1", "1"): 1}, [mark("p1", "", 1)], "'n1' is original"),
        (CASES, LESIONS, [mark("x", "", 1)], "case: mark on 'x'"),
        (CASES, LESIONS, [mark("p2", "7", 1)], "lesion: mark on '7'"),
    ],
)
def test_marks_that_contradict_the_truth_are_refused(cases, lesions, marks, message):
    with pytest.raises(ReadingsError, match=message):
        from_marks(cases, lesions, marks)


def test_points_are_matched_with_the_nearest_mask_within_tolerance():
    masks = np.zeros((3, 20, 30), bool)
    masks[0, 5:8, 10:13] = True
    masks[1, 15, 25] = True
    points = np.array([[11.0, 6.0], [25.0, 12.0], [0.0, 0.0], [12.4, 7.4]])

    close(match_marks(points, masks), [0, -1, -1, 0])
    close(match_marks(points, masks, tolerance=3.0), [0, 1, -1, 0])
