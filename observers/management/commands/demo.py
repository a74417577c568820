"""The main job end to end: forge, read, detect, compare, on phantoms or photographs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from detector.models import DetectorModel
from detector.network.configs import PAPER_SPARSE_CNN
from forgery.exceptions import WrongInput
from forgery.imaging.domain import FUNDUS
from forgery.models import Manipulator, Pool
from observers.models import Study
from observers.selectors.summary import summary_lines
from observers.services.demo_people import LOGINS, ensure_people

STAFF = ("--coordinator", "coordinator", "--analyst", "analyst")
PHANTOMS_A_LESION = {"quick": 84, "full": 110, "paper": 110}


class Command(BaseCommand):
    """Make the demo studies; a second run reuses what exists."""

    help = (
        "Run the main job end to end: import a pool (phantoms, or the photographs "
        "at --data), train a manipulator a lesion and the paper's detector, build "
        "the studies 'demo' (read by simulated readers, locked, reported) and "
        "'demo-open' (waiting for you). The last line printed is 'report: PATH'."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --data, --preset and --seed."""
        parser.add_argument("--data", type=Path, help="folder of the ODIR layout")
        parser.add_argument(
            "--preset", choices=sorted(PHANTOMS_A_LESION), default="quick"
        )
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run each command in turn."""
        begun = time.monotonic()
        data: Path | None = options["data"]
        if data is not None and not data.is_dir():
            msg = f"--data {data}: no such folder"
            raise CommandError(msg)
        self.preset = str(options["preset"])
        self.seed = int(options["seed"])
        try:
            ensure_people()
        except WrongInput as error:
            raise CommandError(str(error)) from error
        pool = self._pool(data)
        self._forge(pool)
        detector = self._detect(pool)
        folder = self._read_and_compare(pool, detector)
        self._open_study(pool)
        study = Study.objects.get(name=self._study_name("demo", pool))
        for line in summary_lines(study):
            self.stdout.write(line)
        minutes = (time.monotonic() - begun) / 60
        self.stdout.write(f"work took {minutes:.1f} minutes; logins:")
        for login in LOGINS:
            self.stdout.write(f"  {login.username:<18} {login.password}")
        self.stdout.write(f"report: {folder / 'report.html'}")

    def _run(self, *arguments: str) -> None:
        """Say which command comes next, then run it."""
        self.stdout.write(
            self.style.MIGRATE_HEADING("manage.py " + " ".join(arguments))
        )
        call_command(*arguments, stdout=self.stdout, stderr=self.stderr)

    def _pool(self, data: Path | None) -> Pool:
        """Import the pool unless it is there."""
        name = "phantom" if data is None else data.resolve().name
        if not Pool.objects.filter(name=name, images__isnull=False).exists():
            if data is None:
                count = str(PHANTOMS_A_LESION[self.preset])
                what = ["phantom", "--layout", "phantom", "--per-lesion", count]
            else:
                what = [str(data), "--layout", "odir"]
            self._run("import_pool", *what, "--pool", name, "--seed", str(self.seed))
        return Pool.objects.get(name=name)

    def _forge(self, pool: Pool) -> None:
        """Train a manipulator a lesion, manipulate, measure."""
        made = Manipulator.objects.filter(pool=pool, preset=self.preset)
        if set(made.values_list("lesion", flat=True)) < set(FUNDUS.lesion_keys):
            preset = ("--preset", self.preset, "--seed", str(self.seed))
            self._run("train_manipulator", pool.name, *preset)
        names = list(made.values_list("name", flat=True))
        wanted = ("opt", "practice", "test", "crossfit")
        roles = [word for role in wanted for word in ("--role", role)]
        self._run("manipulate", *names, *roles)
        self._run("quality_report", *names)

    def _detect(self, pool: Pool) -> str:
        """Train the detector unless it is there."""
        name = f"{pool.name}-detector"
        if not DetectorModel.objects.filter(name=name).exists():
            self._run(
                *("train_detector", "--pool", pool.name, "--name", name),
                *("--recipe", PAPER_SPARSE_CNN.key),
                *("--preset", self.preset, "--seed", str(self.seed)),
            )
        return name

    def _study_name(self, wanted: str, pool: Pool) -> str:
        """``wanted``, unless a study of another pool already has the name."""
        other = Study.objects.filter(name=wanted).exclude(pool=pool).exists()
        return f"{wanted}-{pool.name}" if other else wanted

    def _read_and_compare(self, pool: Pool, detector: str) -> Path:
        """Make, read, lock, score and report the study of simulated readers."""
        name = self._study_name("demo", pool)
        if not Study.objects.filter(name=name).exists():
            self._run(
                *("create_study", "--pool", pool.name, "--name", name),
                *("--title", "Demo: simulated readers", "--seed", str(self.seed)),
                *STAFF,
                *("--freeze", "--open"),
            )
        if Study.objects.get(name=name).state != Study.State.LOCKED:
            self._run("simulate_readers", name, "--seed", str(self.seed), "--lock")
        self._run("score_study", name, "--detector", detector)
        folder = Path(settings.VAR_DIR) / "reports" / name
        self._run("export_report", name, "--out", str(folder))
        return folder

    def _open_study(self, pool: Pool) -> None:
        """Make the study that waits for the demo logins."""
        name = self._study_name("demo-open", pool)
        if not Study.objects.filter(name=name).exists():
            self._run(
                *("create_study", "--pool", pool.name, "--name", name),
                *("--title", "Demo: waiting for you", "--seed", str(self.seed + 1)),
                *("--reader", "ophthalmologist:ophthalmologists:12"),
                *("--reader", "general-doctor:general-doctors:6"),
                *("--practice", "4"),
                *STAFF,
                *("--freeze", "--open"),
            )
