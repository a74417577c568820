"""Noise and its softened twins: the smallest examples a detector learns from."""

import cv2
import numpy as np

from detector.network.examples import Examples


def twins(n, seed):
    """Noise photographs and their slightly blurred twins, one cluster a pair."""
    rng = np.random.default_rng(seed)
    originals = rng.normal(120, 20, (n, 256, 256, 3)).clip(0, 255).astype(np.uint8)
    forged = np.stack([cv2.GaussianBlur(image, (0, 0), 0.6) for image in originals])
    name = np.array([f"{seed}-{i}" for i in range(n)] * 2)
    truth = np.repeat([False, True], n)
    lesion = np.full(2 * n, "normal")
    return Examples(np.concatenate([originals, forged]), truth, name, lesion, name)
