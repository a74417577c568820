"""Create a study from a pool: draft it, enrol readers, freeze and open it."""

from __future__ import annotations

from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from forgery.exceptions import WrongInput
from forgery.management.base import pairs, plain_sentences
from forgery.selectors import pool_called
from observers.models import Study, StudyRole
from observers.models.protocol import PAPER_GROUPS
from observers.services import enrolment, freezing, simulation, studies
from observers.services.enrolment import NewReader
from observers.services.protocol import default_protocol, read_protocol_file

OPTIONS = ("seed", "n_original", "n_manipulated", "practice", "filters")


class Command(BaseCommand):
    """Create a study; every option has the paper's value as its default."""

    help = (
        "Create a study on a pool. Without --protocol it is the paper's: four lesions "
        "of 45 original and 5 manipulated cases, ophthalmologists and general doctors, "
        "ratings 0 to 100. With --freeze and no reader named, the protocol's numbers "
        "of simulated readers are enrolled. "
        "Example: create_study --pool odir --name pilot "
        "--reader kim:ophthalmologists:12 --reader lee:general-doctors:6 --freeze"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--pool", required=True, help="name of the pool")
        parser.add_argument("--name", required=True, help="short name of the study")
        parser.add_argument("--title", default="", help="as readers see it")
        parser.add_argument(
            "--protocol",
            type=Path,
            metavar="FILE",
            help="protocol document, JSON or TOML; what it leaves out has its default",
        )
        parser.add_argument("--seed", type=int, help="of draw and orders (default 1)")
        parser.add_argument(
            "--n-original", type=int, help="original cases a set (default 45)"
        )
        parser.add_argument(
            "--n-manipulated", type=int, help="manipulated cases a set (default 5)"
        )
        parser.add_argument(
            "--practice",
            type=int,
            help="practice cases before the first set, with feedback (default 0)",
        )
        parser.add_argument(
            "--filters",
            choices=("matched", "unequal"),
            help="unequal is the paper's, carries a warning (default matched)",
        )
        parser.add_argument(
            "--groups",
            nargs="+",
            metavar="GROUP=N",
            help="planned readers a group (ophthalmologists=3 general-doctors=2)",
        )
        parser.add_argument(
            "--manipulators",
            nargs="+",
            metavar="NAME",
            help="whose images to draw (default: the newest of each lesion)",
        )
        parser.add_argument(
            "--cluster",
            action="append",
            metavar="NAME",
            help="draw from the clusters so named alone; may be repeated",
        )
        self.add_people(parser)

    def add_people(self, parser: ArgumentParser) -> None:
        """Declare the options about people and states."""
        parser.add_argument(
            "--reader",
            action="append",
            default=[],
            metavar="USER:GROUP:YEARS",
            help="enrol a reader; an unknown user gets an account and a password",
        )
        parser.add_argument(
            "--readers",
            type=Path,
            metavar="FILE",
            help="CSV of readers: username, group, years, email",
        )
        parser.add_argument(
            "--coordinator",
            action="append",
            default=[],
            metavar="USER",
            help="an existing account that coordinates the study",
        )
        parser.add_argument(
            "--analyst",
            action="append",
            default=[],
            metavar="USER",
            help="an existing account that analyses the study",
        )
        parser.add_argument("--freeze", action="store_true", help="freeze it at once")
        parser.add_argument(
            "--open", action="store_true", help="freeze it and open it for reading"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Create the study and bring it as far as asked."""
        with plain_sentences(), transaction.atomic():
            pool = pool_called(options["pool"])
            readers = named_readers(options)
            study = studies.create_study(
                user=None,
                name=options["name"],
                title=options["title"],
                pool=pool,
                protocol=default_protocol(pool, changes(options)),
            )
            self.add_roles(study, options)
            self.enrol(study, readers)
            study = self.advance(study, options)
        self.stdout.write(
            f"study {study.name}: {study.get_state_display()}, "
            f"{study.enrolments.count()} readers, protocol {study.rules.digest[:12]}"
        )

    def add_roles(self, study: Study, options: dict[str, Any]) -> None:
        """Give existing accounts their roles."""
        for role in (StudyRole.Role.COORDINATOR, StudyRole.Role.ANALYST):
            for username in options[role.value]:
                user = get_user_model().objects.filter(username=username).first()
                if user is None:
                    msg = f"There is no account called {username!r} to be {role.value}."
                    raise WrongInput(msg)
                studies.add_role(study=study, actor=None, user=user, role=role)

    def enrol(self, study: Study, readers: list[NewReader]) -> None:
        """Enrol the named readers, printing each new password once."""
        for reader in readers:
            made = enrolment.enrol_reader(study=study, actor=None, reader=reader)
            line = f"reader {made.enrolment.pseudonym}: {reader.username}"
            if made.password:
                line += f", new account with the password {made.password}"
            self.stdout.write(line)

    def advance(self, study: Study, options: dict[str, Any]) -> Study:
        """Freeze and open as asked."""
        if not (options["freeze"] or options["open"]):
            return study
        if not study.enrolments.exists():
            simulation.enrol_simulated(study=study, seed=study.rules.seed)
            self.stdout.write("no reader named: simulated readers are enrolled")
        study.refresh_from_db()
        study = freezing.freeze_study(study=study, user=None)
        for warning in study.rules.warnings:
            self.stderr.write(warning)
        if options["open"]:
            study = studies.open_study(study=study, user=None)
        return study


def changes(options: dict[str, Any]) -> dict[str, Any]:
    """Collect what differs from the default protocol: the file's, then the options'."""
    path = options["protocol"]
    document = read_protocol_file(path) if path else {}
    document |= {k: options[k] for k in OPTIONS if options[k] is not None}
    for name, option in (("manipulators", "manipulators"), ("clusters", "cluster")):
        if options[option]:
            document[name] = options[option]
    if options["groups"]:
        document["groups"] = planned_groups(options["groups"])
    return document


def planned_groups(texts: list[str]) -> list[dict[str, Any]]:
    """Read GROUP=N; the paper's groups keep their names and years."""
    known = {group.key: group for group in PAPER_GROUPS}
    entries = []
    for key, number in pairs(texts, "--groups").items():
        if not number.isdecimal():
            msg = f"--groups wants GROUP=N with a whole number, not {key}={number}."
            raise WrongInput(msg)
        group = known.get(key)
        entries.append(
            {
                "key": key,
                "name": group.name if group else key.replace("-", " ").capitalize(),
                "n_readers": int(number),
                "min_years": group.min_years if group else 0,
            }
        )
    return entries


def named_readers(options: dict[str, Any]) -> list[NewReader]:
    """Read the readers of --readers and --reader."""
    path = options["readers"]
    listed = enrolment.read_readers_file(path) if path else []
    return listed + [one_reader(text) for text in options["reader"]]


def one_reader(text: str) -> NewReader:
    """Read USER:GROUP:YEARS."""
    parts = text.split(":")
    try:
        username, group, years = (part.strip() for part in parts)
        return NewReader(username, group, Decimal(years))
    except (ValueError, InvalidOperation):
        msg = f"--reader wants USER:GROUP:YEARS, not {text!r}."
        raise WrongInput(msg) from None
