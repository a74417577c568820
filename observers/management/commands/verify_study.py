"""Re-compute every chain of a study's ratings."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from forgery.exceptions import WrongInput
from forgery.management.base import plain_sentences
from observers.selectors.studies import study_named
from observers.services.verification import verify_study


class Command(BaseCommand):
    """Verify the evidence of a study; exit 1 when anything is wrong."""

    help = (
        "Re-compute every hash chain of STUDY against its signed head, the audit "
        "trail, the seal of the plan, the protocol hash and the lock. A changed row, "
        "a removed tail or session, another plan or case file and a lifted trigger "
        "are each reported by name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the study."""
        parser.add_argument("study", help="name of the study")
        parser.add_argument(
            "--heads",
            type=Path,
            help="heads.json of an export: compare every chain with its heads, too",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Verify and print what was found."""
        with plain_sentences():
            heads = read_heads(options["heads"]) if options["heads"] else []
            verdict = verify_study(study=study_named(options["study"]), heads=heads)
        for fault in verdict.faults:
            self.stderr.write(fault)
        if not verdict.is_sound:
            msg = f"study {options['study']}: {len(verdict.faults)} faults found"
            raise CommandError(msg)
        self.stdout.write(
            f"study {options['study']}: {verdict.ratings} ratings in "
            f"{verdict.sessions} sessions verified, no fault"
        )


FIELDS = {"session": str, "length": int, "head": str, "signature": str}


def read_heads(path: Path) -> list[dict[str, Any]]:
    """Read exported heads; a file that holds none is refused."""
    try:
        heads = json.loads(path.read_text(encoding="utf-8"))["heads"]
        wrong = [h for h in heads for k, t in FIELDS.items() if type(h[k]) is not t]
    except (OSError, ValueError, KeyError, TypeError):
        wrong = [path]
    if wrong:
        msg = f"{path} holds no exported heads (heads.json of an export)."
        raise WrongInput(msg)
    return list(heads)
