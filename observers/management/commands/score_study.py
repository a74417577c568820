"""Score a study's cases by a detector."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgery.exceptions import SENTENCES
from forgery.services.jobs import run_inline
from observers.models import Study
from observers.services.scoring import score_work


class Command(BaseCommand):
    """Let a detector score the very cases that the readers saw."""

    help = (
        "Score the cases of STUDY as they were shown, and both twins of every test "
        "cluster in the matched and the unmatched view. Clusters that the detector "
        "has seen are refused by name. Again, it scores only what is new."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare study and detector."""
        parser.add_argument("study", help="name of the study")
        parser.add_argument("--detector", help="name of the detector (the newest)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the scoring as a job in this process."""
        name = options["study"]
        if not Study.objects.filter(name=name).exists():
            msg = f"no study is called {name!r}"
            raise CommandError(msg)
        try:
            job = run_inline(
                kind="observers.score_study",
                arguments={"study": name, "detector": options["detector"]},
                work=score_work,
                stream=self.stderr,  # type: ignore[arg-type]
            )
        except SENTENCES as error:
            raise CommandError(str(error)) from error
        counts = job.result["scored"]
        parts = ", ".join(f"{n} {view}" for view, n in counts.items())
        self.stdout.write(f"study {name}: scored {parts} images")
