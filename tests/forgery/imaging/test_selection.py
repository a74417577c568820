import csv
import dataclasses
from collections import Counter

import cv2
import numpy as np
import pytest

from forgery.imaging import fundus, labels, selection
from forgery.imaging.selection import THRESHOLDS, Measures, measure, verdict
from forgery.imaging.selection_figure import threshold_figure

FIT = Measures(
    black=0.2,
    side=512,
    roundness=0.99,
    visible=1.0,
    brightness=140,
    sharpness=0.04,
    vessels=0.06,
)


def photograph(side=512, *, vessels=True, level=1.0):
    """A lit disc with dark branching lines, about as deep as real vessels."""
    image = np.full((side, side, 3), (170, 90, 45), np.float32)
    if vessels:
        for k in range(24):
            angle = 2 * np.pi * k / 24
            end = (side / 2 + side * np.array([np.cos(angle), np.sin(angle)])).astype(
                int
            )
            centre = (side // 2, side // 2)
            thick = max(1, side // 128)
            cv2.line(image, centre, tuple(map(int, end)), (120, 45, 25), thick)
        image = cv2.GaussianBlur(image, (0, 0), side / 500)
    rows, columns = np.mgrid[:side, :side] - side / 2 + 0.5
    inside = rows**2 + columns**2 < (side / 2 - 2) ** 2
    return (image * level * inside[..., None]).astype(np.uint8)


def test_a_sharp_round_photograph_is_fit():
    measures = measure(photograph())

    assert verdict(measures) is None
    assert selection.explain(measures) is None
    assert measures.black == pytest.approx(1 - np.pi / 4, abs=0.02)
    assert measures.roundness > 0.98
    assert measures.visible == pytest.approx(1, abs=0.03)
    assert abs(measures.side - 508) <= 6


def test_a_blurred_photograph_is_left_out():
    blurred = cv2.GaussianBlur(photograph(), (0, 0), 9)

    assert verdict(measure(blurred)) == "blurred"


def test_speckle_without_lines_is_not_vessels():
    speckle = np.random.default_rng(0).normal(0, 6, (512, 512, 3))
    image = photograph(vessels=False)
    image = np.where(image > 0, (image + speckle).clip(5, 255), 0).astype(np.uint8)

    assert verdict(measure(image)) == "vessels-not-visible"


def test_a_squeezed_disc_is_odd():
    squeezed = cv2.resize(photograph(), (384, 512), interpolation=cv2.INTER_AREA)
    frame = np.pad(squeezed, ((0, 0), (40, 40), (0, 0)))

    measures = measure(frame)

    assert measures.roundness == pytest.approx(0.75, abs=0.02)
    assert verdict(dataclasses.replace(measures, black=0.2)) == "odd-shape"


def test_a_circle_clipped_by_its_frame_is_round():
    clipped = np.pad(photograph()[60:-60], ((0, 0), (60, 60), (0, 0)))

    measures = measure(clipped)

    assert measures.roundness > 0.97
    assert measures.visible == pytest.approx(0.86, abs=0.04)
    assert verdict(dataclasses.replace(measures, black=0.2)) is None


def test_a_flat_chord_inside_the_frame_is_not_taken_for_the_edge():
    image = photograph()
    image[:50] = 0

    assert measure(image).roundness > 0.95


def test_half_a_disc_is_cut_off():
    half = photograph()[:, :230]

    assert verdict(dataclasses.replace(measure(half), black=0.2)) == "cut-off"


def test_black_is_counted_on_the_frame_as_delivered():
    framed = np.pad(photograph(), ((0, 0), (200, 200), (0, 0)))

    measures = measure(framed)

    assert measures.black == pytest.approx(1 - np.pi / 4 * 512 / 912, abs=0.02)
    assert verdict(measures) == "too-black"


def test_a_dark_photograph_is_left_out():
    assert verdict(measure(photograph(level=0.15))) == "too-dark"


def test_a_small_photograph_is_left_out():
    assert verdict(measure(photograph(200))) == "too-small"


def test_a_black_frame_is_left_out_without_a_crash():
    measures = measure(np.zeros((300, 300, 3), np.uint8))

    assert measures.black == 1
    assert verdict(measures) == "too-small"


def test_a_frame_of_retina_alone_is_taken_as_round():
    image = photograph(900)[200:700, 200:700]

    measures = measure(np.ascontiguousarray(image))

    assert (measures.roundness, measures.visible) == (1, 1)
    assert measures.black == 0


@pytest.mark.parametrize("rule", selection.RULES, ids=lambda rule: rule.reason)
def test_each_rule_bites_just_beyond_its_bound_alone(rule):
    bound = getattr(THRESHOLDS, rule.bound)
    beyond = bound * (1.01 if rule.bound.startswith("most") else 0.99)

    at = dataclasses.replace(FIT, **{rule.measure: bound})
    past = dataclasses.replace(FIT, **{rule.measure: beyond})

    assert verdict(at) is None
    assert verdict(past) == rule.reason
    assert selection.explain(past).startswith(selection.REASONS[rule.reason])
    assert rule.measure in selection.explain(past)


def test_every_bound_has_one_rule():
    bounds = {field.name for field in dataclasses.fields(THRESHOLDS)}

    assert {rule.bound for rule in selection.RULES} == bounds
    assert len(selection.REASONS) == len(bounds)


def test_thresholds_can_be_set_by_a_pool():
    wide = dataclasses.replace(THRESHOLDS, most_black=0.5)

    assert verdict(dataclasses.replace(FIT, black=0.4), wide) is None


def test_the_figure_is_reproducible_and_says_what_is_cut_off():
    measures = [FIT, dataclasses.replace(FIT, sharpness=0.001)]

    first = threshold_figure(measures)

    assert first.startswith(b"<?xml")
    assert first.count(b"sharpness: bound 0.0131, 1 of 2 out") == 1
    assert first.count(b"0 of 2 out") == len(selection.RULES) - 1
    assert first == threshold_figure(measures)


def test_the_figure_is_drawn_as_png_too():
    png = fundus.decode(threshold_figure([FIT], kind="png"), name="figure")

    assert png.shape[0] > 300
    assert png.std() > 5


@pytest.mark.parametrize(("measures", "kind"), [([], "svg"), ([FIT], "pdf")])
def test_a_senseless_figure_is_refused(measures, kind):
    with pytest.raises(ValueError, match="svg or png"):
        threshold_figure(measures, kind=kind)


@pytest.mark.slow
def test_enough_of_odirs_right_eyes_remain(shared):
    folder = shared / "data" / "odir"
    with (folder / "full_df.csv").open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if "_right" in row["filename"]]
    fit, labelled = Counter(), Counter()

    for row in rows:
        lesion = labels.parse(row["Right-Diagnostic Keywords"]).lesion
        if lesion:
            image = fundus.read(folder / "images" / row["filename"])
            labelled[lesion] += 1
            fit[lesion] += verdict(measure(image)) is None

    assert fit["glaucoma"] >= 70
    assert fit["normal"] >= 0.95 * labelled["normal"]
    assert 10 <= sum(labelled.values()) - sum(fit.values()) <= 45  # some are bad
