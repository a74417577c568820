"""Import photographs (or phantoms) into a pool."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from forgery.exceptions import NothingImported
from forgery.management.base import WorkCommand, pairs, plain_sentences
from forgery.models import Job
from forgery.selectors import pool_called, reason_text, reservation_table, table1
from forgery.services import import_checks, pools
from forgery.services.layouts import LAYOUTS


class Command(WorkCommand):
    """Import a source into a pool."""

    kind = "forgery.import_pool"
    help = (
        "Import images into a pool: verify each file by decoding it, strip and store "
        "it losslessly, select by stated rules, and set patient clusters aside. Bad "
        "rows and files are named with their reason and never stop the rest; "
        "importing again is safe. Example: import_pool ../shared/data/odir "
        "--pool odir --layout odir"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "source",
            help="folder (or the manifest's CSV file); 'phantom' for phantoms",
        )
        parser.add_argument("--pool", required=True, help="name of the pool")
        parser.add_argument(
            "--layout",
            required=True,
            choices=LAYOUTS,
            help=(
                "odir: full_df.csv or the annotation workbook, and images; folders: "
                "one folder a lesion; manifest: a CSV with file, lesion, patient_id, "
                "eye; phantom: render synthetic photographs"
            ),
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="LABEL=LESION",
            help="what a label of the source means; may be repeated",
        )
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="OURS=THEIRS",
            help="manifest: which column holds file, lesion, patient_id or eye",
        )
        parser.add_argument(
            "--draw",
            action="append",
            metavar="LESION=N",
            help="images of a lesion that count, drawn by the seed (odir: normal=114)",
        )
        self._add_more(parser)

    def _add_more(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--eyes", choices=import_checks.EYES, help="eyes that count (default right)"
        )
        parser.add_argument("--seed", type=int, help="of all draws (default 1)")
        parser.add_argument("--licence", help="terms under which the images are used")
        parser.add_argument("--domain", help="registered domain (default fundus)")
        parser.add_argument(
            "--per-lesion", type=int, help="phantoms a lesion (default 110)"
        )
        parser.add_argument(
            "--opt", type=int, help="clusters a lesion set aside for OPT (default 50)"
        )
        parser.add_argument(
            "--practice", type=int, help="clusters a lesion for practice (default 2)"
        )

    def handle(self, **options: Any) -> None:
        """Import and print what came of it."""
        with plain_sentences():
            arguments = pools.arguments(
                source=None if options["layout"] == "phantom" else options["source"],
                pool=options["pool"],
                layout=options["layout"],
                names=pairs(options["map"], "--map"),
                columns=pairs(options["column"], "--column"),
                draw=_numbers(options["draw"]),
                **{name: options[name] for name in _PLAIN},
            )
        job = self._import(arguments)
        self._report(job)

    def _import(self, arguments: dict[str, Any]) -> Job:
        try:
            return self.run(arguments, pools.import_work)
        except CommandError as error:
            if isinstance(error.__cause__, NothingImported):
                for problem in error.__cause__.problems:
                    self.stderr.write(str(problem))
            raise

    def _report(self, job: Job) -> None:
        result = job.result
        pool = pool_called(result["pool"])
        for problem in pool.problems.all():
            where = f"row {problem.row}, " if problem.row else ""
            self.say(f"not imported: {where}{problem}")
        self.say(f"pool {pool.name}: {result['new']} new, {result['in_all']} in all")
        self.say("Table 1 (included / excluded by reason / the paper's):")
        for row in table1(pool).rows:
            reasons = ", ".join(f"{key} {n}" for key, n in row.excluded.items())
            paper = "-" if row.paper is None else row.paper
            self.say(f"  {row.name}: {row.included} / {reasons or 'none'} / {paper}")
        for key, sentence in reason_text(pool).items():
            self.say(f"  {key}: {sentence}")
        self.say("Clusters by role:")
        for line in reservation_table(pool).lines():
            self.say(f"  {line}")


_PLAIN = ("eyes", "seed", "licence", "domain", "per_lesion", "opt", "practice")


def _numbers(texts: list[str] | None) -> dict[str, int] | None:
    if texts is None:
        return None
    return {key: int(value) for key, value in pairs(texts, "--draw").items()}
