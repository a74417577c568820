"""An archive of ``backup`` in the place of what is there."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from forgery.management.base import plain_sentences
from observers.models import Study
from observers.services.backups import bring_back


class Command(BaseCommand):
    """Restore, migrate, and verify every study."""

    help = (
        "Bring an archive of `backup` back: check its hashes and its key first, then "
        "put database and files in place, and verify every study's chains."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the archive."""
        parser.add_argument("archive", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="put it over studies that are here"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Restore."""
        with plain_sentences():
            faults = bring_back(options["archive"], replace=options["replace"])
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            msg = f"restored, but {len(faults)} faults were found"
            raise CommandError(msg)
        self.stdout.write(f"restored; {Study.objects.count()} studies verified")
