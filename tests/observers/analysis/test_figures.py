from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from observers.analysis.comparison import compare
from observers.analysis.comparison_result import Thresholds
from observers.analysis.figure_labels import readable, with_interval
from observers.analysis.figure_panel import Shown, curve_of
from observers.analysis.figure_style import marks_of
from observers.analysis.figures import (
    Labels,
    experience_figure,
    forest_figure,
    rating_figure,
    roc_figure,
)
from observers.analysis.intervals import Interval, undefined
from observers.analysis.layout import MACRO, lay_out
from observers.analysis.readings import Readings
from observers.analysis.simulate import simulate_ratings

TRUTH = np.arange(30) < 8
LESIONS = ("normal", "glaucoma")
GROUPS = ("ophthalmologists", "ophthalmologists", "general-doctors", "")
BLUE, ORANGE, GREY = (33, 102, 172), (224, 130, 20), (138, 143, 152)
TEAL, MAGENTA, BADGE = (27, 158, 119), (197, 27, 125), (180, 83, 9)


def study(**changes):
    aucs = {"R1": 0.9, "R2": 0.8, "R3": 0.7}
    score = np.full((4, 2, 60), np.nan)
    for i, lesion in enumerate(LESIONS):
        part = slice(30 * i, 30 * i + 30)
        score[:3, 0, part] = simulate_ratings(TRUTH, aucs, seed=2, name=lesion)
        score[3, 1, part] = (
            simulate_ratings(TRUTH, {"d": 0.95}, seed=2, name=lesion) / 100
        )
    fields = {
        "score": score,
        "truth": np.tile(TRUTH, 2),
        "readers": ("R1", "R2", "R3", "detector"),
        "modalities": ("unaided", "detector"),
        "cases": tuple(f"c{i}" for i in range(60)),
        "groups": GROUPS,
        "lesions": tuple(lesion for lesion in LESIONS for _ in range(30)),
        "years": [20, 12, 6, np.nan],
    }
    return Readings(**{**fields, **changes})


@pytest.fixture(scope="module")
def readings():
    return study()


@pytest.fixture(scope="module")
def result(readings):
    return compare(readings, thresholds=Thresholds(detector=0.6))


def drawn(readings, result, name, **options):
    if name == "roc":
        return roc_figure(readings, result, **options)
    if name == "rating":
        return rating_figure(readings, result, **options)
    return {"experience": experience_figure, "forest": forest_figure}[name](
        result, **options
    )


@pytest.fixture(scope="module")
def picture(readings, result):
    """Draw each figure of the common study once."""
    drawn_once = {}

    def draw(name, **options):
        key = name, repr(options)
        if key not in drawn_once:
            drawn_once[key] = drawn(readings, result, name, **options)
        return drawn_once[key]

    return draw


def has_colours(png, *wanted):
    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB"))
    return all((pixels == colour).all(axis=2).any() for colour in wanted)


def words(svg):
    """Texts of an SVG: drawn as outlines, named in comments."""
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    tree = ET.fromstring(svg, parser=parser)
    return {e.text.strip() for e in tree.iter() if callable(e.tag) and e.text}


ALL = ["roc", "experience", "forest", "rating"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_figure_is_the_same_bytes_each_time(readings, result, picture, name, kind):
    first = picture(name, kind=kind)

    assert first == drawn(readings, result, name, kind=kind)
    assert first.startswith({"svg": b"<?xml", "png": b"\x89PNG"}[kind])


@pytest.mark.parametrize("name", ALL)
def test_simulated_readers_wear_a_badge_on_every_figure(picture, name):
    labels = Labels(banner="simulated readers")

    badged = picture(name, labels=labels, kind="svg")

    assert "SIMULATED READERS" in words(badged)
    assert b"(simulated readers)</dc:title>" in badged
    assert has_colours(picture(name, labels=labels, kind="png"), BADGE)
    assert not has_colours(picture(name, kind="png"), BADGE)


@pytest.mark.parametrize("name", ["roc", "experience", "forest"])
def test_groups_have_the_houses_colours(picture, name):
    assert has_colours(picture(name, kind="png"), BLUE, ORANGE)


@pytest.mark.parametrize("name", ["roc", "forest"])
def test_the_papers_values_are_drawn_only_when_asked(picture, name):
    with_paper = picture(name, kind="svg")
    off = {"shown": Shown(paper=False)} if name == "roc" else {"paper": False}
    without = picture(name, kind="svg", **off)

    assert any("the paper's values" in text for text in words(with_paper))
    assert not any("paper" in text for text in words(without))
    assert has_colours(picture(name, kind="png"), GREY)


def test_the_roc_figure_names_every_number(readings, result, picture):
    texts = words(picture("roc", kind="svg"))

    group = result.groups["ophthalmologists"]["normal"]
    assert f"Ophthalmologists  {with_interval(group.auc, group.interval)}" in texts
    assert "The paper's ophthalmologists  0.715" in texts
    assert "The paper's detector  0.98" in texts
    assert "22 original + 8 manipulated" in texts
    one = words(roc_figure(readings, result, lesions=("glaucoma",)))
    assert "ROC curves: Glaucoma" in one
    assert "Normal" not in one


def test_derived_values_of_the_paper_say_so(readings):
    lesions = ("macular-degeneration",) * 30 + ("cornea",) * 30
    renamed = replace(readings, lesions=lesions)
    result = compare(renamed)

    texts = words(roc_figure(renamed, result))

    assert "The paper's ophthalmologists  0.79, derived" in texts
    assert "0.79*" in words(forest_figure(result))


def test_a_study_outside_the_paper_has_no_grey_lines(readings):
    renamed = replace(readings, lesions=("cornea",) * 60)
    result = compare(renamed)

    assert not any("paper" in text for text in words(roc_figure(renamed, result)))
    texts = words(forest_figure(result))
    assert "Cornea" in texts


def test_ratings_are_drawn_by_truth_in_two_patterns(picture):
    assert has_colours(picture("rating", kind="png"), TEAL, MAGENTA)
    assert b"<pattern" in picture("rating", kind="svg")


def test_figures_stand_without_a_detector(readings):
    readers = readings.select(modality="unaided")
    result = compare(readers)

    for name in ALL:
        assert "Detector" not in " ".join(words(drawn(readers, result, name)))


def test_figures_stand_where_nothing_is_defined(readings):
    score = readings.score.copy()
    score[2, 0, :30] = np.nan
    score[3, 1, :30] = np.nan
    one_class = replace(readings, score=score)
    result = compare(one_class)

    texts = words(roc_figure(one_class, result))
    assert "General doctors  not defined" in texts
    assert "Detector  not defined" in texts
    assert "not defined" in words(forest_figure(result))
    rating_figure(one_class, result)
    experience_figure(result)


def test_a_reader_without_calls_of_one_class_has_no_point(readings):
    truth = readings.truth.copy()
    truth[:30] = True
    one = compare(replace(readings, truth=truth))
    none = compare(replace(readings, truth=truth & False))

    roc_figure(replace(readings, truth=truth), one)
    roc_figure(replace(readings, truth=truth & False), none)
    assert none.readers["R1"]["normal"].table3.manipulated_recall is None


def test_one_manipulated_case_has_areas_without_intervals(readings):
    truth = np.arange(60) % 30 == 0
    single = replace(readings, truth=truth)
    result = compare(single)

    assert any("no interval" in text for text in words(forest_figure(result)))
    experience_figure(result)


def test_names_in_korean_are_drawn(readings, result):
    labels = Labels(
        groups={"ophthalmologists": "안과 의사"},
        lesions={"normal": "정상", "macro": "평균"},
        detector="탐지기",
    )

    texts = [words(drawn(readings, result, name, labels=labels)) for name in ALL]

    assert "정상" in texts[0]


def test_global_settings_stay_as_they_were(readings, result):
    def settings():
        return {key: mpl.rcParams[key] for key in ("svg.hashsalt", "font.family")}

    before = settings()

    forest_figure(result)

    assert settings() == before


def test_unknown_groups_have_marks_of_their_own():
    groups = dict.fromkeys(["a", "ophthalmologists", "b", "c", "d", "e"])

    marks = marks_of(groups)

    assert marks["ophthalmologists"].colour == "#2166ac"
    several = [marks[name] for name in ("ophthalmologists", "a", "b", "c", "d")]
    for field in ("colour", "marker", "dashes"):
        assert len({getattr(mark, field) for mark in several}) == 5
    assert marks["e"] == marks["a"]


def test_keys_become_words_and_numbers_two_digits():
    assert readable("general-doctors") == "General doctors"
    assert with_interval(0.766, Interval("x", 0.95, 0.611, 0.889)) == (
        "0.77 (0.61\N{EN DASH}0.89)"
    )
    assert with_interval(0.5, undefined("x", "why")) == "0.50 (no interval)"
    assert with_interval(None, undefined("x", "why")) == "not defined"


def test_bands_are_drawn_and_explained_only_when_asked(picture):
    with_bands = words(picture("roc", kind="svg"))
    without = words(picture("roc", kind="svg", shown=Shown(bands=False)))

    assert any("Hilgers 1991" in text for text in with_bands)
    assert not any("Shaded" in text for text in without)


def test_readers_and_detector_can_be_drawn_apart(picture):
    """Fig. 5 shows readers, Fig. 7 the detector with the readers' points."""
    readers = words(
        picture("roc", kind="svg", shown=Shown(detector=False, paper=False))
    )
    alone = words(picture("roc", kind="svg", shown=Shown(readers=False)))

    assert not any("etector" in text for text in readers)
    assert any("etector" in text for text in alone)
    assert not any("The paper's ophthalmologists" in text for text in alone)


def test_a_lesion_without_manipulated_cases_has_no_points(picture):
    truth = np.concatenate([TRUTH, np.zeros(30, bool)])
    lone = study(truth=truth)
    compared = compare(lone, thresholds=Thresholds(50.0, 0.5))

    texts = words(roc_figure(lone, compared, kind="svg"))

    assert any("30 original + 0 manipulated" in text for text in texts)


def test_the_mean_over_lesions_has_a_panel_with_the_mean_area(readings, result):
    """The averaged curve's area is the macro area that the legend prints."""
    shown = (*LESIONS, MACRO)

    texts = words(roc_figure(readings, result, lesions=shown, kind="svg"))

    accuracy = result.groups["ophthalmologists"][MACRO]
    assert any(with_interval(accuracy.auc, accuracy.interval) in t for t in texts)
    assert "44 original + 16 manipulated" in texts
    axes = SimpleNamespace(layout=lay_out(readings, "detector", None), lesion=MACRO)
    for reader, row in zip(axes.layout.readers, axes.layout.score, strict=True):
        area = curve_of(axes, row).area
        assert area == pytest.approx(result.readers[reader][MACRO].auc)
