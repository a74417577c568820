"""Score a study's very cases by a detector, and both twins of every test cluster.

Truth is used here to say which manipulator made a case, so that the detector may
refuse a cluster it has seen; nothing of it reaches a reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from detector.models import DetectorScore
from detector.services.scoring import Scorable, score
from detector.services.shipped import NAME, family_of
from forgery.exceptions import WrongInput
from forgery.imaging import fundus, profiles
from forgery.imaging.fundus import Image
from forgery.imaging.profiles import Profile, ReaderProfile
from forgery.models import FundusImage, Manipulation, Reservation
from forgery.services import rendering
from forgery.services.job_context import JobContext
from observers.models import Case, CaseTruth, OptSet, Study
from observers.services.audit import record
from observers.services.heatmaps import draw_heatmaps
from observers.services.seen import seen_in

View = DetectorScore.View
Role = Reservation.Role
TEST_ROLES = (Role.OPT, Role.TEST, Role.CROSSFIT)


def score_study(
    study: Study, detector: str, progress: Callable[[int, int], None]
) -> dict[str, int]:
    """
    Score the study's cases as shown, and the pool's test twins in both views.

    Returns the number of images scored by view.
    """
    if study.state == Study.State.DRAFT:
        msg = _("Study {study} has no cases yet: freeze it first.")
        raise WrongInput(msg.format(study=study.name))
    family = family_of(detector, study.pool)
    truths = list(_truths(study))
    shown = [_shown(truth) for truth in truths]
    counts = {View.READER: len(score(family, shown, View.READER, progress))}
    forged = test_manipulations(study)
    if detector == NAME:
        learned = seen_in(study.pool)
        forged = [one for one in forged if one.source.cluster_id not in learned]
    for view in (View.MATCHED, View.UNMATCHED):
        items = twins(study, forged, view)
        counts[view] = len(score(family, items, view, progress))
    cases = [truth.case for truth in truths]
    draw_heatmaps(study, family, list(zip(cases, shown, strict=True)))
    with transaction.atomic():
        record(study=study, user=None, verb="scored", detail={"detector": detector})
    return {view.value: n for view, n in counts.items()}


def score_work(context: JobContext) -> dict[str, Any]:
    """Score as a job's row says."""
    arguments = context.job.arguments
    study = Study.objects.get(name=arguments["study"])

    def progress(done: int, total: int) -> None:
        context.stop_if_asked()
        context.progress(done, total)

    return {"scored": score_study(study, arguments["detector"], progress)}


def _truths(study: Study) -> Iterable[CaseTruth]:
    """Read every case with its truth, in the order of codes."""
    return (
        CaseTruth.objects.filter(
            case__opt_set__study=study, case__opt_set__block=OptSet.Block.MAIN
        )
        .select_related(
            "case", "image__cluster__reservation", "manipulation__manipulator"
        )
        .order_by("case__code")
    )


def _shown(truth: CaseTruth) -> Scorable:
    """Score the case's own file: what a reader sees."""
    return Scorable(truth.image, truth.manipulation, partial(_case_pixels, truth.case))


def _case_pixels(case: Case) -> Image:
    """Read a case's file as a detector sees it."""
    with case.file.open("rb") as stored:
        return profiles.detector_view(fundus.decode(stored.read(), name=case.code))


def test_manipulations(study: Study) -> list[Manipulation]:
    """
    Find one manipulated image for each cluster that no training saw.

    Only those of the study's own manipulators, of the image that Table 1 counts
    first; cross-fitted clusters by the manipulator that held their fold out.
    """
    rows = (
        Manipulation.objects.filter(
            manipulator__name__in=study.rules.manipulators,
            source__pool=study.pool,
            source__excluded_because="",
            source__cluster__reservation__role__in=TEST_ROLES,
        )
        .select_related("manipulator", "source__cluster__reservation")
        .order_by("source__content_hash", "manipulator_id")
    )
    found: dict[int, Manipulation] = {}
    for row in rows:
        cluster = row.source.cluster
        fold = row.manipulator.held_out_fold
        if cluster.reservation.fold in (None, fold):
            found.setdefault(cluster.pk, row)
    return list(found.values())


def twins(study: Study, forged: list[Manipulation], view: str) -> list[Scorable]:
    """Pair each manipulated image with its own original, processed for a view."""
    reader = ReaderProfile.from_dict(study.rules.to_dict()["reader_profile"])
    items = []
    for one in forged:
        profile = rendering.profile_of(one)
        original = partial(_original, one.source, profile, view, reader)
        manipulated = partial(_manipulated, one, reader)
        items.append(Scorable(one.source, None, original))
        items.append(Scorable(one.source, one, manipulated))
    return items


def _original(
    image: FundusImage, profile: Profile, view: str, reader: ReaderProfile
) -> Image:
    """Render an original; the unmatched view leaves the shared last blur out."""
    if view == View.UNMATCHED:
        finished = rendering.working(image, profile)
    else:
        finished = rendering.finished_original(image, profile)
    return rendering.as_seen_by_detector(finished, reader)


def _manipulated(one: Manipulation, reader: ReaderProfile) -> Image:
    """Render a manipulated image."""
    return rendering.as_seen_by_detector(rendering.finished_manipulated(one), reader)
