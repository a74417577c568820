import cv2
import numpy as np
import pytest

from detector.network import metrics
from detector.network.baseline import DetailBaseline, detail_energy
from detector.network.examples import Examples


def photographs(n, seed):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:256, :256] - 127.5
    inside = np.hypot(x, y) < 120
    images = np.zeros((n, 256, 256, 3), np.uint8)
    for image in images:
        image[inside] = rng.normal(130, 12, (256, 256, 3)).clip(40, 255)[inside]
    return images


def examples(n, seed, *, sharper):
    originals = photographs(n, seed)
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), 1.0) for image in originals])
    pair = np.array([f"{seed}-{i}" for i in range(n)] * 2)
    images = np.concatenate([blurred, originals] if sharper else [originals, blurred])
    return Examples(
        images, np.repeat([False, True], n), pair, np.full(2 * n, "normal"), pair
    )


@pytest.mark.parametrize(("sharper", "direction"), [(False, -1.0), (True, 1.0)])
def test_unequal_filters_betray_the_class(sharper, direction):
    baseline = DetailBaseline.fit(examples(4, 1, sharper=sharper))
    test = examples(4, 2, sharper=sharper)

    scores = baseline.score(test.images)

    assert baseline.direction == direction
    assert metrics.balanced_accuracy(test.truth, baseline.decide(scores)) == 1.0


def test_energy_grows_with_detail_and_ignores_the_surround():
    image = photographs(1, 3)[0]
    noisy = image.copy()
    noisy[:3, :3] = 255
    blurred = cv2.GaussianBlur(image, (0, 0), 2.0)

    plain, corner, soft = detail_energy(np.stack([image, noisy, blurred]))

    assert corner == pytest.approx(plain, abs=0.02)
    assert soft < plain - 1


def test_black_image_has_a_finite_energy():
    assert np.isfinite(detail_energy(np.zeros((1, 256, 256, 3), np.uint8))).all()
