"""Train the detector that the program ships."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from detector.network import configs
from detector.services import shipped, shipped_card, shipped_data, shipped_training
from forgery.management.base import plain_sentences


class Command(BaseCommand):
    """Train `default` on open photographs and phantoms, and write its card."""

    help = (
        "Train the detector that this program ships on IDRiD, HYGD and phantoms below "
        "DATA, and write weights and model card. Interrupted, the same command goes on "
        "where it stopped. For maintainers; train_detector makes one for a pool."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare data, working folder, preset, steps and seed."""
        parser.add_argument("data", type=Path, metavar="DATA")
        parser.add_argument("--workdir", type=Path, required=True, metavar="DIR")
        parser.add_argument(
            "--preset", default="full", choices=list(configs.get("default").presets)
        )
        parser.add_argument(
            "--out", type=Path, default=shipped.WEIGHTS.parent, metavar="DIR"
        )
        parser.add_argument("--steps", type=int, help="train this long instead")
        parser.add_argument("--phantoms", type=int, default=60)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--start",
            choices=("base", "detector"),
            help="go on from the shipped one instead of training the base anew",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Gather, forge, train, measure, write."""
        # every camera that it will meet is new to it
        changes: dict[str, Any] = {"seed": options["seed"], "novelty": 0.0}
        changes |= shipped_training.GOING_ON
        if options["steps"] is not None:
            changes["steps"] = options["steps"]
        settings = configs.get("default").settings(options["preset"], **changes)
        with plain_sentences(), tqdm(desc="ship_detector", mininterval=10) as bar:

            def progress(step: int, total: int, loss: float, _: Any) -> None:
                bar.total, bar.n = total, step
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
                bar.update(0)

            sources = shipped_data.gather(
                options["data"], phantoms=options["phantoms"], seed=options["seed"]
            )
            workshop = shipped_training.Workshop(
                options["workdir"], options["seed"], self.stdout.write
            )
            base = shipped.BASE
            if options["start"] is None:
                base = shipped_training.train_base(workshop, sources, progress).path
            start = shipped.WEIGHTS if options["start"] == "detector" else base
            last = shipped_training.train(workshop, sources, settings, start, progress)
            test = workshop.examples(sources, "test")
            card = shipped_card.write(options["out"], (base, last), sources, test)
        self.stdout.write(f"{card['sha256']}: {card['test']}")
