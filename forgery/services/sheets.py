"""Pictures of a pool: thumbnails, contact sheets, the thresholds' histograms.

Sheets and histograms are files in storage, named by the pool's data hash, so they
are made once for each state of a pool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging import domain as domains
from forgery.imaging import evidence, fundus
from forgery.imaging.contact_sheet import contact_sheet
from forgery.imaging.selection import Measures
from forgery.models import FundusImage, Manipulation, Pool
from forgery.services.rendering import (
    finished_manipulated,
    finished_original,
    mask_of,
    pixels,
    profile_of,
)

THUMBNAIL = 160  # pixels
TILE = 128  # pixels
SIDES = ("raw", "original", "manipulated")
EVIDENCE = ("mask", "difference", "spectrum", "spectrum-original")
"""Pictures of what a manipulation changed."""


def thumbnail(image: FundusImage) -> bytes:
    """Shrink a stored photograph to a PNG, once for its content."""
    digest = image.content_hash
    path = f"thumbnails/{digest[:2]}/{digest}.png"
    if default_storage.exists(path):
        with default_storage.open(path, "rb") as handle:
            return bytes(handle.read())
    data = fundus.encode_png(fundus.resize(pixels(image), THUMBNAIL))
    default_storage.save(path, ContentFile(data))
    return data


def side_of(manipulation: Manipulation, side: str) -> bytes:
    """Draw one side of before and after, at working size, as PNG."""
    if side == "manipulated":
        return fundus.encode_png(finished_manipulated(manipulation))
    profile = profile_of(manipulation)
    if side == "original":
        return fundus.encode_png(finished_original(manipulation.source, profile))
    squared = fundus.square(pixels(manipulation.source), size=profile.size)
    return fundus.encode_png(squared)


def evidence_of(manipulation: Manipulation, kind: str) -> bytes:
    """Draw mask, difference or spectrum of a manipulated image as PNG."""
    forged = finished_manipulated(manipulation)
    if kind == "mask":
        return fundus.encode_png(evidence.outlined(forged, mask_of(manipulation)))
    if kind == "spectrum":
        return fundus.encode_png(evidence.spectrum(forged))
    profile = profile_of(manipulation)
    original = finished_original(manipulation.source, profile)
    if kind == "difference":
        return fundus.encode_png(evidence.difference(original, forged))
    return fundus.encode_png(evidence.spectrum(original))


def spectrum_of(image: FundusImage) -> bytes:
    """Draw the spectrum of a photograph at working size as PNG."""
    squared = fundus.square(pixels(image), size=domains.FUNDUS.working_size)
    return fundus.encode_png(evidence.spectrum(squared))


def photograph(image: FundusImage) -> bytes:
    """Draw a photograph at the size of a reader's image as PNG."""
    size = domains.FUNDUS.display_size
    return fundus.encode_png(fundus.resize(pixels(image), size))


def make_all(pool: Pool) -> list[str]:
    """Make a pool's files: a contact sheet a lesion, and the histograms."""
    lesions = domains.get(pool.domain).lesion_keys
    return [sheet(pool, key) for key in lesions] + [thresholds(pool)]


def sheet(pool: Pool, lesion: str) -> str:
    """Make, or find, the contact sheet of a lesion's included images."""
    return _once(pool, f"{lesion}.png", lambda: _draw_sheet(pool, lesion))


def thresholds(pool: Pool) -> str:
    """Make, or find, the histograms of a pool's measures with their bounds."""
    return _once(pool, "thresholds.png", lambda: _draw_thresholds(pool))


def _once(pool: Pool, name: str, draw: Callable[[], bytes]) -> str:
    path = f"sheets/{pool.name}/{pool.data_hash[:16]}/{name}"
    if not default_storage.exists(path):
        data = draw()
        return default_storage.save(path, ContentFile(data))
    return path


def _draw_sheet(pool: Pool, lesion: str) -> bytes:
    found = pool.images.filter(lesion=lesion, excluded_because="").order_by("id")
    images = list(found.select_related("cluster"))
    kind = " (synthetic phantom)" if pool.is_synthetic else ""
    title = f"{pool.name}: {lesion}, n = {len(images)}{kind}"
    small = [fundus.resize(pixels(image), TILE) for image in images]
    captions = [image.cluster.name for image in images]
    return contact_sheet(small, captions, side=TILE, title=title)


def _draw_thresholds(pool: Pool) -> bytes:
    measures = list(_measures(pool))
    if not measures:
        raise WrongInput(
            _("Pool {pool} holds no measured image.").format(pool=pool.name)
        )
    # Imported when drawn: matplotlib is slow to load, and the web process starts often.
    from forgery.imaging.selection_figure import threshold_figure

    return threshold_figure(measures, kind="png")


def _measures(pool: Pool) -> Iterable[Measures]:
    for row in pool.images.order_by("id").values_list("measures", flat=True):
        if row:
            yield Measures(**row)
