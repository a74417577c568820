"""Manipulate images of a pool, or of a folder."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from tqdm import tqdm

from forgery.exceptions import WrongInput
from forgery.imaging import domain as domains
from forgery.imaging import (
    laundering,
    lesion_insert,
    lesion_remove,
    profiles,
    recipes,
    weights,
)
from forgery.management.base import WorkCommand, plain_sentences
from forgery.services import manipulation_plan

if TYPE_CHECKING:
    from forgery.services.manifests import Row


class Command(WorkCommand):
    """Manipulate a pool's images with manipulators, or a folder's by a recipe."""

    kind = "forgery.manipulate"
    requires_system_checks: list[str] = []
    help = (
        "Manipulate the images of a manipulator's pool and lesion, by role of their "
        "clusters. Clusters that the manipulator was trained on are refused. Images "
        "that were manipulated before are kept. Example: manipulate "
        "odir-glaucoma-paper-unet-full --role opt. Or, without pool and database, "
        "manipulate a folder of photographs of any size: each is cropped to its field "
        "of view, squared, and written as PNG of 256 x 256 pixels, with its mask in "
        "masks/ and a line in manifest.csv. Example: manipulate --in photographs --out "
        "forgeries --recipe lesion-insert --lesion diabetic-retinopathy --matched "
        "originals"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("manipulators", nargs="*", help="names of manipulators")
        parser.add_argument(
            "--role",
            action="append",
            help=(
                f"role of the clusters: {', '.join(manipulation_plan.ROLES)}; may be "
                "repeated (default: all of these)"
            ),
        )
        parser.add_argument("--pool", help="other pool than the manipulator's own")
        parser.add_argument("--seed", type=int, default=1, help="default %(default)s")
        _add_folder_arguments(parser.add_argument_group("a folder, without a pool"))

    def handle(self, **options: Any) -> None:
        """Manipulate a folder, or with each manipulator in turn."""
        with plain_sentences():
            _check(options)
            if options["in"] is not None:
                self._folder(options)
                return
            runs = [
                manipulation_plan.arguments(
                    manipulator=name,
                    roles=options["role"],
                    seed=options["seed"],
                    pool=options["pool"],
                )
                for name in options["manipulators"]
            ]
            for arguments in runs:
                manipulation_plan.plan(arguments)
        for arguments in runs:
            # Imported when the work begins: torch is slow to load.
            from forgery.services.manipulation import manipulate_work

            result = self.run(arguments, manipulate_work).result
            self.say(
                f"{result['manipulator']}: {result['new']} new manipulations, "
                f"{result['in_all']} in all"
            )

    def _folder(self, options: dict[str, Any]) -> None:
        recipe, found = _recipe(options)
        lesion = options["lesion"]
        if lesion is not None and recipe not in _WITH_TARGET:
            self.stderr.write(f"{recipe} shows no other lesion; --lesion left aside")
            lesion = None
        # Imported when the work begins: torch is slow to load.
        from forgery.imaging.forging import Forger, Weights
        from forgery.services import folders

        order = folders.Order(
            source=options["in"],
            out=options["out"],
            matched=options["matched"],
            lesion=lesion,
            shown=options["shows"],
            profile=profiles.PROFILES[options["profile"]],
            laundering=options["launder"],
        )
        bundle = None if found is None else Weights(found)
        forger = Forger(recipe, options["seed"], bundle)
        with tqdm(desc="manipulate", file=self.stderr, leave=False) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            rows = folders.manipulate_folder(forger, order, progress)
        self._told(rows, order.out)

    def _told(self, rows: list[Row], out: Path) -> None:
        skipped = [row for row in rows if row.problem]
        for row in skipped:
            self.stderr.write(f"{row.file}: {row.problem}")
        done = len(rows) - len(skipped)
        self.say(
            f"{done} photographs manipulated, {len(skipped)} skipped; written to {out}"
        )
        if not done:
            raise CommandError("No photograph of the folder could be manipulated.")


def _add_folder_arguments(parser: Any) -> None:
    parser.add_argument("--in", type=Path, metavar="DIR", help="photographs")
    parser.add_argument("--out", type=Path, metavar="DIR", help="forgeries, masks")
    parser.add_argument("--recipe", help=f"one of {', '.join(recipes.RECIPES)}")
    parser.add_argument(
        "--lesion",
        choices=domains.FUNDUS.lesion_keys,
        help="lesion that forgeries shall show (default: drawn)",
    )
    parser.add_argument(
        "--shows",
        choices=domains.FUNDUS.lesion_keys,
        default="normal",
        help="lesion that the photographs show (default %(default)s)",
    )
    parser.add_argument(
        "--matched", type=Path, metavar="DIR2", help="equally processed originals"
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="bundle of a trained manipulator"
    )
    parser.add_argument(
        "--profile",
        choices=tuple(profiles.PROFILES),
        default=profiles.PAPER.name,
        help="sharpen and blur as the paper does, or the resize alone",
    )
    parser.add_argument(
        "--launder",
        default="",
        metavar="STEPS",
        help=(
            "after that, forgery and original alike: random, or steps as "
            f"resize:0.5+jpeg:70 ({', '.join(laundering.STEPS)})"
        ),
    )


def _check(options: dict[str, Any]) -> None:
    """Refuse half of an order."""
    if options["in"] is None:
        if not options["manipulators"]:
            raise WrongInput(
                "Name a manipulator, or a folder by --in, --out, --recipe."
            )
        return
    if options["manipulators"]:
        raise WrongInput("Name manipulators or a folder, not both.")
    if options["out"] is None or options["recipe"] is None:
        raise WrongInput("A folder needs --in, --out and --recipe.")
    if options["launder"] != "random":
        laundering.parse(options["launder"])


def _recipe(options: dict[str, Any]) -> tuple[str, Path | None]:
    """Find the recipe and, where it is trained, its weights."""
    try:
        recipe = recipes.get(options["recipe"])
    except KeyError as error:
        raise WrongInput(str(error.args[0])) from None
    _check_target(recipe.key, options["lesion"])
    if not recipe.is_trained:
        if options["weights"] is not None:
            raise WrongInput(f"{recipe.key} needs no weights; leave --weights out.")
        return recipe.key, None
    found = options["weights"] or weights.shipped(recipe.key, options["lesion"])
    if found is None:
        raise WrongInput(weights.how_to_train(recipe.key, options["lesion"]))
    return recipe.key, found


def _check_target(recipe: str, lesion: str | None) -> None:
    """Refuse at once what every file would be refused for."""
    if lesion is None:
        return
    shown = lesion_insert.OF_LESION
    if recipe == recipes.LESION_INSERT.key and lesion not in shown:
        raise WrongInput(
            f"{lesion} has no findings to insert; use --lesion {' or '.join(shown)}."
        )
    if recipe == recipes.LESION_REMOVE.key and lesion != lesion_remove.TARGET:
        raise WrongInput(
            f"Removing findings leaves a {lesion_remove.TARGET} retina, not {lesion}."
        )


_WITH_TARGET = recipes.WITH_TARGET | {recipes.LESION_REMOVE.key}
