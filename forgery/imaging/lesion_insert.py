"""`lesion-insert`: draw findings into a photograph, with their exact mask.

Findings lie where anatomy puts them, take their colours from the photograph
itself (blood from its vessels, exudates and cup from its disc), are softened as its
optics would, sharpened if it was, and get its own grain back where they cover it.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from forgery.imaging import blending, finding_shapes, profiles, shapes
from forgery.imaging.field import Image, Mask
from forgery.imaging.forged import Forged, NothingToForge, Scene, sealed
from forgery.imaging.retina import DISC_RADIUS, Plane, Retina, examine

OF_LESION: Mapping[str, tuple[str, ...]] = {
    "diabetic-retinopathy": ("hard-exudates", "haemorrhages", "microaneurysms"),
    "macular-degeneration": ("drusen",),
    "glaucoma": ("cup",),
}
"""The findings of each lesion that can be inserted."""
_BLOOD = np.array([0.84, 0.6, 0.74], np.float32)  # where a photograph shows no vessel
_KEPT = {"cup": 1.0, "drusen": 0.8, "hard-exudates": 0.35}
_KEPT_IN_BLOOD = 0.5
_STEP = 0.45  # grey levels: a pixel changed by less is left alone


def forge(image: Image, scene: Scene, rng: np.random.Generator) -> Forged:
    """
    Insert findings of a lesion that the photograph does not show.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        A prepared photograph.
    scene : Scene
        Its lesion, and the lesion or findings wanted.
    rng : numpy.random.Generator
        Source of everything drawn.

    Returns
    -------
    Forged
        The forgery; its parameters name the findings and their numbers.

    Raises
    ------
    NothingToForge
        If no finding could be placed.
    """
    retina = examine(image)
    target, keys = _wanted(scene, rng)
    painted = image.astype(np.float32)
    region = np.zeros(retina.field.shape, bool)
    counts = {}
    for key in sorted(keys, key=list(finding_shapes.KINDS).index):
        finding = finding_shapes.draw(key, retina, rng)
        counts[key] = len(finding.shapes)
        soft = max(0.55, finding.soft * retina.radius)
        cover = shapes.fill(finding.shapes, retina.field.shape, soft=soft)
        delta = added(image, retina, key, cover, rng)
        delta = profiles.sharpened(delta) if scene.is_sharpened else delta
        seen = (np.abs(delta).max(axis=2) >= _STEP) & retina.field
        painted += np.where(seen[..., None], delta, 0)
        region |= seen
    if not any(counts.values()):
        msg = "no finding could be placed in the photograph"
        raise NothingToForge(msg)
    return sealed(
        image,
        blending.rounded(painted),
        region,
        target=target,
        parameters={"findings": counts},
    )


def _wanted(scene: Scene, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
    if scene.findings:
        return _lesion_of(scene.findings[0]), scene.findings
    others = [lesion for lesion in OF_LESION if lesion != scene.lesion]
    target = scene.target or others[int(rng.integers(len(others)))]
    if target not in OF_LESION:
        msg = f"{target} has no findings to insert; use {', '.join(OF_LESION)}"
        raise NothingToForge(msg)
    keys = OF_LESION[target]
    taken = tuple(key for key in keys if rng.random() < 0.7)
    return target, taken or (keys[int(rng.integers(len(keys)))],)


def _lesion_of(finding: str) -> str:
    for lesion, keys in OF_LESION.items():
        if finding in keys:
            return lesion
    known = ", ".join(key for keys in OF_LESION.values() for key in keys)
    msg = f"no finding {finding!r} can be inserted; use {known}"
    raise NothingToForge(msg)


def added(
    image: Image, retina: Retina, key: str, cover: Plane, rng: np.random.Generator
) -> Plane:
    """
    Say what findings of one kind add to each pixel of an unsharpened photograph.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        The photograph.
    retina : Retina
        Its landmarks.
    key : str
        The finding, one of `finding_shapes.KINDS`.
    cover : ndarray of float32, shape (H, W)
        How much of it is seen, 0 to 1.
    rng : numpy.random.Generator
        Source of grain and colour.

    Returns
    -------
    ndarray of float32, shape (H, W, 3)
        Grey levels to add, not rounded.
    """
    if key == "cup":
        return _cup(image, retina, cover)
    kept = _KEPT.get(key, _KEPT_IN_BLOOD)
    pixels = image.astype(np.float32)
    base = cv2.GaussianBlur(retina.ground, (0, 0), 1.0)
    texture = np.clip(pixels - base, -14, 14)
    colour = _colour(key, image, retina, rng)
    painted = colour + np.float32(kept) * texture
    extra = blending.grain(image, retina.field, rng)
    laid = blending.touch_up(image, painted, cover, extra * 0.7, kept=kept)
    return np.asarray(laid - pixels, np.float32)


def _colour(key: str, image: Image, retina: Retina, rng: np.random.Generator) -> Plane:
    ground = retina.ground
    if key in ("haemorrhages", "microaneurysms"):
        depth = float(rng.uniform(0.8, 1.25))
        return np.asarray(ground * _blood(image, retina) ** np.float32(depth))
    bright = _bright(image, retina)
    share = float(rng.uniform(0.5, 0.8)) if key == "hard-exudates" else 0.23
    # yellow: little of the disc's blue, red enough never to look green
    shares = share * np.array([1.05, 0.95, 0.55], np.float32)
    return np.asarray(ground + shares * np.maximum(bright - ground, 18), np.float32)


def _blood(image: Image, retina: Retina) -> Plane:
    # How much light blood takes away here: the darker half of the vessels' pixels.
    ratio = image[retina.vessels] / np.maximum(retina.ground[retina.vessels], 8)
    if len(ratio) < 0.004 * retina.field.sum():
        return _BLOOD
    dark = ratio[ratio[:, 1] <= np.median(ratio[:, 1])]
    gain = np.clip(np.median(dark, axis=0), 0.4, 0.92)
    gain[0] = max(gain[0], 0.72, gain[1] + 0.12)  # blood is red in any light
    return gain.astype(np.float32)


def _bright(image: Image, retina: Retina) -> Plane:
    # The colour of the disc's brightest quarter.
    disc = (retina.distance(retina.disc) < DISC_RADIUS) & retina.field
    inside = image[disc].astype(np.float32)
    brightest = inside[inside[:, 1] >= np.percentile(inside[:, 1], 75)]
    return np.asarray(np.median(brightest, axis=0), np.float32)


def _cup(image: Image, retina: Retina, cover: Plane) -> Plane:
    # Lift the rim to the cup's colour; vessels and grain ride on it unchanged.
    disc: Mask = (retina.distance(retina.disc) < 1.1 * DISC_RADIUS) & retina.field
    calm = cv2.GaussianBlur(image, (0, 0), 0.03 * retina.radius).astype(np.float32)
    lifted = np.maximum(_bright(image, retina) * np.float32(1.02) - calm, 0)
    # where a vessel crosses, the lift is what its neighbours get
    lifted = cv2.GaussianBlur(lifted * disc[..., None], (0, 0), 0.02 * retina.radius)
    return np.asarray(lifted * cover[..., None], np.float32)
