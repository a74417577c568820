"""Long work of this app; each task takes a job's id and calls one service."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils.translation import gettext as _

from forgery.services import jobs
from forgery.services.job_context import JobContext
from observers.models import Study

STEPS = 3
"""Of a report, after the scores: analysed, written, stored."""


@shared_task(name="observers.score_study")
def score_study(*, job_id: int) -> None:
    """Score a study's cases by a detector."""
    from observers.services import scoring

    jobs.run_job(job_id, scoring.score_work)


@shared_task(name="observers.simulate_readers")
def simulate_readers(*, job_id: int) -> None:
    """Let simulated readers read a study."""
    from observers.services import simulation

    jobs.run_job(job_id, simulation.simulate_work)


@shared_task(name="observers.make_report")
def make_report(*, job_id: int) -> None:
    """Score what is new, then make and store a report."""
    jobs.run_job(job_id, _make_report)


def _make_report(context: JobContext) -> dict[str, int]:
    """Score, compute and store, as a job's row says."""
    from observers.reports import body, bundle
    from observers.selectors import runs
    from observers.services import analysing, reporting, scoring

    arguments = context.job.arguments
    detector = arguments["detector"] or None
    if detector is not None:
        scoring.score_work(context)
    study = Study.objects.get(name=arguments["study"])
    settings = runs.asked(study, {**arguments, "detector": detector})
    context.progress(0, STEPS, _("analysing the ratings"))
    run = analysing.run_analysis(study=study, settings=settings, user=context.job.owner)
    context.progress(1, STEPS, _("writing tables, figures and files"))
    made = bundle.build(run, arguments.get("language"))
    context.progress(2, STEPS, _("storing the report"))
    report = reporting.store_report(
        study=study,
        run=run,
        detector=detector,
        made=reporting.Made(made.result, made.files, made.view),
        name=body.file_name,
    )
    context.progress(STEPS, STEPS, _("made"))
    return {"report": report.pk}


@shared_task(name="observers.check_images")
def check_images(*, job_id: int) -> None:
    """Check images that somebody sent, and print the check."""
    jobs.run_job(job_id, _check_images)


def _check_images(context: JobContext) -> dict[str, Any]:
    """Score, then print."""
    from django.core.files.storage import default_storage

    from observers.reports.check import render_check
    from observers.services import checking
    from observers.services.check_files import check_file

    result = checking.check_images(context)
    pictures = {}
    for row in result["images"]:
        for kind in ("view", "heat") if not row["problem"] else ():
            name = f"{kind}-{row['number']}.png"
            with default_storage.open(check_file(context.job.pk, name)) as stored:
                pictures[name] = stored.read()
    checking.keep_pdf(context.job.pk, render_check(result, pictures))
    return result
