"""Set clusters of a pool aside: OPT and practice first, then the training roles."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from forgery.management.base import plain_sentences
from forgery.selectors import pool_called
from forgery.services import reservations


class Command(BaseCommand):
    """Give every cluster of a pool its one role."""

    help = (
        "Give every patient cluster of a pool its one role, from a recorded seed: OPT "
        "and practice first, then manipulator training, detector training, "
        "validation and test (35/35/15/15). Clusters that have a role keep it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("pool", help="name of the pool")
        parser.add_argument("--seed", type=int, help="default: the pool's own seed")
        parser.add_argument(
            "--opt",
            type=int,
            default=reservations.OPT,
            help="clusters a lesion kept for OPT sets (default %(default)s)",
        )
        parser.add_argument(
            "--practice",
            type=int,
            default=reservations.PRACTICE,
            help="clusters a lesion kept for practice (default %(default)s)",
        )

    def handle(self, **options: Any) -> None:
        """Reserve and print the table."""
        with plain_sentences():
            pool = pool_called(options["pool"])
            seed = pool.seed if options["seed"] is None else options["seed"]
            counts = reservations.reserve(
                pool=pool, seed=seed, opt=options["opt"], practice=options["practice"]
            )
        for lesion, roles in counts.items():
            cells = ", ".join(f"{role} {n}" for role, n in sorted(roles.items()))
            self.stdout.write(f"{lesion}: {cells}")
