"""Traces: how an image's fine detail is distributed, after whatever happened to it.

A painter that repaints the whole retina leaves detail of another kind than a camera:
its size, its tails and how neighbours go together. Where laundering has taken the
finest detail, some is left at half the size; a mottle painted over the whole retina is
left at a quarter and an eighth. These statistics are a small spatial rich model [1]_;
they cost a fraction of the network, so far more laundered images can be learned from
than the network could see.

References
----------
.. [1] Fridrich J, Kodovsky J (2012). Rich models for steganalysis of digital images.
   IEEE Transactions on Information Forensics and Security 7: 868-882.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy import fft

from detector.network.examples import Images
from forgery.imaging.fundus import Image, Mask, field_of_view

Plane = NDArray[np.float32]
Traces = NDArray[np.float32]

_LAPLACIAN = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.float32) / 4
_KERNELS = (
    np.array([[1, -2, 1]], np.float32) / 2,
    np.array([[1], [-2], [1]], np.float32) / 2,
    _LAPLACIAN,
    np.array([[1, -1], [-1, 1]], np.float32) / 2,
)
_SIDE = 5  # levels of a residual: -2 to 2
_NONE = 31  # the low five bits of a pair that is not counted
_APART = 8  # counters of each pair
_RELATIVE = 0.7  # spreads a level: what no change of contrast can move
_BANDS = 12
_RIM = 9  # pixels by which the field of view is shrunk, away from its edge
_BLOCK = 8  # pixels of a block of JPEG
_FEWEST = 400  # pixels of retina, at half the size, that can be described
_COARSE = ((4, 3), (8, 1))  # parts of the size, and the rim left out there
_FEWEST_COARSE = 100  # pixels of retina there
_TINT = 0.1  # grey levels: no colour's detail there counts as less


def _orbits() -> NDArray[np.intp]:
    # which of the 25 pairs of levels are one by exchange and by change of sign
    low, high = np.divmod(np.arange(_SIDE * _SIDE), _SIDE)
    alike = np.stack(
        [
            low * _SIDE + high,
            high * _SIDE + low,
            (_SIDE - 1 - low) * _SIDE + (_SIDE - 1 - high),
            (_SIDE - 1 - high) * _SIDE + (_SIDE - 1 - low),
        ]
    )
    return np.unique(alike.min(axis=0), return_inverse=True)[1].astype(np.intp)


_ORBIT = _orbits()
_ORBITS = int(_ORBIT.max()) + 1
_OF_ORBIT = np.eye(_ORBITS)[_ORBIT]
_MOMENTS = 3
_PLANE = _BANDS + len(_KERNELS) * (_MOMENTS + 2 * _ORBITS)
_FINE = 3 * 2 * _PLANE + 4
WIDTH = _FINE + len(_COARSE) * (3 * _PLANE + 5)
"""Statistics an image: three colours at two sizes and four of all; then three colours
at each coarse size, and five of how they go together there."""
QUALITY = (
    2 * _PLANE + _BANDS + 2 * (_MOMENTS + 2 * _ORBITS),  # green: size of the detail
    2 * _PLANE + _BANDS + 2 * (_MOMENTS + 2 * _ORBITS) + 2,  # its tails
    3 * _PLANE + _BANDS + 2 * (_MOMENTS + 2 * _ORBITS),  # its size at half the size
    _FINE - 4,  # how red and green go together
    _FINE - 1,  # how far blocks of JPEG show
)
"""Places of the few statistics that tell what was done to an image, not by whom."""


def describe(images: Images) -> Traces:
    """
    Describe images by their traces.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, S, S, 3)
        Photographs as the detector sees them.

    Returns
    -------
    ndarray of float32, shape (n, WIDTH)
        Logarithms, most of them; 0 throughout where no retina is seen.
    """
    if len(images) == 0:
        return np.empty((0, WIDTH), np.float32)
    with ThreadPoolExecutor(max_workers=torch.get_num_threads()) as pool:
        return np.stack(list(pool.map(_of, images)))


def _of(image: Image) -> Traces:
    seen = field_of_view(image).astype(np.uint8)
    inside = _shrunk(seen, _RIM)
    whole = image.astype(np.float32)
    half = np.asarray(
        cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        np.float32,
    )
    half_inside = _shrunk(inside, 3)[::2, ::2].copy()
    if half_inside.sum() < _FEWEST:
        return np.zeros(WIDTH, np.float32)
    parts: list[NDArray[Any]] = []
    colours = _colours(whole)
    sizes = _described(colours, inside), _described(_colours(half), half_inside)
    parts += [size[colour] for colour in range(3) for size in sizes]
    is_inside = inside > 0
    together, _ = _together(colours, is_inside, 1e-3)
    parts.append(np.array([*together, _blocks(colours[1], is_inside)]))
    parts += [_coarse(whole, inside, part, rim) for part, rim in _COARSE]
    return np.concatenate(parts).astype(np.float32)


def _coarse(
    whole: NDArray[np.float32], inside: NDArray[np.uint8], part: int, rim: int
) -> NDArray[np.float64]:
    # what a blur, a JPEG or a smaller copy leaves of a change that can be seen
    small = np.asarray(
        cv2.resize(whole, None, fx=1 / part, fy=1 / part, interpolation=cv2.INTER_AREA),
        np.float32,
    )
    size = (small.shape[1], small.shape[0])
    # every pixel of a place lies inside
    within = cv2.resize(
        _shrunk(inside, 2 * part + 1), size, interpolation=cv2.INTER_NEAREST
    )
    seen = _shrunk(np.asarray(within, np.uint8), rim)
    if seen.sum() < _FEWEST_COARSE:
        return np.zeros(3 * _PLANE + 5)
    planes = _colours(small)
    together, size_of = _together(planes, seen > 0, _TINT)
    tints = np.log([size_of[0] / size_of[1], size_of[2] / size_of[1]])
    return np.concatenate([*_described(planes, seen), together, tints])


def _colours(image: NDArray[np.float32]) -> list[Plane]:
    return [np.asarray(plane, np.float32) for plane in cv2.split(image)]


def _together(
    planes: list[Plane], inside: Mask, least: float
) -> tuple[list[float], list[float]]:
    # how the detail of pairs of colours goes together, and the size of each, at least
    # so much: a colour without detail divides by nothing else
    detail = [cv2.filter2D(plane, cv2.CV_32F, _LAPLACIAN)[inside] for plane in planes]
    spread = [one - one.mean() for one in detail]
    size_of = [float(np.sqrt((one**2).mean())) + least for one in spread]
    found = [
        float((spread[a] * spread[b]).mean()) / (size_of[a] * size_of[b])
        for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    return found, size_of


def _shrunk(inside: NDArray[np.uint8], rim: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.erode(inside, np.ones((rim, rim), np.uint8)), np.uint8)


def _described(
    colours: list[Plane], inside: NDArray[np.uint8]
) -> list[NDArray[np.float64]]:
    # the statistics of each colour. Colours lie one below the other, each in an edge
    # that filters see as its own and that counts nowhere: one pass serves them all
    n = cv2.countNonZero(inside)
    edged = [
        cv2.copyMakeBorder(one, 1, 1, 1, 1, cv2.BORDER_REFLECT101) for one in colours
    ]
    tall = np.concatenate(edged)
    mask = np.pad(inside, 1)
    weight = mask.ravel() / np.float32(n)
    places = _places(mask)
    parts: list[NDArray[Any]] = [np.stack([_bands(one, inside > 0) for one in colours])]
    for kernel in _KERNELS:
        found = np.asarray(cv2.filter2D(tall, cv2.CV_32F, kernel), np.float32)
        each = found.reshape(len(colours), *mask.shape)
        mean = each.reshape(len(each), -1) @ weight
        square, fourth = (
            np.array([cv2.norm(one, cv2.NORM_L2SQR, mask) for one in power]) / n
            for power in (each, each * each)
        )
        size_of = np.array([cv2.norm(one, cv2.NORM_L1, mask) for one in each]) / n
        spread = np.sqrt(np.maximum(0, square - mean**2)) + 1e-6
        parts.append(
            np.log(np.stack([spread, size_of + 1e-3, 1 + fourth / spread**4], axis=1))
        )
        steps = np.ones(len(each)), _RELATIVE * spread
        parts += [_neighbours(each, step, places) for step in steps]
    return list(np.concatenate(parts, axis=1))


def _places(inside: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # what to set of the byte of a pair, side by side and one above the other, shape
    # (2, H, W): a pair that is not wholly inside is none; and every column of eight
    # counts apart, for a counter raised pixel after pixel would wait for itself
    column = (np.arange(inside.shape[1]) % _APART * (_NONE + 1)).astype(np.uint8)
    place = np.full((2, *inside.shape), _NONE, np.uint8)
    place[0, :, 1:] *= 1 - (inside[:, 1:] & inside[:, :-1])
    place[1, 1:] *= 1 - (inside[1:] & inside[:-1])
    return place | column


def _neighbours(
    found: Plane, steps: NDArray[np.float64], places: NDArray[np.uint8]
) -> NDArray[np.float64]:
    # how often each pair of levels stands side by side or one above the other, of each
    # colour: levels are rounded, and cut at both ends, by one pass into bytes
    level = np.empty(found.shape, np.uint8)
    for one, step, into in zip(found, steps, level, strict=True):
        cv2.addWeighted(one, 1 / step, one, 0, _SIDE // 2, into, cv2.CV_8U)
        cv2.threshold(into, _SIDE - 1, 0, cv2.THRESH_TRUNC, dst=into)
    scaled = level * np.uint8(_SIDE)
    pair = np.empty((len(found), *places.shape), np.uint8)
    np.add(scaled[:, :, 1:], level[:, :, :-1], out=pair[:, 0, :, 1:])
    np.add(scaled[:, 1:], level[:, :-1], out=pair[:, 1, 1:])
    pair |= places  # which makes the edge, not written yet, none as well
    seen = pair.reshape(len(found), -1, found.shape[2])
    total = np.stack([cv2.calcHist([one], [0], None, [256], [0, 256]) for one in seen])
    apart = total.reshape(len(found), _APART, -1)
    counts = apart.sum(axis=1, dtype=float)[:, : _SIDE**2] @ _OF_ORBIT
    return np.asarray(
        np.log(counts / np.maximum(1, counts.sum(1, keepdims=True)) + 1e-4)
    )


def _bands(plane: Plane, inside: Mask) -> NDArray[np.float64]:
    # log energy by spatial frequency, the surround filled with the field's mean
    calm = (plane - plane[inside].mean()) * inside
    found = fft.rfft2(calm)
    power = np.square(found.real) + np.square(found.imag)
    place = _band_of(*plane.shape)
    energy = np.bincount(place, power.ravel(), minlength=_BANDS)
    counts = np.bincount(place, minlength=_BANDS)  # a small plane lacks some
    return np.asarray(np.log(energy / np.maximum(1, counts) + 1e-3))


@lru_cache(maxsize=4)
def _band_of(height: int, width: int) -> NDArray[np.intp]:
    rows, columns = np.fft.fftfreq(height), np.fft.rfftfreq(width)
    radius = np.hypot(rows[:, None], columns[None, :])
    place = np.minimum((radius / 0.5 * _BANDS).astype(np.intp), _BANDS - 1)
    return np.asarray(place.ravel())


def _blocks(plane: Plane, inside: Mask) -> float:
    # how much more neighbours differ across one of every eight columns
    step = np.abs(np.diff(plane, axis=1))
    use = inside[:, 1:] & inside[:, :-1]
    column = np.arange(step.shape[1]) % _BLOCK
    total = np.bincount(column, (step * use).sum(axis=0), minlength=_BLOCK)
    mean = total / np.maximum(1, np.bincount(column, use.sum(axis=0), _BLOCK))
    return float(np.log((mean.max() + 0.01) / (np.median(mean) + 0.01)))
