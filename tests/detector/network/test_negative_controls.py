"""Where nothing was forged, nothing may be found; and a planted leak must show.

Phantoms of 64 pixels. The controls learn on half of the patients and are judged on
the other half, by the area under the curve. Each trap into which a prototype fell
(surround, colour, identity, resampling, laundering) has its control here, and a plant
that the control must catch.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from detector.network import configs, controls, forging, metrics, views
from detector.network.curriculum import moment
from detector.network.forging import Photograph
from detector.network.inference import Detector
from detector.network.training import train
from forgery.imaging.field import field_of_view
from forgery.imaging.phantom.render import make
from forgery.imaging.profiles import PLAIN

N = 80
SE = 0.5 / np.sqrt(N)  # of an area of one half, N / 2 against N / 2, about
NEAR = 2.5 * SE


@pytest.fixture(scope="module")
def data():
    photographs = [
        Photograph(make("normal", 700 + i, size=64).image, f"c{i}", "normal", f"{i}")
        for i in range(N)
    ]
    families = ("lesion-insert", "inpaint")
    forgers = {family: forging.untrained(family, PLAIN) for family in families}
    return forging.twins(photographs, forgers, PLAIN, seed=3)


def judged(name, data):
    """Area of a control over all families."""
    return controls.judged(controls.FEATURES[name](data.images), data, data.truth)


def planted(data, plant):
    """Do something to the forgeries alone."""
    images = data.images.copy()
    for place in np.flatnonzero(data.truth):
        images[place] = plant(images[place])
    return replace(data, images=images)


def texture(images):
    """Mean absolute differences and their tails, the whole image."""
    grey = images.astype(float).mean(3)
    dx = np.abs(np.diff(grey, axis=2)).reshape(len(images), -1)
    return np.stack([dx.mean(1), *np.percentile(dx, [50, 90, 99], axis=1)], axis=1)


def test_permuted_labels_cannot_be_learned(data):
    truth = np.random.default_rng(5).permutation(data.truth)

    found = controls.judged(texture(data.images), data, truth)
    assert found == pytest.approx(0.5, abs=NEAR)


def test_kept_labels_can_where_a_leak_is_planted(data):
    leaking = planted(data, lambda image: cv2.GaussianBlur(image, (0, 0), 1.0))

    found = controls.judged(texture(leaking.images), leaking, leaking.truth)
    assert found > 0.9


@pytest.mark.parametrize("name", list(controls.FEATURES))
def test_a_control_says_nothing_of_matched_twins(data, name):
    assert judged(name, data) == pytest.approx(0.5, abs=NEAR)


def repaint_surround(image):
    image = image.copy()
    image[~field_of_view(image)] += 1
    return image


def warm(image):
    return np.clip(image.astype(int) + np.array([25, 0, 0]), 0, 255).astype(np.uint8)


def resample(image):
    """Go through a grid four times as coarse, its phase fixed, and back."""
    small = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    big = cv2.resize(small, image.shape[:2], interpolation=cv2.INTER_NEAREST)
    return cv2.addWeighted(image, 0.5, big, 0.5, 0)


@pytest.mark.parametrize(
    ("name", "plant"),
    [("surround", repaint_surround), ("colour", warm), ("resampling", resample)],
)
def test_a_planted_trap_fails_its_control(data, name, plant):
    assert judged(name, planted(data, plant)) > 0.5 + NEAR


def test_a_planted_leak_in_metadata_fails_its_control(data):
    described = controls.metadata(data.images)
    described[:, -1] += 4 * data.truth

    assert controls.judged(described, data, data.truth) > 0.95


def test_forgeries_that_change_nothing_are_caught(data):
    least = controls.change(data)
    assert all(value >= controls.LEAST_CHANGE for value in least.values())

    images = data.images.copy()
    lazy = np.flatnonzero(data.family == "inpaint")[0]
    own = (data.pair == data.pair[lazy]) & ~data.truth
    images[lazy] = data.images[own][0]

    caught = controls.change(replace(data, images=images))
    assert caught["inpaint"] < controls.LEAST_CHANGE


def test_every_control_is_measured_by_family(data):
    found = controls.measured(data)

    assert set(found["areas"]) == {*controls.FEATURES, "permuted labels"}
    assert set(found["least_change"]) == {"lesion-insert", "inpaint"}


def test_the_first_three_tenths_of_the_curriculum_are_clean():
    settings = configs.get("default").settings("quick")

    clean = range(0, 3 * settings.steps // 10, 50)
    assert all(moment(step, 256, settings).strength == 0 for step in clean)
    assert moment(settings.steps - 1, 256, settings).strength == 1


@pytest.fixture(scope="module")
def detector(data, tmp_path_factory):
    number = np.array([int(name[1:]) for name in data.cluster])
    settings = configs.get("default").settings(
        "quick", steps=25, batch_size=8, crop=64, clean_share=0.1
    )
    learn, validate = data.take(number < 30), data.take((number >= 30) & (number < 40))
    folder = tmp_path_factory.mktemp("run")
    made = train(learn, validate, settings, workdir=folder, device="cpu")
    return Detector.load(made.path, device="cpu"), data.take(number >= 40)


def against(detector, originals, images):
    truth = np.repeat([False, True], len(images))
    plain = detector.score(originals.images)
    return metrics.auc(truth, np.concatenate([plain, detector.score(images)]))


def test_detector_does_not_call_laundering_a_forgery(detector):
    judge, test = detector
    originals = test.take(~test.truth)

    washed = views.laundered(originals, seed=2)

    assert against(judge, originals, washed.images) <= 0.60


def test_a_detector_of_blur_would_fail_that_control(detector):
    _, test = detector
    originals = test.take(~test.truth)
    washed = views.laundered(originals, seed=2).images
    truth = np.repeat([False, True], len(washed))

    detail = texture(np.concatenate([originals.images, washed]))[:, 0]
    area = metrics.auc(truth, detail)
    assert max(area, 1 - area) > 0.60
