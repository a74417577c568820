"""Manipulate images with a trained manipulator."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from forgery.management.base import WorkCommand, plain_sentences
from forgery.services import manipulation_plan


class Command(WorkCommand):
    """Manipulate a pool's images with one or more manipulators."""

    kind = "forgery.manipulate"
    help = (
        "Manipulate the images of a manipulator's pool and lesion, by role of their "
        "clusters. Clusters that the manipulator was trained on are refused. Images "
        "that were manipulated before are kept. Example: manipulate "
        "odir-glaucoma-paper-unet-full --role opt"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("manipulators", nargs="+", help="names of manipulators")
        parser.add_argument(
            "--role",
            action="append",
            help=(
                f"role of the clusters: {', '.join(manipulation_plan.ROLES)}; may be "
                "repeated (default: all of these)"
            ),
        )
        parser.add_argument("--seed", type=int, default=1, help="default %(default)s")

    def handle(self, **options: Any) -> None:
        """Manipulate with each manipulator in turn."""
        with plain_sentences():
            runs = [
                manipulation_plan.arguments(
                    manipulator=name, roles=options["role"], seed=options["seed"]
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
