"""Train a detector from the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from detector.network import configs
from detector.services.training import DetectorOrder, train_detector
from forgery.exceptions import SENTENCES
from forgery.services.jobs import run_inline


class Command(BaseCommand):
    """Train a detector on the clusters that a pool sets aside for it."""

    help = (
        "Train a detector on the clusters of a pool that are reserved for detector "
        "training; threshold and temperature come from the validation clusters. "
        "Interrupted, the same command goes on where it stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare pool, name, recipe, preset, seed and fold."""
        parser.add_argument("--pool", required=True, help="name of the pool")
        parser.add_argument("--name", help="name of the detector (POOL-detector)")
        parser.add_argument("--recipe", default="paper-sparse-cnn")
        parser.add_argument(
            "--preset",
            default="full",
            choices=list(configs.get("paper-sparse-cnn").presets),
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--held-out-fold", type=int, help="cross-fitting: the fold left out"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the training as a job in this process."""
        order = DetectorOrder(
            pool=options["pool"],
            name=options["name"] or f"{options['pool']}-detector",
            recipe=options["recipe"],
            preset=options["preset"],
            seed=options["seed"],
            held_out_fold=options["held_out_fold"],
        )
        try:
            job = run_inline(
                kind="detector.train_detector",
                arguments=asdict(order),
                work=lambda context: train_detector(order, context),
                stream=self.stderr,  # type: ignore[arg-type]
            )
        except SENTENCES as error:
            raise CommandError(str(error)) from error
        figures = job.result["metrics"]
        self.stdout.write(
            f"detector {order.name}: validation AUC {figures['validation_auc']:.3f}, "
            f"balanced accuracy {figures['validation_balanced_accuracy']:.3f} "
            f"({figures['n_train']:.0f} examples, {figures['seconds']:.0f} s)"
        )
