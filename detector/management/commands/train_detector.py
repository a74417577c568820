"""Train a detector from the terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from detector.network import configs
from detector.services.training import train_work
from detector.services.training_plan import DetectorOrder, folds_of, plan
from forgery.management.base import WorkCommand, plain_sentences
from forgery.models import Job
from forgery.selectors import pool_called
from forgery.services.reservations import FOLDS


class Command(WorkCommand):
    """Train a detector on the clusters that a pool sets aside for it."""

    kind = "detector.train_detector"
    help = (
        "Train a detector on the clusters of a pool that are reserved for detector "
        "training; threshold and temperature come from the validation clusters. "
        "Interrupted, the same command goes on where it stopped. Where a lesion is "
        "cross-fitted, one member is trained for each fold."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare pool, name, recipe, preset, seed, fold and clusters."""
        pool = parser.add_mutually_exclusive_group(required=True)
        pool.add_argument("pool", nargs="?", help="name of the pool")
        pool.add_argument("--pool", dest="named_pool", metavar="POOL", help="the same")
        parser.add_argument("--name", help="name of the detector (POOL-detector)")
        parser.add_argument(
            "--recipe",
            default=configs.DEFAULT.key,
            choices=list(configs.RECIPES),
            help="default: the program's own; paper-sparse-cnn: the paper's",
        )
        parser.add_argument(
            "--preset",
            default="full",
            choices=configs.PRESETS,
            help=(
                "quick, full; of paper-sparse-cnn also pruned (nine weights of ten "
                "become zero) and paper, of default also gpu"
            ),
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--held-out-fold",
            type=int,
            choices=range(FOLDS),
            help="cross-fitted pools: the fold to hold out (default: each in turn)",
        )
        parser.add_argument(
            "--cluster",
            action="append",
            default=[],
            metavar="NAME",
            help="train on exactly the clusters so named; may be repeated",
        )

    def handle(self, **options: Any) -> None:
        """Train each wanted member in turn, as a job in this process."""
        with plain_sentences():
            orders = _orders(options)
        for order in orders:
            self._report(self.run(order.to_arguments(), train_work))

    def _report(self, job: Job) -> None:
        result = job.result
        figures = result["metrics"]
        fold = job.arguments["held_out_fold"]
        member = "" if fold is None else f" (fold {fold})"
        made = "" if result["is_new"] else " (trained already)"
        self.say(
            f"detector {result['name']}{member}{made}: validation AUC "
            f"{figures['validation_auc']:.3f}, balanced accuracy "
            f"{figures['validation_balanced_accuracy']:.3f} "
            f"({figures['n_train']:.0f} examples, {figures['seconds']:.0f} s)"
        )
        if "zeros" in figures:
            self.say(
                f"pruned to {figures['zeros']:.1%} zeros; validation AUC was "
                f"{figures['validation_auc_dense']:.3f} before"
            )


def _orders(options: dict[str, Any]) -> list[DetectorOrder]:
    """List the runs that were asked for, each checked before the first begins."""
    pool = pool_called(options["pool"] or options["named_pool"])
    fold = options["held_out_fold"]
    orders = []
    every_fold = fold is None and not options["cluster"]
    for held_out in folds_of(pool) if every_fold else [fold]:
        order = DetectorOrder(
            pool=pool.name,
            name=options["name"] or f"{pool.name}-detector",
            recipe=options["recipe"],
            preset=options["preset"],
            seed=options["seed"],
            held_out_fold=held_out,
            clusters=tuple(options["cluster"]),
        )
        plan(order)
        orders.append(order)
    return orders
