"""Pictures of what was changed show it, and nothing where nothing was."""

import numpy as np
import pytest

from forgery.imaging import evidence


def test_difference_is_mid_grey_where_there_is_none():
    before = np.full((32, 32, 3), 100, np.uint8)
    after = before.copy()
    after[4, 5] = 102

    shown = evidence.difference(before, after)

    assert (shown[4, 5] == 128 + 2 * evidence.GAIN).all()
    assert (np.delete(shown.reshape(-1, 3), 4 * 32 + 5, axis=0) == 128).all()
    with pytest.raises(ValueError, match="shapes differ"):
        evidence.difference(before, after[:8])


def test_spectrum_shows_a_period_where_it_is():
    x = np.arange(64)
    image = np.zeros((64, 64, 3), np.uint8)
    image[..., 1] = 100 + 40 * np.cos(2 * np.pi * x / 4)

    shown = evidence.spectrum(image)

    assert shown.shape == (64, 64)
    assert shown[32, 32 + 16] > 200  # a period of 4 pixels
    assert shown[32 + 16, 32] < 50


def test_mask_is_outlined_and_the_rest_darker():
    image = np.full((32, 32, 3), 100, np.uint8)
    mask = np.zeros((32, 32), bool)
    mask[10:20, 10:20] = True

    shown = evidence.outlined(image, mask)

    assert (shown[15, 15] == 100).all()
    assert (shown[0, 0] == 45).all()
    assert (shown[10, 10] == evidence._EDGE).all()
