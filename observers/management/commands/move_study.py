"""Move a study to its next state."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from forgery.management.base import plain_sentences
from observers.models import Study
from observers.selectors.studies import study_named
from observers.services import freezing, locking, studies

State = Study.State
MOVES = {
    State.FROZEN: freezing.freeze_study,
    State.OPEN: studies.open_study,
    State.CLOSED: studies.close_study,
    State.LOCKED: locking.lock_study,
}


class Command(BaseCommand):
    """Freeze, open, close or lock a study."""

    help = (
        "Bring STUDY to its next state: draft, frozen, open, closed, locked. "
        "Freezing, closing and locking cannot be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare study and state."""
        parser.add_argument("study", help="name of the study")
        parser.add_argument(
            "--to",
            required=True,
            choices=[state.value for state in MOVES],
            help="the state that comes next",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Move it."""
        with plain_sentences():
            study = study_named(options["study"])
            MOVES[State(options["to"])](study=study, user=None)
        self.stdout.write(f"study {study.name}: {options['to']}")
