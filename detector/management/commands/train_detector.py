"""Train a detector from the terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from detector.network import configs
from detector.services.training import train_work
from detector.services.training_plan import DetectorOrder, plan
from forgery.management.base import WorkCommand, plain_sentences


class Command(WorkCommand):
    """Train a detector on the clusters that a pool sets aside for it."""

    kind = "detector.train_detector"
    help = (
        "Train a detector on the clusters of a pool that are reserved for detector "
        "training; threshold and temperature come from the validation clusters. "
        "Interrupted, the same command goes on where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare pool, name, recipe, preset, seed, fold and clusters."""
        parser.add_argument("--pool", required=True, help="name of the pool")
        parser.add_argument("--name", help="name of the detector (POOL-detector)")
        parser.add_argument(
            "--recipe", default="paper-sparse-cnn", choices=list(configs.RECIPES)
        )
        parser.add_argument(
            "--preset",
            default="full",
            choices=list(configs.get("paper-sparse-cnn").presets),
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--held-out-fold",
            type=int,
            metavar="FOLD",
            help="cross-fitting: the fold left out",
        )
        parser.add_argument(
            "--cluster",
            action="append",
            default=[],
            metavar="NAME",
            help="train on exactly the clusters so named; may be repeated",
        )

    def handle(self, **options: Any) -> None:
        """Run the training as a job in this process."""
        order = DetectorOrder(
            pool=options["pool"],
            name=options["name"] or f"{options['pool']}-detector",
            recipe=options["recipe"],
            preset=options["preset"],
            seed=options["seed"],
            held_out_fold=options["held_out_fold"],
            clusters=tuple(options["cluster"]),
        )
        with plain_sentences():
            plan(order)  # refused before there is a job
        result = self.run(order.to_arguments(), train_work).result
        figures = result["metrics"]
        made = "" if result["is_new"] else " (trained already)"
        self.say(
            f"detector {order.name}{made}: validation AUC "
            f"{figures['validation_auc']:.3f}, balanced accuracy "
            f"{figures['validation_balanced_accuracy']:.3f} "
            f"({figures['n_train']:.0f} examples, {figures['seconds']:.0f} s)"
        )
