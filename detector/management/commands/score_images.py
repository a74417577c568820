"""Score a folder of photographs, without pool or database."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from detector.network.inference import Detector
from detector.services.folders import FileScore, image_files, score_folder
from detector.services.loading import load_detector
from detector.services.tables import write_table
from forgery.exceptions import SENTENCES, WrongInput

COLUMNS = ("file", "score", "probability", "manipulated")


class Command(BaseCommand):
    """Tell how likely each image of a folder was manipulated."""

    help = (
        "Score every image below DIR and write file, score (logit), probability "
        "(calibrated on validation) and manipulated (0 or 1) to a CSV file. Files "
        "without a score are named, and those whose score means little. Needs no pool "
        "and no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the folder, the output and the detector."""
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--out", type=Path, required=True, metavar="CSV")
        parser.add_argument(
            "--detector",
            help="name of a trained detector, or a bundle file; without it the newest "
            "trained one, else the shipped one, which is called default",
        )
        parser.add_argument(
            "--heatmaps", type=Path, metavar="DIR", help="write heat maps there"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Score, write, and name the files that could not be read."""
        folder: Path = options["folder"]
        if not folder.is_dir():
            msg = f"{folder} is not a folder; give the folder that holds the images"
            raise CommandError(msg)
        if not image_files(folder):
            msg = f"{folder} holds no image (jpg, png, tif, bmp or webp)"
            raise CommandError(msg)
        try:
            _check_writable(options["out"], options["heatmaps"])
            detector = load_detector(options["detector"])
            rows = self._score(detector, folder, options["heatmaps"])
            self._write(options["out"], rows)
        except SENTENCES as error:
            raise CommandError(str(error)) from error
        problems = [row for row in rows if row.problem]
        for row in rows:
            if row.problem or row.note:
                self.stderr.write(f"{row.file}: {row.problem or row.note}")
        self.stdout.write(
            f"{len(rows) - len(problems)} images scored, {len(problems)} could not be "
            f"read; written to {options['out']}"
        )
        if len(problems) == len(rows):
            msg = f"no image of {folder} could be read"
            raise CommandError(msg)

    def _score(
        self, detector: Detector, folder: Path, heatmaps: Path | None
    ) -> list[FileScore]:
        """Score under a progress bar."""
        with tqdm(desc="score", file=self.stderr, leave=False) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            return list(
                score_folder(detector, folder, heatmaps=heatmaps, progress=progress)
            )

    def _write(self, out: Path, rows: list[FileScore]) -> None:
        """Write the table; files without a score keep their row, empty."""
        out.parent.mkdir(parents=True, exist_ok=True)
        table = ([getattr(row, name) for name in COLUMNS] for row in rows)
        with out.open("w", newline="", encoding="utf-8") as target:
            write_table(target, COLUMNS, table)


def _check_writable(out: Path, heatmaps: Path | None) -> None:
    """Refuse before the work what could not be written after it."""
    if out.is_dir():
        raise WrongInput(f"{out} is a folder; give the name of a CSV file.")
    for folder in filter(None, (out.parent, heatmaps)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            reason = (error.strerror or "it cannot be made").lower()
            raise WrongInput(f"{folder} cannot be written to: {reason}.") from error
