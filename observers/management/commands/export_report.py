"""Compare readers with the detector, and write the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgery.exceptions import SENTENCES
from observers.analysis.covariance import METHODS
from observers.models import Study
from observers.reports.body import file_name
from observers.reports.bundle import build
from observers.selectors.runs import asked
from observers.selectors.scores import detectors_of
from observers.services.analysing import run_analysis
from observers.services.reporting import Made, store_report


class Command(BaseCommand):
    """Write HTML, PDF, JSON, CSV and figures of a locked study."""

    help = (
        "Compare readers, groups and the detector on the same cases of a locked STUDY "
        "and write report.html, report.pdf, result.json, result.xlsx, mrmc.csv, "
        "auc.csv, cases.csv, curves.csv, ratings.csv, ratings.imrmc, "
        "ratings-rjafroc.xlsx, figures/, manifest.json and everything.zip to --out. "
        "The same lock, scores and code give the same numbers in any language."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare study, folder and detector."""
        parser.add_argument("study", help="name of the study")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument(
            "--detector", help="name of a detector that scored the study (the newest)"
        )

        parser.add_argument(
            "--leave-out",
            dest="left_out",
            action="append",
            default=[],
            metavar="READER",
            help="pseudonym of a reader to leave out: a sensitivity analysis",
        )
        parser.add_argument(
            "--language",
            choices=dict(django_settings.LANGUAGES),
            default=django_settings.LANGUAGE_CODE,
            help="of HTML, PDF and figures (default %(default)s); data have none",
        )
        parser.add_argument(
            "--covariance", choices=METHODS, help="instead of the protocol's"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Build, store and write."""
        study = Study.objects.filter(name=options["study"]).first()
        if study is None:
            msg = f"no study is called {options['study']!r}"
            raise CommandError(msg)
        try:
            detector = _detector(study, options["detector"])
            settings = asked(study, {**options, "detector": detector})
            run = run_analysis(study=study, settings=settings, user=None)
            report = build(run, options["language"])
            store_report(
                study=study,
                run=run,
                detector=detector,
                made=Made(report.result, report.files, report.view),
                name=file_name,
            )
            write(report.files, options["out"])
        except SENTENCES as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"report: {options['out'] / 'report.html'}")


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write the files below ``folder``, made where it is missing."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _detector(study: Study, wanted: str | None) -> str | None:
    """Choose the detector; without one the report says so."""
    known = detectors_of(study)
    if wanted is not None and wanted not in known:
        msg = f"detector {wanted!r} has not scored study {study.name}: run score_study"
        raise CommandError(msg)
    return wanted or (known[0] if known else None)
