"""Copy-move evidence: what is found, what is not, and how it raises a score."""

import numpy as np
import pytest

from detector.network import configs, copies, forging, metrics, networks
from detector.network.copies import CopyRule, find
from detector.network.forging import Photograph
from detector.network.inference import Detector
from detector.network.judgement import Judgement
from detector.network.training import train
from forgery.imaging import checkpoints, devices, laundering
from forgery.imaging.phantom.render import make
from forgery.imaging.profiles import PLAIN

SIDE = 24


@pytest.fixture(scope="module")
def photograph():
    return make("normal", 3, size=256).image


def pasted(image, at=(120, 70), source=(96, 130)):
    """Copy a square of retina, brighter by two grey levels, as a blend would."""
    made = image.copy()
    piece = image[source[0] : source[0] + SIDE, source[1] : source[1] + SIDE]
    made[at[0] : at[0] + SIDE, at[1] : at[1] + SIDE] = np.minimum(piece, 250) + 2
    return made


def test_copied_square_is_found_with_its_source(photograph):
    found = find(pasted(photograph))

    assert found.area > 0.6 * (SIDE - 6) ** 2
    copy, source = (
        found.places[y // 4 + 1 : y // 4 + 5, x // 4 + 1 : x // 4 + 5]
        for y, x in ((120, 70), (96, 130))
    )
    assert min(copy.mean(), source.mean()) > 0.8
    far = found.places[:16]
    assert far.mean() < 0.05


def test_photograph_as_taken_repeats_next_to_nothing(photograph):
    assert find(photograph).area < 10


def test_no_retina_and_no_grain_are_no_evidence(photograph):
    flat = np.full_like(photograph, 90)
    pressed = laundering.parse("jpeg:50").apply(photograph)

    for image in (np.zeros_like(photograph), flat):
        assert find(image).area == 0
        assert not find(image).places.any()
    assert find(pressed).area < 60


def test_removed_findings_repeat_more_than_their_originals():
    photographs = [
        Photograph(make("normal", k, size=256).image, f"c{k}", "normal", str(k))
        for k in range(8)
    ]
    forgers = {"lesion-remove": forging.untrained("lesion-remove", PLAIN)}
    twins = forging.twins(photographs, forgers, PLAIN, seed=1)

    assert metrics.auc(twins.truth, copies.areas(twins.images)) > 0.85


def test_rule_comes_from_originals_alone():
    scores, truth = np.array([-3.0, -1.0, -2.0, 9.0]), [False, False, False, True]
    rule = CopyRule.fit(scores, [0, 4, 2, 500], truth, threshold=1.0)

    assert rule.limit == 8  # what originals show is less
    typical = rule.apply([-2.0], [8 * 1.5])
    assert typical == pytest.approx([1.0])


def test_rule_begins_where_originals_are_usual_and_calls_beyond_what_they_show():
    areas = np.arange(101.0)  # nine of ten show up to 90, all but one of twenty 95
    scores, truth = np.full(101, -2.0), np.zeros(101, bool)
    rule = CopyRule.fit(scores, areas, truth, threshold=1.0)

    assert rule.limit == 90
    assert rule.apply([-2.0, -2.0], [80, 1.5 * 95]) == pytest.approx([-2.0, 1.0])


def test_rule_never_lowers_a_score_and_leaves_originals_alone():
    rule = CopyRule.fit([2.0, 3.0], [100, 120], [False, False], threshold=-5.0)
    scores = np.array([-1.0, 0.0, 1.0])

    assert rule.weight == 0  # no threshold above its originals: nothing to reach
    rule = CopyRule(limit=20, weight=2)
    assert rule.apply(scores, [0, 20, 40]).tolist() == [-1.0, 0.0, 3.0]


def test_rules_of_before_compare_grain_as_they_did(photograph, monkeypatch):
    seen = []

    def areas(images, *compared):
        seen.append(compared)
        return np.zeros(len(images))

    monkeypatch.setattr(copies, "areas", areas)
    fitted = CopyRule.fit([0.0, 0.0], [5, 9], [False, False], threshold=1.0)
    for rule in (CopyRule(limit=20, weight=1), fitted):
        Judgement(copies=rule).apply(np.zeros(1), photograph[None])

    assert seen == [(3.0, 0.85), (copies.CLIP, copies.ALIKE)]


def test_detector_with_a_rule_scores_and_maps_the_copy(photograph):
    images = np.stack([photograph, pasted(photograph)])
    network = networks.build("default")
    known = {"threshold": 0.0, "temperature": 1.0}
    device = devices.choose("cpu")
    plain = Detector(network, known, device, Judgement())
    rule = CopyRule(limit=20.0, weight=1.0)
    ruled = Detector(network, known, device, Judgement(copies=rule))

    raised = ruled.score(images) - plain.score(images)
    assert raised[0] == 0
    assert raised[1] > 2
    heat = ruled.heatmap(images) - plain.heatmap(images)
    assert not heat[0].any()
    assert heat[1, 132, 82] > 3
    assert heat[1, 30].max() == 0


def test_training_keeps_the_rule_in_its_bundle(tmp_path):
    photographs = [
        Photograph(make("normal", k, size=64).image, f"c{k}", "normal", str(k))
        for k in range(6)
    ]
    forgers = {"lesion-insert": forging.untrained("lesion-insert", PLAIN)}
    parts = [
        forging.twins(part, forgers, PLAIN, seed=1)
        for part in (photographs[:3], photographs[3:])
    ]
    settings = configs.get("default").settings("quick", steps=1, batch_size=4, crop=64)

    made = train(*parts, settings, workdir=tmp_path, device="cpu")
    _, described = checkpoints.load(made.path, made.sha256)

    assert described["copies"]["limit"] >= 8
    assert described["copies"]["weight"] >= 0
