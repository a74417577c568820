"""From stored files to pixels: one path for both classes."""

from __future__ import annotations

from forgery.imaging import fundus, profiles
from forgery.imaging.fundus import Image, Mask, field_of_view
from forgery.imaging.laundering import Laundering
from forgery.imaging.profiles import Profile, ReaderProfile
from forgery.models import FundusImage, Manipulation, Manipulator


def pixels(image: FundusImage) -> Image:
    """Read a stored photograph: square, lossless, RGB."""
    with image.file.open("rb") as stored:
        return fundus.decode(stored.read(), name=image.source_file)


def manipulated_pixels(manipulation: Manipulation) -> Image:
    """Read a manipulated image as the manipulator left it, before the last blur."""
    with manipulation.file.open("rb") as stored:
        return fundus.decode(stored.read(), name=f"manipulation {manipulation.pk}")


def mask_of(manipulation: Manipulation) -> Mask:
    """Read where an image was manipulated; the whole field where no mask was kept."""
    if not manipulation.mask:
        return field_of_view(manipulated_pixels(manipulation))
    with manipulation.mask.open("rb") as stored:
        return fundus.decode(stored.read(), name="mask")[..., 0] > 0


def profile_of_manipulator(manipulator: Manipulator) -> Profile:
    """Return the preprocessing that a manipulator was trained for."""
    return Profile.from_dict(manipulator.profile)


def profile_of(manipulation: Manipulation) -> Profile:
    """Return the preprocessing that a manipulation's manipulator was trained for."""
    return profile_of_manipulator(manipulation.manipulator)


def working(image: FundusImage, profile: Profile) -> Image:
    """Prepare a photograph: the manipulator's input."""
    return profiles.prepare(pixels(image), profile)


def manipulated(manipulation: Manipulation) -> Image:
    """Read a manipulated image as `working` is, before the last blur."""
    return manipulated_pixels(manipulation)


def finished_original(image: FundusImage, profile: Profile) -> Image:
    """Take a photograph through all that a forgery goes through but the forging."""
    return profiles.matched_original(pixels(image), profile)


def finished_manipulated(manipulation: Manipulation) -> Image:
    """Take a manipulated image through the post-processing both classes share."""
    finished = profiles.finish(
        manipulated_pixels(manipulation), profile_of(manipulation)
    )
    return Laundering.from_list(manipulation.laundering).apply(finished)


def as_seen_by_detector(finished: Image, reader: ReaderProfile) -> Image:
    """Render for readers, then view as a detector does: what it scores in a study."""
    return profiles.detector_view(reader.render_array(finished))
