"""Pictures of what a manipulation left behind: mask, difference, spectrum.

numpy and OpenCV alone: pages draw these while a request waits.
"""

from __future__ import annotations

import cv2
import numpy as np

from forgery.imaging.field import Image, Mask

GAIN = 8
"""Times that a difference is enlarged, so that the eye sees one grey level."""
_EDGE = (255, 230, 0)  # colour of a mask's outline
_SHADE = 0.45  # light that is left outside a mask
_FLOOR, _CEILING = 0.0, 12.0  # natural logarithms of power, black to white


def outlined(image: Image, mask: Mask) -> Image:
    """
    Show where an image was manipulated.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        The manipulated image.
    mask : ndarray of bool, shape (H, W)
        Its mask.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        The image, darker outside the mask, with the mask's outline.
    """
    shown = np.where(mask[..., None], image, np.rint(_SHADE * image)).astype(np.uint8)
    found, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    cv2.drawContours(shown, found, -1, _EDGE, 1)
    return shown


def difference(original: Image, manipulated: Image) -> Image:
    """
    Show by how much two images differ, mid-grey where they do not.

    Parameters
    ----------
    original, manipulated : ndarray of uint8, shape (H, W, 3)
        The equally processed original and the manipulated image.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        128 plus `GAIN` times the difference, clipped.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if original.shape != manipulated.shape:
        msg = f"shapes differ: {original.shape} and {manipulated.shape}"
        raise ValueError(msg)
    gap = manipulated.astype(np.int16) - original.astype(np.int16)
    return np.clip(128 + GAIN * gap, 0, 255).astype(np.uint8)


def spectrum(image: Image) -> Image:
    """
    Show the power of an image's green channel by frequency, the lowest in the middle.

    A window takes the edge of the frame away; regular peaks betray resampling.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        RGB image.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        The logarithm of the power, from black to white.
    """
    height, width = image.shape[:2]
    window = np.hanning(height)[:, None] * np.hanning(width)[None, :]
    green = image[..., 1].astype(np.float64)
    power = np.abs(np.fft.fftshift(np.fft.fft2((green - green.mean()) * window))) ** 2
    level = (np.log(power / power.size + 1) - _FLOOR) / (_CEILING - _FLOOR)
    return np.rint(255 * np.clip(level, 0, 1)).astype(np.uint8)
