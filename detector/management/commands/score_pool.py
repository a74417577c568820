"""Score clusters of a pool by a trained detector."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from detector.models import DetectorScore
from detector.selectors import detector_family
from detector.services.pool_plan import ScoringOrder, plan
from detector.services.pool_scoring import score_work
from detector.services.tables import COLUMNS, score_row, write_table
from forgery.management.base import WorkCommand, plain_sentences


class Command(WorkCommand):
    """Score originals, and manipulated images where there are any."""

    kind = "detector.score_pool"
    help = (
        "Score the images of clusters of POOL, originals and manipulated ones, both "
        "processed alike. Without --cluster, the clusters set aside for tests. A "
        "cluster that the detector, or the manipulator that made the image, was "
        "trained on is refused by name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare pool, detector, clusters and output."""
        parser.add_argument("pool", help="name of the pool")
        parser.add_argument("--detector", help="name of the detector (the newest)")
        parser.add_argument(
            "--cluster",
            action="append",
            default=[],
            metavar="NAME",
            help="score this cluster; may be repeated",
        )
        parser.add_argument(
            "--out", type=Path, metavar="CSV", help="write one row an image there"
        )

    def handle(self, **options: Any) -> None:
        """Run the scoring as a job in this process."""
        with plain_sentences():
            name = detector_family(options["detector"])[0].name
            order = ScoringOrder(options["pool"], name, tuple(options["cluster"]))
            plan(order)  # refused before there is a job
        result = self.run(order.to_arguments(), score_work).result
        if options["out"] is not None:
            self._write(options["out"], result["scores"])
        self.say(
            f"detector {name}: {result['originals']} originals and "
            f"{result['manipulated']} manipulated images of pool {order.pool} scored"
        )

    def _write(self, out: Path, keys: list[int]) -> None:
        rows = DetectorScore.objects.select_related(
            "detector", "image__cluster__reservation", "manipulation__manipulator"
        ).in_bulk(keys)
        with plain_sentences():
            out.parent.mkdir(parents=True, exist_ok=True)
            with out.open("w", newline="", encoding="utf-8") as target:
                write_table(target, COLUMNS, (score_row(rows[key]) for key in keys))
