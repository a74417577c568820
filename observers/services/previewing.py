"""A few cases rendered for a preview: of patients whom no reader will be shown."""

from __future__ import annotations

from forgery.imaging import profiles
from forgery.models import FundusImage, Reservation
from observers.models import Study
from observers.services import sets

SHOWN = 4
Role = Reservation.Role


def cases(study: Study) -> list[FundusImage]:
    """Choose some photographs of the study's lesions, the same every time."""
    found = (
        FundusImage.objects.filter(
            pool=study.pool, lesion__in=study.rules.lesions, excluded_because=""
        )
        .exclude(cluster__reservation__role=Role.OPT)
        .select_related("cluster__reservation")
        .defer("thumbnail", "measures")
        .order_by("content_hash")
    )
    apart = found.exclude(cluster__reservation__role=Role.CROSSFIT)[:SHOWN]
    return list(apart) or list(found[:SHOWN])


def count(study: Study) -> int:
    """Say how many cases the preview has."""
    return len(cases(study))


def render(study: Study, n: int) -> bytes | None:
    """Render a case by the study's own profile; every second one manipulated."""
    chosen = cases(study)
    if n >= len(chosen):
        return None
    image = chosen[n]
    made = image.manipulations.select_related("manipulator").order_by("pk").first()
    profile = profiles.PAPER
    if made is not None:
        profile = profiles.Profile.from_dict(made.manipulator.profile)
    forged = made if n % 2 else None
    return sets.rendered(sets.Drawn(image.lesion, image, forged, profile), study.rules)
