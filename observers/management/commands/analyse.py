"""``manage.py analyse``: the statistics of any ratings, without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from observers.analysis.analyse import analyse, analyse_by_lesion
from observers.analysis.analyse_load import load
from observers.analysis.analyse_options import Options
from observers.analysis.analyse_report import write_report
from observers.analysis.checks import ReadingsError
from observers.analysis.covariance import METHODS
from observers.analysis.mrmc_figure import AS_WRITTEN


class Command(BaseCommand):
    """Analyse a tidy CSV, an .imrmc file or an RJafroc workbook."""

    help = (
        "Analyse ratings (tidy CSV with reader,modality,case,truth,score; .imrmc; "
        "or an RJafroc workbook) and write every number as JSON."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("ratings", type=Path)
        parser.add_argument("--json", type=Path, required=True, dest="out")
        parser.add_argument("--report", type=Path, metavar="DIR")
        parser.add_argument("--standalone", metavar="modality:AI|reader:1")
        parser.add_argument("--by", choices=["lesion"])
        parser.add_argument("--covariance", choices=METHODS)
        parser.add_argument("--alpha", type=float, default=0.05)
        parser.add_argument("--margin", type=float)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--figure", help=f"a further figure of merit: {AS_WRITTEN}")
        parser.add_argument(
            "--binormal", action="store_true", help="fit binormal curves as well"
        )

    def handle(self, *_args: Any, **given: Any) -> None:
        """Load, analyse, write."""
        try:
            found = self._analysed(given)
            _write(given["out"], found)
            if given["report"] is not None:
                write_report(found, given["report"])
        except ReadingsError as fault:
            raise CommandError(str(fault)) from fault
        except OSError as fault:
            name = getattr(fault, "filename", None) or given["out"]
            message = f"{name}: cannot be written ({fault.strerror})"
            raise CommandError(message) from fault
        self.stdout.write(f"{given['out']}: {len(found['auc'])} areas written")

    def _analysed(self, given: dict[str, Any]) -> dict[str, Any]:
        options = Options(
            standalone=given["standalone"],
            covariance=given["covariance"],
            alpha=given["alpha"],
            margin=given["margin"],
            seed=given["seed"],
            figure=given["figure"],
            binormal=given["binormal"],
        )
        readings = load(given["ratings"])
        if not given["by"]:
            return analyse(readings, options)
        if not readings.lesion_names:
            message = f"{given['ratings'].name}, line 1, field lesion: no case has one"
            raise ReadingsError(message)
        return analyse_by_lesion(readings, options)


def _write(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
