"""What a piece of work may say about itself while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.utils import timezone

from forgery.exceptions import JobCancelled
from forgery.models import Job

if TYPE_CHECKING:
    from tqdm import tqdm

SAVE_SECONDS = 0.5
ASK_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
MAX_LOG = 20_000
"""Letters of log that are kept, the newest."""
MAX_POINTS = 400
"""Points of a loss curve that are kept."""


class JobContext:
    """Handed to the work: its row, its folder, and ways to report and to ask."""

    def __init__(self, job: Job, bar: tqdm[Any] | None = None) -> None:
        self.job = job
        self._bar = bar
        self._saved = 0.0
        self._asked = 0.0
        self._is_stopping = False
        self._sheet = ""

    @property
    def workdir(self) -> Path:
        """Folder of this job, the same at every attempt: checkpoints live here."""
        folder = Path(settings.VAR_DIR) / "jobs" / str(self.job.pk)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def loss(self, step: int, total: int, loss: float, message: str) -> None:
        """Report a step of training with its loss, for the curve on the page."""
        self.job.curve = thinned([*self.job.curve, [step, round(loss, 6)]])
        self.progress(step, total, message)

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Report how far the work is; rows are saved at most twice a second."""
        job = self.job
        is_end = done >= total or total != job.total
        job.done, job.total, job.message = done, total, message[:500]
        if self._bar is not None:
            self._draw()
        now = time.monotonic()
        if is_end or now - self._saved >= SAVE_SECONDS:
            self._saved = now
            self._mine().update(
                done=done,
                total=total,
                message=job.message,
                curve=job.curve,
                heartbeat=timezone.now(),
            )
            self._keep_sheet()

    def _keep_sheet(self) -> None:
        """Keep the newest sheet of samples where pages find it, on whatever machine."""
        folder = Path(settings.VAR_DIR) / "jobs" / str(self.job.pk) / "samples"
        newest = max(folder.glob("*.png"), default=None) if folder.is_dir() else None
        if newest is None or newest.name == self._sheet:
            return
        self._sheet = newest.name
        kept = sheet_path(self.job)
        default_storage.delete(kept)
        default_storage.save(kept, ContentFile(newest.read_bytes()))

    def _draw(self) -> None:
        if self._bar is None or self._bar.disable:
            return
        self._bar.total = self.job.total
        self._bar.n = self.job.done
        self._bar.set_postfix_str(self.job.message, refresh=False)
        self._bar.refresh()

    def log(self, text: str) -> None:
        """Add a line to the job's log."""
        stamp = timezone.now().strftime("%H:%M:%S")
        self.job.log = f"{self.job.log}{stamp} {text}\n"[-MAX_LOG:]
        self._mine().update(log=self.job.log)
        if self._bar is not None and not self._bar.disable:
            self._bar.write(text, file=self._bar.fp)

    def should_stop(self) -> bool:
        """Whether somebody cancelled the job, or another worker took it over."""
        now = time.monotonic()
        if not self._is_stopping and now - self._asked >= ASK_SECONDS:
            self._asked = now
            row = self._mine().values_list("is_cancel_requested", flat=True).first()
            self._is_stopping = row is None or row
        return self._is_stopping

    def stop_if_asked(self) -> None:
        """Leave the work by ``JobCancelled`` when it should stop."""
        if self.should_stop():
            raise JobCancelled

    def _mine(self) -> QuerySet[Job]:
        """Return the row, as long as this worker still holds it."""
        return Job.objects.filter(
            pk=self.job.pk, state=Job.State.RUNNING, worker=self.job.worker
        )


def sheet_path(job: Job) -> str:
    """Name the newest sheet of samples of a job in storage."""
    return f"jobs/{job.pk}/samples.png"


def thinned(curve: list[list[float]]) -> list[list[float]]:
    """Keep every second point of a curve that has grown too long, and its end."""
    return curve if len(curve) <= MAX_POINTS else [*curve[:-1:2], curve[-1]]


@contextmanager
def beating(job: Job) -> Iterator[None]:
    """Keep the heartbeat fresh from a thread, also during long steps."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            mine = Job.objects.filter(
                pk=job.pk, state=Job.State.RUNNING, worker=job.worker
            )
            try:
                mine.update(heartbeat=timezone.now())
            except DatabaseError:  # busy for once: the next beat counts
                connection.close()
        connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=HEARTBEAT_SECONDS)
