"""Render a phantom: patient, anatomy, retina, findings, photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forgery.imaging.phantom.anatomy import Anatomy, draw_anatomy
from forgery.imaging.phantom.camera import photograph
from forgery.imaging.phantom.canvas import Canvas
from forgery.imaging.phantom.disc import cup_mask, paint_disc
from forgery.imaging.phantom.findings import draw_findings, paint_finding
from forgery.imaging.phantom.ground import lay_ground
from forgery.imaging.phantom.patients import Patient, draw_patient
from forgery.imaging.phantom.vessel_paint import ARTERY, VEIN, paint_vessels
from forgery.imaging.phantom.vessels import grow

LESIONS = ("normal", "glaucoma", "diabetic-retinopathy", "macular-degeneration")
EYES = ("right", "left")
LEAST_SIZE = 32
_ARTERY_WIDTH, _VEIN_WIDTH = 0.025, 0.033

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Phantom:
    """A synthetic fundus photograph and all that is true of it."""

    image: NDArray[np.uint8]
    """RGB, shape (size, size, 3)."""
    finding_masks: dict[str, Mask]
    """Mask, shape (size, size), of each kind of finding; empty when normal."""
    lesion: str
    eye: str
    disc: tuple[float, float]
    """Centre of the optic disc, (x, y) in pixels."""
    disc_radius: float
    """Vertical radius of the disc in pixels."""
    cup_to_disc: float
    """Vertical cup-to-disc ratio."""
    fovea: tuple[float, float]
    """Centre of the fovea, (x, y) in pixels."""


def make(
    lesion: str,
    seed: int,
    *,
    size: int = 512,
    eye: str = "right",
    patient_seed: int | None = None,
) -> Phantom:
    """
    Make one synthetic fundus photograph.

    With the same seed and patient, all lesions share eye and camera: only the
    findings differ.

    Parameters
    ----------
    lesion : str
        One of ``LESIONS``.
    seed : int
        Not negative; same arguments, same bytes.
    size : int, default 512
        Side in pixels, at least 32.
    eye : str, default 'right'
        'right' or 'left'; a left eye is laid out in the mirror.
    patient_seed : int, optional
        Not negative; eyes made with the same one share pigment, choroid and vessel
        calibre.  Without it, ``seed`` stands for the patient too.

    Returns
    -------
    Phantom
        The photograph, its findings' masks and its landmarks.

    Raises
    ------
    ValueError
        If lesion or eye is unknown, or size or a seed is too small.
    """
    owner = seed if patient_seed is None else patient_seed
    _check(lesion, eye, size, min(seed, owner))
    canvas = Canvas(size)
    patient = draw_patient(owner)
    anatomy = draw_anatomy(seed, patient, glaucoma=lesion == "glaucoma")
    planes = lay_ground(canvas, patient, anatomy, seed)
    masks = _paint(planes, canvas, patient, anatomy, (lesion, seed))
    if eye == "left":
        planes = np.ascontiguousarray(planes[:, :, ::-1])
        masks = {key: mask[:, ::-1].copy() for key, mask in masks.items()}
    image = photograph(planes, canvas, seed)
    return Phantom(
        image=image,
        finding_masks=masks,
        lesion=lesion,
        eye=eye,
        disc=_pixel(anatomy.disc, size, eye),
        disc_radius=anatomy.disc_radius * size / 2,
        cup_to_disc=anatomy.cup_ratio,
        fovea=_pixel(anatomy.fovea, size, eye),
    )


def _paint(
    planes: NDArray[np.float32],
    canvas: Canvas,
    patient: Patient,
    anatomy: Anatomy,
    key: tuple[str, int],
) -> dict[str, Mask]:
    # Paint findings, disc and vessels in the order of their depth; return masks.
    lesion, seed = key
    findings = draw_findings(lesion, canvas, anatomy, seed)
    masks: dict[str, Mask] = {}
    for finding in findings:
        if not finding.over_vessels:
            masks[finding.key] = paint_finding(planes, canvas, finding)
    paint_disc(planes, canvas, patient, anatomy, seed)
    veins = grow(anatomy, seed, width=_VEIN_WIDTH * patient.calibre, kind=1)
    arteries = grow(anatomy, seed, width=_ARTERY_WIDTH * patient.calibre, kind=0)
    paint_vessels(planes, canvas, anatomy, veins, VEIN)
    paint_vessels(planes, canvas, anatomy, arteries, ARTERY)
    for finding in findings:
        if finding.over_vessels:
            masks[finding.key] = paint_finding(planes, canvas, finding)
    if lesion == "glaucoma":
        masks["enlarged-cup"] = cup_mask(canvas, anatomy) > np.float32(0.5)
    return masks


def _check(lesion: str, eye: str, size: int, least_seed: int) -> None:
    # Refuse arguments that cannot be drawn, in words for the caller.
    if lesion not in LESIONS:
        msg = f"no phantom of {lesion!r}; known lesions: {', '.join(LESIONS)}"
        raise ValueError(msg)
    if eye not in EYES:
        msg = f"no {eye!r} eye; known eyes: {', '.join(EYES)}"
        raise ValueError(msg)
    if size < LEAST_SIZE:
        msg = f"a phantom needs at least {LEAST_SIZE} pixels a side, not {size}"
        raise ValueError(msg)
    if least_seed < 0:
        msg = f"a phantom's seed cannot be negative, but is {least_seed}"
        raise ValueError(msg)


def _pixel(place: tuple[float, float], size: int, eye: str) -> tuple[float, float]:
    # Turn a place of the right eye into pixels of the eye asked for.
    x = -place[0] if eye == "left" else place[0]
    return (x + 1) * size / 2 - 0.5, (place[1] + 1) * size / 2 - 0.5
