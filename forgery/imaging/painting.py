"""What a trained painter makes of photographs, inside their fields of view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from forgery.imaging import profiles
from forgery.imaging.reconstruction import Images, with_grey

Masks = Sequence[NDArray[np.bool_]] | NDArray[np.bool_]

CHANGED = 0.1
"""Change map above which a pixel counts as manipulated; below, it stays as it was."""


RIM = 32
"""A forgery grows from the photograph over this part of the image's side: at the edge
of the retina light falls off steeply, and painters draw coloured rims there."""


@dataclass(frozen=True)
class Painted:
    """Forgeries, and which of their pixels are not the photographs'."""

    images: Images
    """Shape (N, S, S, 3)."""
    masks: NDArray[np.bool_]
    """Shape (N, S, S): the fields of view, or the change maps cut at `CHANGED`."""


@torch.no_grad()
def paint(
    network: nn.Module, images: Images, masks: Masks, *, colour_sigma: float
) -> Painted:
    """
    Manipulate photographs.

    Colours above a scale are restored, the surround is never painted, and the edge of
    the field of view is painted ever less.

    Parameters
    ----------
    network : torch.nn.Module
        The painter, on its device.
    images : ndarray of uint8, shape (N, S, S, 3)
        Photographs from `profiles.prepare`.
    masks : sequence of ndarray of bool, shape (S, S)
        Their fields of view.
    colour_sigma : float
        Scale in pixels above which colours are kept; 0 never.

    Returns
    -------
    Painted
        The forgeries and their masks.
    """
    device = next(network.parameters()).device
    forged = np.empty_like(images)
    changed = np.empty(images.shape[:3], bool)
    for i, (image, mask) in enumerate(zip(images, masks, strict=True)):
        # in full precision: half of it has 8 bits, a comb in the grey levels
        painted = network(with_grey(image[None]).to(device))
        planes = painted[0].float().permute(1, 2, 0).cpu().numpy()
        colours = planes[..., :3] * 255
        strength = _strength(mask)
        if colour_sigma > 0:
            colours = colours + _lost_colour(image - colours, strength, colour_sigma)
        colours = image + strength[..., None] * (colours - image)
        changed[i] = mask & _map(network, planes)
        rounded = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
        forged[i] = profiles.composite(rounded, image, changed[i])
    return Painted(forged, changed)


def change(forged: Images, images: Images, masks: Masks) -> float:
    """
    Measure how far forgeries are from their photographs.

    Parameters
    ----------
    forged, images : ndarray of uint8, shape (N, H, W, 3)
        Forgeries and photographs in the same order.
    masks : sequence of ndarray of bool, shape (H, W)
        Fields of view.

    Returns
    -------
    float
        Root mean square difference inside the fields of view, 0 to 255.
    """
    inside = np.asarray(masks)
    difference = forged[inside].astype(np.float64) - images[inside]
    return float(np.sqrt(np.mean(difference**2)))


@torch.no_grad()
def is_flat(network: nn.Module, sample: Images) -> bool:
    """
    Say whether the painter paints every photograph alike: its features have died.

    Parameters
    ----------
    network : torch.nn.Module
        The painter, on its device.
    sample : ndarray of uint8, shape (N, S, S, 3)
        Photographs.

    Returns
    -------
    bool
        True where the output does not depend on the input.
    """
    device = next(network.parameters()).device
    painted = network(with_grey(sample[:1]).to(device))[:, :3]
    return bool(painted.std(dim=(2, 3)).max() < 1e-3)


def _map(network: nn.Module, planes: NDArray[np.float32]) -> NDArray[np.bool_]:
    # the change map, where the painter has one; a grey channel is none
    if getattr(network.config, "maps", 0) == 0:
        return np.ones(planes.shape[:2], bool)
    return np.asarray(planes[..., 3] > CHANGED)


def _strength(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    # 0 outside and at the edge of the field of view, 1 from a rim's width inwards
    framed = np.pad(mask.astype(np.uint8), 1)  # the frame is an edge too
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    share = np.clip((depth - 1) * RIM / max(mask.shape), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _lost_colour(
    difference: NDArray[np.float32], weight: NDArray[np.float32], sigma: float
) -> NDArray[np.float32]:
    # Gaussian mean of the difference over what is painted
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    blurred = cv2.GaussianBlur(difference * weight[..., None], (0, 0), sigma)
    return np.asarray(blurred / np.maximum(total, 1e-3)[..., None], np.float32)
