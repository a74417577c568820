"""Long work as rows: start, claim, run, resume after a crash, cancel, retry.

A job's kind is the name of its Celery task. Pages make the row and send the id
when the transaction has committed; nothing here imports a task. A row is claimed
by one conditional update, so a message that arrives twice does no harm. A job
whose worker died is queued again and goes on from its folder, at most three
attempts in all.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, TextIO

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from tqdm import tqdm

from forgery.exceptions import SENTENCES, JobBusy, JobCancelled
from forgery.imaging.errors import TrainingCancelled
from forgery.models import Job
from forgery.policies import User, check_can_cancel_job
from forgery.services.job_context import JobContext, beating
from forgery.services.processes import is_known_dead, this_worker

Work = Callable[[JobContext], dict[str, Any]]
State = Job.State
STALE_AFTER = timedelta(seconds=60)
CANCELS = (JobCancelled, TrainingCancelled)

__all__ = [
    "JobContext",
    "cancel",
    "requeue_stale",
    "retry",
    "run_inline",
    "run_job",
    "start_job",
]


def start_job(*, kind: str, arguments: dict[str, Any], owner: User | None) -> Job:
    """Make a job's row and send its id to a worker once the row is committed."""
    job = Job.objects.create(
        kind=kind,
        arguments=arguments,
        owner=owner,  # type: ignore[misc]
        language=get_language() or "",
    )
    transaction.on_commit(lambda: _send(job))
    return job


def _send(job: Job) -> None:
    """Send a queued job's id; a broker that is down only delays the job."""
    try:
        current_app.send_task(job.kind, kwargs={"job_id": job.pk})
    except OSError as error:
        job.message = _(
            "The queue could not be reached ({error}); trying again later."
        ).format(error=error)
        Job.objects.filter(pk=job.pk).update(message=job.message[:500])
    else:
        Job.objects.filter(pk=job.pk, state=State.QUEUED).update(
            heartbeat=timezone.now()
        )


def run_job(job_id: int, work: Work) -> None:
    """Run a queued job in this process; a second call for the same job is void."""
    job = _claim(job_id)
    if job is None:
        return
    with spoken(job):
        try:
            _perform(job, work, JobContext(job))
        except SENTENCES as error:
            _finish(job, State.FAILED, message=str(error))
        except Exception as error:  # noqa: BLE001 - the last place that can tell the user
            _append_log(job, traceback.format_exc())
            _finish(job, State.FAILED, message=_apology(error))


def spoken(job: Job) -> AbstractContextManager[Any]:
    """Say what a worker has to say in the language of whoever started the job."""
    return translation.override(job.language or settings.LANGUAGE_CODE)


def run_inline(
    *, kind: str, arguments: dict[str, Any], work: Work, stream: TextIO
) -> Job:
    """
    Run a command's work as a job in this process, with a bar on the terminal.

    The same kind and arguments take up an unfinished job where it stopped.
    Errors are recorded on the row and raised again for the command to say.
    """
    job = _claim(_unfinished_or_new(kind, arguments).pk)
    if job is None:
        raise JobBusy(
            _("{kind} was taken by another worker just now; see its job.").format(
                kind=kind
            )
        )
    try:
        with _bar(kind, stream) as bar:
            _perform(job, work, JobContext(job, bar), reraise=True)
    except KeyboardInterrupt:
        _finish(job, State.CANCELLED, message=_("Interrupted; run it again to go on."))
        raise
    except SENTENCES as error:
        _finish(job, State.FAILED, message=str(error))
        raise
    except Exception as error:
        _append_log(job, traceback.format_exc())
        _finish(job, State.FAILED, message=_apology(error))
        raise
    return job


def _bar(kind: str, stream: TextIO) -> tqdm[Any]:
    """Make a bar that shows on a terminal and is silent anywhere else."""
    title = kind.rpartition(".")[2]
    return tqdm(desc=title, file=stream, disable=None, leave=False, dynamic_ncols=True)


def requeue_stale(*, now_dead_only: bool = False) -> list[Job]:
    """
    Queue jobs again whose worker died, and send ids that may have been lost.

    With ``now_dead_only`` only jobs are taken whose process is known to be gone.
    """
    limit = timezone.now() - STALE_AFTER
    stale = Q(heartbeat__lt=limit) | Q(heartbeat__isnull=True)
    sent_again = []
    for job in Job.objects.filter(state=State.RUNNING):
        is_stale = not now_dead_only and (not job.heartbeat or job.heartbeat < limit)
        if (is_stale or is_known_dead(job.worker)) and _requeue(job):
            sent_again.append(job)
    if not now_dead_only:
        sent_again += Job.objects.filter(
            stale, state=State.QUEUED, created_at__lt=limit
        )
    _send_all(sent_again)
    return sent_again


def cancel(job: Job, user: User) -> None:
    """Ask a running job to stop at its next step; end a queued one at once."""
    check_can_cancel_job(user, job)
    waiting = Job.objects.filter(pk=job.pk, state=State.QUEUED)
    ended = waiting.update(
        state=State.CANCELLED,
        is_cancel_requested=True,
        finished_at=timezone.now(),
        message=_("Cancelled before it began."),
    )
    if not ended:
        Job.objects.filter(pk=job.pk, state=State.RUNNING).update(
            is_cancel_requested=True
        )
    job.refresh_from_db()


def retry(job: Job, user: User) -> None:
    """Queue a failed or cancelled job again; it goes on from its checkpoint."""
    check_can_cancel_job(user, job)
    if _reset(job):
        transaction.on_commit(lambda: _send(job))


def _reset(job: Job) -> bool:
    """Make an unfinished job as good as new, but for its folder and log."""
    over = Job.objects.filter(pk=job.pk, state__in=[State.FAILED, State.CANCELLED])
    changed = over.update(
        state=State.QUEUED,
        attempts=0,
        is_cancel_requested=False,
        finished_at=None,
        message="",
    )
    job.refresh_from_db()
    return bool(changed)


def _claim(job_id: int) -> Job | None:
    """Take a queued job for this process; ``None`` when it is not to be had."""
    now = timezone.now()
    free = Job.objects.filter(
        pk=job_id, state=State.QUEUED, attempts__lt=Job.MAX_ATTEMPTS
    )
    claimed = free.update(
        state=State.RUNNING,
        attempts=F("attempts") + 1,
        worker=this_worker(),
        heartbeat=now,
        started_at=now,
        finished_at=None,
        message="",
    )
    return Job.objects.get(pk=job_id) if claimed else None


def _perform(
    job: Job, work: Work, context: JobContext, *, reraise: bool = False
) -> None:
    """Do the work under a heartbeat and store its result or its cancellation."""
    try:
        with beating(job):
            result = work(context)
    except CANCELS:
        _finish(job, State.CANCELLED, message=_("Cancelled; its checkpoint is kept."))
        if reraise:
            raise
    else:
        _finish(job, State.DONE, result=result, message="")


def _finish(job: Job, state: Job.State, **fields: Any) -> None:
    """End a running job, if this worker still holds it."""
    if "message" in fields:
        fields["message"] = fields["message"][:500]
    Job.objects.filter(pk=job.pk, state=State.RUNNING, worker=job.worker).update(
        state=state, finished_at=timezone.now(), heartbeat=timezone.now(), **fields
    )
    job.refresh_from_db()


def _append_log(job: Job, text: str) -> None:
    job.refresh_from_db(fields=["log"])
    Job.objects.filter(pk=job.pk).update(log=f"{job.log}{text}\n")


def _apology(error: Exception) -> str:
    return _(
        "The program failed ({name}: {error}). Nothing else is lost; see the log."
    ).format(name=type(error).__name__, error=error)


def _requeue(job: Job) -> bool:
    """Give a dead worker's job back, or end it after its last attempt."""
    held = Job.objects.filter(pk=job.pk, state=State.RUNNING, worker=job.worker)
    if job.is_cancel_requested:
        held.update(state=State.CANCELLED, finished_at=timezone.now())
        return False
    if job.attempts >= Job.MAX_ATTEMPTS:
        with spoken(job):
            text = _("Its worker died {n} times; see the log, then retry.")
        held.update(
            state=State.FAILED,
            finished_at=timezone.now(),
            message=text.format(n=job.attempts),
        )
        return False
    with spoken(job):
        text = _("Taken up again.")
    return bool(held.update(state=State.QUEUED, message=text))


def _send_all(jobs: Iterable[Job]) -> None:
    for job in jobs:
        transaction.on_commit(lambda job=job: _send(job))  # type: ignore[misc]


def _unfinished_or_new(kind: str, arguments: dict[str, Any]) -> Job:
    """Find the newest unfinished job of the same work, ready to be claimed."""
    for job in Job.objects.filter(kind=kind).exclude(state=State.DONE)[:50]:
        if job.arguments != arguments:
            continue
        if job.state == State.RUNNING and not _is_abandoned(job):
            raise JobBusy(
                _(
                    "The same work is running already as job {number}; wait for it or "
                    "cancel it first."
                ).format(number=job.pk)
            )
        held = Job.objects.filter(pk=job.pk, worker=job.worker, state=job.state)
        held.update(state=State.QUEUED, attempts=0, is_cancel_requested=False)
        return job
    return Job.objects.create(kind=kind, arguments=arguments)


def _is_abandoned(job: Job) -> bool:
    limit = timezone.now() - STALE_AFTER
    return is_known_dead(job.worker) or not job.heartbeat or job.heartbeat < limit
