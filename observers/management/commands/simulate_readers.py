"""Let simulated readers read a study."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from forgery.management.base import plain_sentences
from observers.models import Study
from observers.selectors.studies import study_named
from observers.services import locking, simulation, studies


class Command(BaseCommand):
    """Read a study by simulated readers, through the reading room's own services."""

    help = (
        "Let simulated readers read STUDY: their true AUC is the paper's for their "
        "group and lesion. A draft is frozen and opened first; without readers the "
        "protocol's numbers are enrolled. The study is marked 'simulated readers' "
        "everywhere. A study with real readers is refused. The same seed gives the "
        "same ratings; a run that was cut off goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare study, seed and lock."""
        parser.add_argument("study", help="name of the study")
        parser.add_argument(
            "--seed", type=int, default=1, help="of ratings (default 1)"
        )
        parser.add_argument(
            "--lock", action="store_true", help="close and lock the study afterwards"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Prepare, read, and lock if asked."""
        seed = options["seed"]
        with plain_sentences():
            study = simulation.prepare(study=study_named(options["study"]), seed=seed)
            self.read(study, seed)
            if options["lock"] and study.state != Study.State.LOCKED:
                self.lock(study)
        readers = study.enrolments.count()
        self.stdout.write(f"study {study.name}: read by {readers} simulated readers")

    def read(self, study: Study, seed: int) -> None:
        """Let them read, with a bar."""
        if study.state != Study.State.OPEN:
            return
        with tqdm(file=sys.stderr, unit="rating", desc=study.name) as bar:
            for step in simulation.simulate_readers(study=study, seed=seed):
                bar.total = step.total
                bar.update(step.done - bar.n)

    def lock(self, study: Study) -> None:
        """Close and lock what was read."""
        if study.state == Study.State.OPEN:
            study = studies.close_study(study=study, user=None)
        lock = locking.lock_study(study=study, user=None)
        self.stdout.write(f"locked, data hash {lock.data_hash[:12]}")
