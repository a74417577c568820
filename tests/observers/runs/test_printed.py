"""What a report prints: tables with the paper beside, sentences, the forest."""

import pytest
from django.utils import translation

from detector.models import DetectorModel
from observers.reports import bundle, charts, overview
from observers.reports.cells import p_is, p_value
from observers.reports.sentences import compared_in
from observers.reports.study_tables import study_tables
from tests.observers.runs.asking import run_of


@pytest.fixture
def result(locked, detector):
    return bundle.build(run_of(locked, detector=detector)).result


def test_the_papers_values_stand_beside_areas_and_balanced_accuracies(result):
    tables = study_tables(result)
    cited = result["paper"]["auc"]
    areas = {row["cells"][0]: row["cells"][1:] for row in tables["areas"]["rows"]}
    calls = {
        tuple(row["cells"][:2]): row["cells"] for row in tables["operating"]["rows"]
    }

    for row in result["rows"]:
        for place, who in enumerate(
            ("ophthalmologists", "general-doctors", "detector")
        ):
            text = f"{cited[who][row['key']]:.3f}"
            assert areas[row["name"]][2 * place + 1] == text
            name = tables["areas"]["head"][2 * place + 1]
            assert calls[row["name"], name][-1] == text


def test_the_detectors_calls_have_intervals_in_each_lesion(result):
    rows = study_tables(result)["operating"]["rows"]
    lesion = result["study"]["lesions"][0]
    calls = result["detector"][lesion["key"]]["calls"]

    (own,) = (
        r["cells"] for r in rows if r["cells"][:2] == [lesion["name"], "Detector"]
    )
    low, high = calls["sensitivity_ci"]
    assert own[2] == f"{calls['sensitivity']:.3f} [{low:.3f}, {high:.3f}]"


def test_a_table_without_rows_is_left_out(locked):
    tables = study_tables(bundle.build(run_of(locked)).result)

    assert not {"matched", "unmatched", "table3"} & set(tables)
    assert "Detector" not in tables["areas"]["head"]


def test_reasons_for_exclusion_are_said_in_the_readers_language(result):
    result["table1"][result["study"]["lesions"][0]["key"]]["excluded"] = {"left-eye": 4}

    with translation.override("ko"):
        row = study_tables(result)["table1"]["rows"][0]["cells"]

    assert row[-1] == "왼쪽 눈 4"


def test_small_p_values_are_bounds():
    assert (p_value(0.00012), p_value(2e-9), p_value(None)) == (
        "0.0001",
        "< 0.0001",
        "\N{EN DASH}",
    )
    assert (p_is(0.0312), p_is(1e-300)) == ("p = 0.0312", "p < 0.0001")


def test_a_sentence_says_whom_a_difference_favours_and_the_p_it_judges_by(result):
    found = result["mrmc"]["pooled"]["standalone"]
    (row,) = (one for one in found if one["group"] == "ophthalmologists")
    row["difference"], row["p_holm"] = -0.2, 0.012
    row[row["leading"]] |= {"p": 0.003, "ci": (-0.3, -0.1)}

    def said():
        texts = overview_sentences(result)
        return next(text for text in texts if "Ophthalmologists" in text)

    assert "p = 0.0030 (p = 0.0120 after Holm): a difference" in said()
    assert said().endswith("in favour of the detector.")
    row["difference"] = 0.2
    assert said().endswith("in favour of Ophthalmologists.")
    row["p_holm"] = 0.3
    assert said().endswith("none is shown once all comparisons are allowed for.")
    row["p_holm"] = None
    assert "p = 0.0030: a difference" in said()
    row[row["leading"]]["p"] = 0.2
    assert said().endswith("no difference is shown.")


def overview_sentences(result):
    return [one["text"] for one in compared_in(result) if one["lesion"] == "macro"]


def test_the_forest_has_each_reader_below_the_group_unless_there_are_many(result):
    rows = charts.forest(result)["rows"]

    assert [row["name"] for row in rows[-8:]] == [
        "Mean over lesions",
        *("Ophthalmologists", "R01", "R02", "R03"),
        *("General doctors", "R04", "R05"),
        "Detector",
    ][-8:]
    many = {f"X{k}": next(iter(result["readers"].values())) for k in range(13)}
    kinds = {row["kind"] for row in charts.forest({**result, "readers": many})["rows"]}
    assert kinds == {"head", "group"}
    lesions = len(result["rows"])
    points = overview.operating_rows(result)
    assert len([p for p in points if p["level"] == "reader"]) == 5 * lesions
    points = overview.operating_rows({**result, "readers": many})
    assert len([p for p in points if p["level"] == "reader"]) == 13


def test_the_shipped_detector_is_reported_without_the_one_feature_baseline(
    locked, detector
):
    DetectorModel.objects.update(metrics={})

    found = bundle.build(run_of(locked, detector=detector)).result["detector"]

    assert found["s8"]["macro"]["auc"] is not None
    assert found["baseline"]["s8"]["macro"]["auc"] is None


def test_the_detectors_chance_is_a_dot_with_its_colour(locked, detector):
    made = bundle.build(run_of(locked, detector=detector))
    (last,) = charts.dot_plot(made.view["cases"][0], made.view, made.result)[-1:]

    assert (last["mark"], last["name"]) == ("m-detector", "Detector")
