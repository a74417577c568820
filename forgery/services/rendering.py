"""From stored files to pixels: working images, manipulations, and both finished.

Both classes go the same way: ``prepare`` (originals) or the stored manipulation,
then ``finish``, then a reader profile. No torch here.
"""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage

from forgery.imaging import fundus, profiles
from forgery.imaging.fundus import Image
from forgery.models import FundusImage, Manipulation


def _read(name: str) -> Image:
    with default_storage.open(name, "rb") as handle:
        return fundus.decode(handle.read(), name=name)


def pixels(image: FundusImage) -> Image:
    """Read the stored square photograph: uint8 RGB, (S, S, 3)."""
    return _read(image.file.name)


def working(image: FundusImage, profile: profiles.Profile) -> Image:
    """Prepare a photograph: the manipulator's input, and the processed original."""
    return profiles.prepare(pixels(image), profile)


def manipulated(manipulation: Manipulation) -> Image:
    """Read a manipulation as stored, before the profile's final blur."""
    return _read(manipulation.file.name)


def profile_of(data: dict[str, Any]) -> profiles.Profile:
    """Rebuild the preprocessing profile stored with a manipulator."""
    return profiles.Profile.from_dict(data)


def finished_original(image: FundusImage, profile: profiles.Profile) -> Image:
    """Take an original through all that a manipulation goes through but forging."""
    return profiles.finish(working(image, profile), profile)


def finished_manipulation(manipulation: Manipulation) -> Image:
    """Finish a manipulation by the profile of its manipulator."""
    profile = profile_of(manipulation.manipulator.profile)
    return profiles.finish(manipulated(manipulation), profile)
