"""Analyse a locked study and keep the result: no run is ever changed or removed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging.versions import code_version
from observers.analysis.analyse import analyse_by_lesion
from observers.analysis.analyse_options import Options
from observers.analysis.analyse_rows import plain
from observers.analysis.conduct import conduct
from observers.analysis.readings import Readings
from observers.analysis.standalone_verdict import verdict_rows
from observers.analysis.tidy import from_rows
from observers.exceptions import WrongState
from observers.models import AnalysisRun, Study
from observers.selectors import runs
from observers.selectors.readings import UNAIDED, data_hash
from observers.selectors.runs import RunSettings
from observers.selectors.scores import DETECTOR
from observers.services.audit import record
from observers.services.result_hash import result_hash


def run_analysis(
    *, study: Study, settings: RunSettings, user: Any | None
) -> AnalysisRun:
    """Analyse the locked ratings by the settings, and store settings and result."""
    check_evidence(study)
    check_readers(study, settings)
    result = analysed(study, settings)
    with transaction.atomic():
        run = AnalysisRun.objects.create(
            study=study,
            kind=runs.kind_of(study, settings),
            options=settings.to_dict(),
            result=result,
            result_hash=result_hash(result),
            data_hash=study.lock.data_hash,
            code_version=code_version(),
            made_by=user,
        )
        detail = {"kind": run.kind, **run.options, "result_hash": run.result_hash}
        record(study=study, user=user, verb="analysed", detail=detail)
    return run


def check_evidence(study: Study) -> None:
    """Refuse ratings that may still change, or are not those of the lock."""
    if study.state != Study.State.LOCKED:
        msg = _("Study {study} is {state}: lock it before asking for results.")
        raise WrongState(msg.format(study=study.name, state=study.state))
    if data_hash(study) != study.lock.data_hash:
        msg = _("The ratings of {study} are not those that were locked.")
        raise WrongState(msg.format(study=study.name))


def check_readers(study: Study, settings: RunSettings) -> None:
    """Refuse to leave out who did not read, or everybody."""
    known = set(study.enrolments.values_list("pseudonym", flat=True))
    unknown = sorted(set(settings.left_out) - known)
    if unknown:
        msg = _("No reader is called {name}.").format(name=unknown[0])
        raise WrongInput(msg)
    if known <= set(settings.left_out):
        raise WrongInput(_("An analysis needs at least one reader."))


def analysed(study: Study, settings: RunSettings) -> dict[str, Any]:
    """Compute every number of a run as plain data."""
    readings = runs.used_readings(study, settings)
    has_detector = DETECTOR in readings.modalities
    options = Options(
        standalone=f"modality:{DETECTOR}" if has_detector else None,
        covariance=settings.covariance,
        alpha=settings.alpha,
        margin=settings.margin or None,
        seed=settings.seed,
    )
    found = analyse_by_lesion(readings, options)
    found["hypothesis"] = verdict_rows(
        found, settings.hypothesis, settings.margin, settings.alpha
    )
    found["conduct"] = _conduct(study, settings, readings)
    return dict(plain(found))


def _conduct(study: Study, settings: RunSettings, readings: Readings) -> dict[str, Any]:
    """Describe how the readers read: agreement, calibration, time."""
    own = readings.select(modality=UNAIDED)
    again = runs.repeated_rows(study, settings.left_out)
    probability = {}
    if settings.detector is not None:
        probability = runs.detector_probabilities(study, settings.detector)
    return conduct(
        own,
        runs.timed_readings(study, settings.left_out),
        repeated=from_rows(iter(again), source=study.name) if again else None,
        scale=float(study.rules.scale.maximum),
        probability=[probability.get(case) for case in own.cases],
        alpha=settings.alpha,
    )
