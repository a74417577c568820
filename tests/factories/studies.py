"""Studies in each state, and who belongs to them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import User
from factory.django import DjangoModelFactory

from observers.models import Enrolment, OptSet, Study, StudyRole
from observers.models.protocol import Group, Profile, Protocol
from observers.services import enrolment as enrolling
from observers.services import freezing, studies
from tests.factories.manipulators import tiny_pool
from tests.factories.people import UserFactory, coordinator_user
from tests.factories.pools import SIDE

GROUPS = (Group("ophthalmologists", "Ophthalmologists", 1), Group("gp", "Doctors", 1))


def tiny_protocol(**changes: Any) -> Protocol:
    """Make a protocol of two lesions with three originals and one manipulated each."""
    values: dict[str, Any] = {
        "lesions": ("glaucoma", "normal"),
        "n_original": 3,
        "n_manipulated": 1,
        "groups": GROUPS,
        "reader_profile": Profile(size=SIDE),
    }
    return Protocol(**{**values, **changes})


class StudyFactory(DjangoModelFactory[Study]):
    """A draft without readers; its owner coordinates it."""

    class Meta:
        model = Study

    name = factory.Sequence(lambda n: f"study-{n}")
    title = factory.Sequence(lambda n: f"Study {n}")
    pool = factory.LazyFunction(lambda: tiny_pool().pool)

    @classmethod
    def _create(cls, _model_class: Any, *_args: Any, **kwargs: Any) -> Study:
        protocol = kwargs.pop("protocol", None) or tiny_protocol()
        return studies.create_study(
            user=kwargs.pop("owner", None) or coordinator_user(),
            protocol=protocol,
            **kwargs,
        )


def enrol(study: Study, user: User | None = None, group: str = "gp") -> Enrolment:
    """Enrol a reader in a draft."""
    name = (user or UserFactory()).username
    reader = enrolling.NewReader(name, group, Decimal(7))
    return enrolling.enrol_reader(study=study, actor=None, reader=reader).enrolment


def frozen_study(n_readers: int = 2, **fields: Any) -> Study:
    """Make a frozen study with readers of both groups."""
    study = StudyFactory(**fields)
    for i in range(n_readers):
        enrol(study, group=GROUPS[i % 2].key)
    return freezing.freeze_study(study=study, user=study.owner)


def open_study(n_readers: int = 2, **fields: Any) -> Study:
    """Make a study that is open for reading."""
    study = frozen_study(n_readers, **fields)
    return studies.open_study(study=study, user=study.owner)


def give_role(study: Study, user: User, role: str) -> StudyRole:
    """Make somebody coordinator or analyst."""
    return studies.add_role(
        study=study, actor=None, user=user, role=StudyRole.Role(role)
    )


def set_of(study: Study, lesion: str = "glaucoma") -> OptSet:
    """Return the study's OPT set of a lesion."""
    return study.sets.get(lesion=lesion)


def empty_result(study: Study) -> dict[str, Any]:
    """Make a result without a number, as pages take it."""
    views: dict[str, Any] = {"matched": {}, "unmatched": {}, "s8": {}}
    return {
        "rows": [],
        "study": {
            "readers": [],
            "groups": [],
            "lesions": [],
            "protocol": study.protocol,
        },
        "groups": {},
        "readers": {},
        "paper": {"auc": {}},
        "mrmc": {"lesions": {}, "pooled": {}},
        "mrmc_tables": [],
        "detector": {**views, "name": None, "baseline": views},
    }


def empty_view(study: Study) -> dict[str, Any]:
    """Make a view of a study's cases that nobody has read."""
    nothing = ("detector", "probability", "mean", "disagreement", "wrong", "seconds")
    return {
        "panels": {},
        "histograms": {},
        "readers": [],
        "cases": [
            {
                "case": case.code,
                "lesion": opt_set.lesion,
                "truth": 0,
                "n": 0,
                "patient": "P001",
                "family": "",
                "ratings": [],
                "times": [],
                **dict.fromkeys(nothing),
            }
            for opt_set in study.sets.all()
            for case in opt_set.cases.all()
        ],
    }
