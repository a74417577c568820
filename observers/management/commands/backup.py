"""Database and files into one archive."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from forgery.management.base import plain_sentences
from observers.services.backups import back_up


class Command(BaseCommand):
    """Back up everything but the keys."""

    help = (
        "Write database and files to one archive with a manifest of hashes, also "
        "while a study is being read. The keys are not in it: keep them elsewhere."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the archive."""
        parser.add_argument("--out", type=Path, metavar="FILE", help="(var/backups/)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Back up."""
        day = timezone.now().strftime("%Y%m%d-%H%M%S")
        target = options["out"] or settings.VAR_DIR / "backups" / f"{day}.tar.gz"
        with plain_sentences():
            names = back_up(target)
        self.stdout.write(f"database and {names} files written to {target}")
