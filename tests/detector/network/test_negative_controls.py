"""Where nothing was forged, nothing may be found; and a planted leak must show.

Phantoms of 64 pixels. The controls learn on half of the patients and are judged on
the other half, by the area under the curve.
"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from detector.network import configs, forging, metrics, views
from detector.network.forging import Photograph
from detector.network.inference import Detector
from detector.network.training import train
from forgery.imaging import fundus
from forgery.imaging.field import field_of_view
from forgery.imaging.phantom.render import make
from forgery.imaging.profiles import PLAIN

N = 80
SE = 0.5 / np.sqrt(N)  # of an area of one half, N / 2 against N / 2, about


@pytest.fixture(scope="module")
def data():
    photographs = [
        Photograph(make("normal", 700 + i, size=64).image, f"c{i}", "normal", f"{i}")
        for i in range(N)
    ]
    families = ("lesion-insert", "inpaint")
    forgers = {family: forging.untrained(family, PLAIN) for family in families}
    return forging.twins(photographs, forgers, PLAIN, seed=3)


def judged(features, truth, cluster):
    """Learn on even patients, judge on odd ones."""
    number = np.array([int(name[1:]) for name in cluster])
    learn = number % 2 == 0
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    model.fit(features[learn], truth[learn])
    return metrics.auc(truth[~learn], model.decision_function(features[~learn]))


def metadata(images):
    """All that a file says without its pixels: shape and length as readers get it."""
    return np.array(
        [[*i.shape, len(fundus.encode_png(i, compression=0))] for i in images], float
    )


def border_and_colour(images):
    """The surround, and the colour of the whole field."""
    rows = []
    for image in images:
        inside = field_of_view(image)
        outside = image[~inside] if (~inside).any() else np.zeros((1, 3))
        dark = (image == 0).all(axis=2).mean()
        field = image[inside].astype(float)
        rows.append([dark, outside.mean(), outside.std(), *field.mean(0)])
    return np.array(rows)


def texture(images):
    """Mean absolute differences and their tails, the whole image."""
    grey = images.astype(float).mean(3)
    dx = np.abs(np.diff(grey, axis=2)).reshape(len(images), -1)
    return np.stack([dx.mean(1), *np.percentile(dx, [50, 90, 99], axis=1)], axis=1)


def test_permuted_labels_cannot_be_learned(data):
    truth = np.random.default_rng(5).permutation(data.truth)

    assert judged(texture(data.images), truth, data.cluster) == pytest.approx(
        0.5, abs=2.5 * SE
    )


def test_metadata_says_nothing(data):
    found = judged(metadata(data.images), data.truth, data.cluster)

    assert found == pytest.approx(0.5, abs=0.02)


def test_border_and_colour_say_nothing(data):
    found = judged(border_and_colour(data.images), data.truth, data.cluster)

    assert found == pytest.approx(0.5, abs=2.5 * SE)


def test_planted_leak_in_metadata_fails_its_control(data):
    lengths = metadata(data.images)
    lengths[:, -1] += 4 * data.truth

    assert judged(lengths, data.truth, data.cluster) > 0.95


def test_planted_leak_in_the_surround_fails_its_control(data):
    images = data.images.copy()
    for image, forged in zip(images, data.truth, strict=True):
        if forged:
            image[~field_of_view(image)] += 1

    assert judged(border_and_colour(images), data.truth, data.cluster) > 0.95


def test_planted_leak_in_colour_fails_its_control(data):
    images = data.images.copy()
    warm = images[data.truth].astype(int) + np.array([25, 0, 0])
    images[data.truth] = np.clip(warm, 0, 255)

    found = judged(border_and_colour(images), data.truth, data.cluster)
    assert found > 0.6


def test_detector_does_not_call_laundering_a_forgery(data, tmp_path):
    number = np.array([int(name[1:]) for name in data.cluster])
    settings = configs.get("default").settings(
        "quick", steps=25, batch_size=8, crop=64, clean_share=0.1
    )
    learn, validate = data.take(number < 30), data.take((number >= 30) & (number < 40))
    made = train(learn, validate, settings, workdir=tmp_path, device="cpu")
    detector = Detector.load(made.path, device="cpu")
    test = data.take((number >= 40) & ~data.truth)

    washed = detector.score(views.laundered(test, seed=2).images)
    plain = detector.score(test.images)
    truth = np.repeat([False, True], len(test))
    assert metrics.auc(truth, np.concatenate([plain, washed])) <= 0.60
