"""Play a hostile reader, and say whether the study is blind."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from forgery.management.base import plain_sentences
from observers.analysis.blinding import LIMIT, Verdict
from observers.selectors.studies import study_named
from observers.services.blinding import audit_blinding

SHOWN = 5
"""How many of the things that tell the classes apart are named in the sentence."""


class Command(BaseCommand):
    """Audit the blinding of a study; exit 1 when anything tells the classes apart."""

    help = (
        "Read STUDY as a hostile reader would, in a transaction that is rolled back, "
        "and compare the classes: exactly in all that must not differ, by classifiers "
        f"with one permutation p in the rest. Fails when an invariant differs or p < "
        f"{LIMIT}, and names what differs. With SQLite, readers cannot save while it "
        "runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare study, seed and output."""
        parser.add_argument("study", help="name of the study")
        parser.add_argument(
            "--seed", type=int, default=1, help="of order and shuffles (default 1)"
        )
        parser.add_argument(
            "--json", type=Path, help="write everything that was found to this file"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Audit, print what was found, and fail where the study is not blind."""
        name, start = options["study"], time.monotonic()
        with plain_sentences():
            verdict = audit_blinding(study=study_named(name), seed=options["seed"])
        if options["json"]:
            text = json.dumps(verdict.to_dict(), indent=1, sort_keys=True)
            options["json"].write_text(text + "\n", encoding="utf-8")
        self.tell(verdict, time.monotonic() - start)
        if not verdict.is_blind:
            first = "; ".join(verdict.named[:SHOWN])
            more = len(verdict.named) - SHOWN
            msg = f"study {name}: readers can tell the classes apart by {first}" + (
                f" (and {more} more)" if more > 0 else ""
            )
            raise CommandError(msg)
        self.stdout.write(f"study {name}: nothing tells the classes apart")

    def tell(self, verdict: Verdict, seconds: float) -> None:
        """Print the figures."""
        found = verdict.classified
        self.stdout.write(
            f"{verdict.n_cases} cases, {verdict.n_answers} answers in {seconds:.0f} s, "
            f"{verdict.n_invariants} invariants compared, "
            f"{len(verdict.differences) + len(verdict.secrets)} differ"
        )
        for table, areas in found.auc.items():
            text = ", ".join(f"{name} {area:.3f}" for name, area in areas.items())
            self.stdout.write(f"cross-validated AUC on {table}: {text}")
        self.stdout.write(
            f"permutation p {found.p:.4f} over {found.n_features} features "
            f"(strongest: {found.feature}, AUC {found.feature_auc:.3f})"
        )
        if not verdict.can_reach_limit:
            self.stdout.write(
                "too few cases for the classifiers to prove anything; only the exact "
                "comparison counts"
            )
