"""What the commands share: one clear sentence on bad input, work as a job."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from forgery.exceptions import SENTENCES, WrongInput
from forgery.imaging.errors import TrainingCancelled
from forgery.models import Job
from forgery.services.job_context import JobContext
from forgery.services.jobs import Work, run_inline

__all__ = ["JobContext", "WorkCommand", "pairs", "plain_sentences"]


@contextmanager
def plain_sentences() -> Iterator[None]:
    """Turn a refusal into a command's own error: one sentence, exit status 1."""
    try:
        yield
    except TrainingCancelled:
        raise CommandError("Cancelled; run the same command again to go on.") from None
    except SENTENCES as error:
        raise CommandError(str(error)) from error


def pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    """Read repeated NAME=VALUE options."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals and value.strip()):
            raise WrongInput(f"{option} wants NAME=VALUE, not {text!r}.")
        found[name.strip()] = value.strip()
    return found


class WorkCommand(BaseCommand):
    """A command whose work is a job, run in this process with a bar."""

    kind: str
    """Name of the Celery task that does the same work."""

    def run(self, arguments: dict[str, Any], work: Work) -> Job:
        """Run the work; the same arguments again resume what was unfinished."""
        with plain_sentences():
            return run_inline(
                kind=self.kind, arguments=arguments, work=work, stream=sys.stderr
            )

    def say(self, text: str) -> None:
        """Write a line for the user."""
        self.stdout.write(text)
