"""Evaluate the recipe `default` and its baselines on a pool."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from detector.services.judges import Desk
from forgery.management.base import plain_sentences
from forgery.selectors import pool_called
from forgery.services.job_context import JobContext
from forgery.services.jobs import run_inline
from observers.reports.evaluation import files_of
from observers.services.evaluation.presets import PRESETS
from observers.services.evaluation.run import Evaluation


class Command(BaseCommand):
    """Write one report: HTML, Markdown, JSON and figures."""

    help = (
        "Train the recipe default and its baselines on the clusters of POOL that are "
        "reserved for it, and judge them on the test clusters: matched and lossless "
        "(T0), with a family left out (T1), with a camera left out (T2: name other "
        "pools by --other), laundered by the grid (T3), one class laundered (T4). "
        "Prints its time estimate first. Stopped or killed, the same command goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare pool, other cameras, preset and folder."""
        parser.add_argument("pool", help="name of the pool")
        parser.add_argument(
            "--other",
            action="append",
            default=[],
            metavar="POOL",
            help="a pool of another camera, for T2; may be repeated",
        )
        parser.add_argument("--preset", default="quick", choices=list(PRESETS))
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Evaluate as a job in this process, and write after every stage."""
        arguments = {
            "pool": options["pool"],
            "others": options["other"],
            "preset": options["preset"],
            "out": str(options["out"].resolve()),
        }
        with plain_sentences():
            for name in (options["pool"], *options["other"]):
                pool_called(name)
            run_inline(
                kind="observers.evaluate_detector",
                arguments=arguments,
                work=self._work,
                stream=self.stderr,  # type: ignore[arg-type]
            )
        out = options["out"]
        self.stdout.write(f"written to {out}/report.html, report.json and figures/")

    def _work(self, context: JobContext) -> dict[str, Any]:
        arguments = context.job.arguments
        out = Path(arguments["out"])
        report = Evaluation(
            pool=pool_called(arguments["pool"]),
            others=[pool_called(name) for name in arguments["others"]],
            preset=arguments["preset"],
            desk=Desk(out / "kept", context.progress, context.should_stop),
            say=self.stdout.write,
            tell=lambda report, sheets: write(report, sheets, out),
        ).run()
        return {"verdicts": report["verdicts"]}


def write(report: dict[str, Any], sheets: dict[str, bytes], out: Path) -> None:
    """Write what is known so far."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, allow_nan=False)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")
    files = files_of(report, sorted(sheets)) | sheets
    for name, data in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
