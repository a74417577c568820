"""Train manipulators, one a lesion."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from forgery.imaging import domain as domains
from forgery.imaging import recipes
from forgery.management.base import WorkCommand, plain_sentences
from forgery.models import Job
from forgery.selectors import pool_called
from forgery.services import training_plan


class Command(WorkCommand):
    """Train a manipulator for a lesion of a pool."""

    kind = "forgery.train_manipulator"
    help = (
        "Train a manipulator on the clusters of a pool that are set aside for it, one "
        "a lesion; recipes that need no training are made ready at once. A killed run "
        "goes on where it stopped when the same command is given again. Example: "
        "train_manipulator odir --lesion all --preset full"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("pool", help="name of the pool")
        parser.add_argument(
            "--lesion", default="all", help="key of one lesion, or all (default)"
        )
        parser.add_argument(
            "--recipe",
            default=recipes.PAPER_UNET.key,
            help=f"one of {', '.join(recipes.RECIPES)} (default %(default)s)",
        )
        parser.add_argument(
            "--preset",
            default="full",
            help=f"one of {', '.join(recipes.PRESETS)} (default %(default)s)",
        )
        parser.add_argument(
            "--target",
            help=(
                "lesion that forgeries shall show: cyclegan, unet-convert (default "
                "normal, or diabetic-retinopathy from normal), lesion-insert (drawn)"
            ),
        )
        parser.add_argument("--seed", type=int, default=1, help="default %(default)s")
        parser.add_argument("--name", help="default: pool, lesion, recipe and preset")
        parser.add_argument(
            "--held-out-fold",
            type=int,
            choices=(0, 1, 2),
            help="cross-fitted lesions: the fold to hold out (default: each in turn)",
        )
        parser.add_argument(
            "--cluster",
            action="append",
            default=[],
            metavar="NAME",
            help="train on this cluster alone; may be repeated",
        )
        parser.add_argument("--device", help="cpu, cuda or mps (default: the best)")

    def handle(self, **options: Any) -> None:
        """Train each wanted manipulator in turn."""
        with plain_sentences():
            runs = _runs(options)
        for arguments in runs:
            # Imported when training begins: torch is slow to load.
            from forgery.services.training import train_work

            self._report(self.run(arguments, train_work))

    def _report(self, job: Job) -> None:
        result = job.result
        metrics = result["metrics"]
        how = "trained" if result["is_new"] else "exists already"
        if "loss" not in metrics:
            self.say(f"{result['manipulator']}: ready, needs no training")
            return
        self.say(
            f"{result['manipulator']}: {how}, loss {metrics['loss']:.4f}, change "
            f"{metrics['change_rmse']:.2f} of 255, {metrics['n_images']:.0f} images"
        )


def _runs(options: dict[str, Any]) -> list[dict[str, Any]]:
    """List the runs that were asked for, each checked before the first begins."""
    pool = pool_called(options["pool"])
    every = options["lesion"] == "all"
    lesions = domains.get(pool.domain).lesion_keys if every else (options["lesion"],)
    runs = []
    for lesion in lesions:
        fold = options["held_out_fold"]
        every_fold = fold is None and not options["cluster"]
        every_fold = every_fold and recipes.is_trained(options["recipe"])
        folds = training_plan.folds_of(pool, lesion) if every_fold else [fold]
        if every and not pool.images.filter(lesion=lesion).exists():
            continue
        for held_out in folds:
            name = options["name"]
            if name and len(folds) > 1:
                name = f"{name}-fold{held_out}"
            arguments = training_plan.arguments(
                pool=pool.name,
                lesion=lesion,
                held_out_fold=held_out,
                clusters=options["cluster"],
                name=name,
                **{key: options[key] for key in _PLAIN},
            )
            training_plan.plan(arguments)
            runs.append(arguments)
    return runs


_PLAIN = ("recipe", "preset", "target", "seed", "device")
