"""Re-compute every chain of a study's ratings."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from forgery.management.base import plain_sentences
from observers.selectors.studies import study_named
from observers.services.verification import verify_study


class Command(BaseCommand):
    """Verify the evidence of a study; exit 1 when anything is wrong."""

    help = (
        "Re-compute every hash chain of STUDY against its signed head, the audit "
        "trail, the protocol hash and the lock. A changed row, a removed tail and a "
        "lifted trigger are each reported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the study."""
        parser.add_argument("study", help="name of the study")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Verify and print what was found."""
        with plain_sentences():
            verdict = verify_study(study=study_named(options["study"]))
        for fault in verdict.faults:
            self.stderr.write(fault)
        if not verdict.is_sound:
            msg = f"study {options['study']}: {len(verdict.faults)} faults found"
            raise CommandError(msg)
        self.stdout.write(
            f"study {options['study']}: {verdict.ratings} ratings in "
            f"{verdict.sessions} sessions verified, no fault"
        )
