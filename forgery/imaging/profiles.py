"""Preprocessing profiles: versioned data, one path for both classes (S2).

A photograph becomes the *working image* by `prepare` (square, area-resize,
sharpen): the manipulator's input, and the preprocessed original. Whatever comes
out of a manipulator, and every matched original, goes through `finish` (the
paper's Gaussian blur). A `ReaderProfile` then renders both alike for readers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from forgery.imaging import fundus
from forgery.imaging.fundus import Image, Mask

SHARPEN_KERNEL: NDArray[np.float32] = np.array(
    [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32
)
"""Centre 5, corners 0, the rest -1: its sum is 1, so flat areas keep their value."""
DETECTOR_SIZE = 256


@dataclass(frozen=True)
class _Filters:
    """A size and two filters; stored as data and named by a digest."""

    name: str
    """Short name, unique together with the version."""
    version: int
    """Raised whenever a number below changes."""
    size: int = 256
    """Side of the image in pixels."""
    sharpen: bool = True
    """Whether the 3 x 3 kernel is applied."""
    blur_sigma: float = 0.8
    """Standard deviation in pixels of the Gaussian blur; 0 for none."""

    def __post_init__(self) -> None:
        """Refuse sizes and blurs out of range."""
        if not 16 <= self.size <= 4096 or not 0 <= self.blur_sigma <= 10:
            msg = (
                f"size {self.size} must be 16..4096 and "
                f"blur_sigma {self.blur_sigma} 0..10 pixels"
            )
            raise ValueError(msg)

    def to_dict(self) -> dict[str, Any]:
        """
        Return the profile as JSON-ready data.

        Returns
        -------
        dict
            One entry a field.
        """
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """
        Rebuild a profile from `to_dict`.

        Parameters
        ----------
        data : mapping
            One entry a field, no others.

        Returns
        -------
        Profile or ReaderProfile
            The equal profile; unknown fields raise ``TypeError``.
        """
        return cls(**data)

    @property
    def digest(self) -> str:
        """
        Name the profile by its content.

        Returns
        -------
        str
            SHA-256 in hexadecimal of the sorted JSON of its fields.
        """
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Profile(_Filters):
    """How photographs are prepared for a manipulator, and finished after it."""


@dataclass(frozen=True)
class ReaderProfile(_Filters):
    """How a working image of either class is rendered for a reader."""

    size: int = 512
    sharpen: bool = False
    blur_sigma: float = 0.0

    def render_array(self, working: Image) -> Image:
        """
        Render a working image, whichever class it is of.

        Parameters
        ----------
        working : ndarray of uint8, shape (S, S, 3)
            A finished working image.

        Returns
        -------
        ndarray of uint8, shape (size, size, 3)
            What the reader sees.
        """
        image = fundus.resize(working, self.size)
        if self.sharpen:
            image = sharpen(image)
        return blur(image, self.blur_sigma)

    def render(self, working: Image) -> bytes:
        """
        Render a working image to a file of constant length.

        Parameters
        ----------
        working : ndarray of uint8, shape (S, S, 3)
            A finished working image.

        Returns
        -------
        bytes
            PNG at compression level 0 without metadata: its length depends on
            ``size`` alone (measured up to 2,048 pixels), so no padding is needed.
        """
        return fundus.encode_png(self.render_array(working), compression=0)


PAPER = Profile("paper", 1)
"""The paper's S2 and S3: 256 px, sharpened, blurred afterwards."""
PLAIN = Profile("plain", 1, sharpen=False, blur_sigma=0.0)
"""The resize alone."""
READER = ReaderProfile("reader", 1)
"""The default rendering: 512 px, nothing else."""
PROFILES: dict[str, Profile] = {profile.name: profile for profile in (PAPER, PLAIN)}


def sharpen(image: Image) -> Image:
    """
    Sharpen by the paper's 3 x 3 kernel, clipped to uint8.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        RGB image.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        The sharpened image.
    """
    return np.asarray(cv2.filter2D(image, -1, SHARPEN_KERNEL), np.uint8)


def sharpened(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Sharpen what was added to a photograph as the photograph was, without clipping.

    Parameters
    ----------
    planes : ndarray of float32, shape (H, W, 3)
        Differences in grey levels.

    Returns
    -------
    ndarray of float32, shape (H, W, 3)
        The same through the kernel of `sharpen`.
    """
    return np.asarray(cv2.filter2D(planes, -1, SHARPEN_KERNEL), np.float32)


def blur(image: Image, sigma: float) -> Image:
    """
    Blur by a Gaussian.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        RGB image.
    sigma : float
        Standard deviation in pixels; 0 returns a copy.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        The blurred image.
    """
    if sigma == 0:
        return image.copy()
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def prepare(image: Image, profile: Profile) -> Image:
    """
    Make the working image: square, area-resize, sharpen.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        A photograph, raw or already squared.
    profile : Profile
        The preprocessing.

    Returns
    -------
    ndarray of uint8, shape (profile.size, profile.size, 3)
        The preprocessed original.
    """
    working = fundus.square(image, size=profile.size)
    return sharpen(working) if profile.sharpen else working


def finish(working: Image, profile: Profile) -> Image:
    """
    Apply the post-processing that both classes share: the Gaussian blur.

    Parameters
    ----------
    working : ndarray of uint8, shape (S, S, 3)
        A working image, forged or not.
    profile : Profile
        The preprocessing it was prepared by.

    Returns
    -------
    ndarray of uint8, shape (S, S, 3)
        The finished working image.
    """
    return blur(working, profile.blur_sigma)


def matched_original(image: Image, profile: Profile) -> Image:
    """
    Take an original through all that a forgery goes through but the forging.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        A photograph, raw or already squared.
    profile : Profile
        The preprocessing.

    Returns
    -------
    ndarray of uint8, shape (profile.size, profile.size, 3)
        ``finish(prepare(image))``.
    """
    return finish(prepare(image, profile), profile)


def composite(forged: Image, working: Image, mask: Mask) -> Image:
    """
    Keep the surround of the original around what was forged.

    Networks repaint the black surround, and a repainted surround betrays the
    class; so only the field of view is taken from them.

    Parameters
    ----------
    forged : ndarray of uint8, shape (S, S, 3)
        The manipulator's output.
    working : ndarray of uint8, shape (S, S, 3)
        Its input, from `prepare`.
    mask : ndarray of bool, shape (S, S)
        ``field_of_view(working)``.

    Returns
    -------
    ndarray of uint8, shape (S, S, 3)
        Forged inside the mask, original outside.
    """
    if not forged.shape == working.shape == (*mask.shape, 3):
        msg = f"shapes differ: {forged.shape}, {working.shape}, mask {mask.shape}"
        raise ValueError(msg)
    return np.where(mask[..., None], forged, working)


def detector_view(image: Image) -> Image:
    """
    Show any image file as the detector sees it.

    A rendered image, square with its field of view spanning the frame, is only
    area-resized; any other is cropped to its field of view first. Nothing here
    knows the class.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        A photograph, or a rendered case.

    Returns
    -------
    ndarray of uint8, shape (256, 256, 3)
        The detector's input.
    """
    return fundus.square(image, size=DETECTOR_SIZE)
