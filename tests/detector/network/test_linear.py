"""The simple baselines: features, what they learn, and per-source calibration."""

import numpy as np
import pytest

from detector.network.calibration import SourceCalibration
from detector.network.linear import LinearBaseline
from detector.network.residuals import residual_statistics
from forgery.imaging import profiles
from forgery.imaging.phantom.render import make


@pytest.fixture(scope="module")
def images():
    return np.stack([make("normal", 40 + i, size=64).image for i in range(6)])


def test_residual_statistics_see_a_blur(images):
    softened = np.stack([profiles.blur(image, 1.0) for image in images])

    sharp, soft = residual_statistics(images), residual_statistics(softened)

    assert sharp.shape == (6, 180)
    assert (soft[:, 0] < sharp[:, 0]).all()  # log spread of the first residual


def test_an_image_without_a_field_has_statistics_too():
    found = residual_statistics(np.zeros((1, 64, 64, 3), np.uint8))

    assert np.isfinite(found).all()


def test_a_baseline_learns_a_difference_and_its_direction():
    rng = np.random.default_rng(1)
    truth = np.repeat([False, True], 100)
    features = rng.normal(0, 1, (200, 3))
    features[:, 1] -= 2 * truth

    made = LinearBaseline.fit((features, truth), (features, truth), most_false=0.05)

    scores = made.score(features)
    assert scores[truth].mean() > scores[~truth].mean()
    assert (scores[~truth] >= made.threshold).mean() <= 0.05


def test_a_source_is_measured_from_its_own_originals():
    rng = np.random.default_rng(2)
    known, here = rng.normal(5, 3, 200), rng.normal(5, 3, 200)

    found = SourceCalibration.fit(known).apply(here)

    assert np.median(found) == pytest.approx(0, abs=0.3)
    assert found.std() == pytest.approx(1, abs=0.25)
    with pytest.raises(ValueError, match="there are none"):
        SourceCalibration.fit([])
