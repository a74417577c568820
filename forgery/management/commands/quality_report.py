"""Measure how good manipulators' images are."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from forgery.management.base import WorkCommand, plain_sentences
from forgery.selectors import PAPER_TABLE2, manipulator_called
from forgery.services.manipulation_plan import quality_arguments

HEAD = "view        rmse   ssim       FID      KID      Frechet (EfficientNet-Lite0)"


class Command(WorkCommand):
    """Print RMSE, SSIM, FID, KID and a Frechet distance beside the paper's Table 2."""

    kind = "forgery.quality_report"
    help = (
        "Measure manipulators' images against the raw and the equally processed "
        "originals: RMSE, SSIM, FID (only with the file in FID_INCEPTION_WEIGHTS), KID "
        "and the Frechet distance on EfficientNet-Lite0 features, with the floor that "
        "two sets of real photographs give. Example: quality_report "
        "odir-glaucoma-paper-unet-full --role opt"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("manipulators", nargs="+", help="names of manipulators")
        parser.add_argument(
            "--role", help="only images of clusters with this role (default: all)"
        )

    def handle(self, **options: Any) -> None:
        """Measure each manipulator in turn."""
        with plain_sentences():
            runs = [
                quality_arguments(manipulator=name, role=options["role"])
                for name in options["manipulators"]
            ]
        for given in runs:
            # Imported when the work begins: torch is slow to load.
            from forgery.services.quality import quality_work

            manipulator = manipulator_called(given["manipulator"])
            metrics = self.run(given, quality_work).result["metrics"]
            self.say(f"{manipulator.name}, n = {metrics['n']}")
            self.say(f"  {HEAD}")
            for view, figures in metrics["views"].items():
                self.say(f"  {_line(view, figures)}")
            self._floor(metrics["floor"])
            paper = PAPER_TABLE2.get(manipulator.lesion)
            if paper:
                shown = {**paper, "kid": None, "frechet": None}
                self.say(f"  {_line('paper', shown)}")
            if metrics["views"]["raw"]["fid"] is None:
                self.say(f"  FID {metrics['views']['raw']['fid_text']}")

    def _floor(self, floor: dict[str, float]) -> None:
        if "kid" in floor:
            self.say(
                f"  real against real at n = {floor['n']}: KID {floor['kid']:.4f} "
                f"(sd {floor['kid_sd']:.4f}), Frechet {floor['frechet']:.2f} "
                f"(sd {floor['frechet_sd']:.2f})"
            )


def _line(view: str, figures: dict[str, Any]) -> str:
    def cell(name: str, width: int, digits: int) -> str:
        value = figures[name]
        return "-".rjust(width) if value is None else f"{value:{width}.{digits}f}"

    return (
        f"{view:10}{cell('rmse', 6, 2)} {cell('ssim', 6, 3)} {cell('fid', 9, 2)} "
        f"{cell('kid', 8, 4)} {cell('frechet', 12, 2)}"
    )
