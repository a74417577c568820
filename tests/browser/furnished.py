"""A house with something in every room: what the walk through all pages opens."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from fido2 import webauthn
from fido2.cose import CoseKey

from forgery.models import ImportProblem, Job, Manipulation
from observers.models import Session, Study
from observers.models.protocol import Group
from observers.reports import body, bundle
from observers.selectors import runs
from observers.services import analysing, locking, reporting, simulation, studies
from observers.services import reading as reading_service
from observers.services.consent import give_consent
from observers.services.invitations import Guest, invite
from observers.views.wizard import STEPS
from tests import factories
from tests.architecture.test_access import check_of

GROUPS = (
    Group("ophthalmologists", "Ophthalmologists", 1, 10),
    Group("general-doctors", "General doctors", 1, 5),
)
CURVE = [[step, 1 / (1 + step / 40)] for step in range(0, 200, 5)]
FIGURES = {"validation_auc": 0.91, "validation_balanced_accuracy": 0.83}


@dataclass
class House:
    """Who lives here, and the objects to put into addresses."""

    people: dict[str, User | None]
    things: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Arguments of the views whose name begins so; the longest beginning wins."""

    def addresses(self, name: str, wanted: Sequence[str]) -> list[str]:
        """Return the addresses of a view, one for each of its objects."""
        if not wanted:
            return [reverse(name)]
        begins = [begin for begin in self.things if name.startswith(begin)]
        given = self.things[max(begins, key=len)] if begins else []
        fitting = [one for one in given if set(wanted) <= set(one)]
        return list(
            dict.fromkeys(
                reverse(name, kwargs={key: one[key] for key in wanted})
                for one in fitting
            )
        )


def furnish() -> House:
    """Make studies in three states, people of every kind, models and jobs."""
    owner = factories.coordinator_user(username="coordinator")
    opened, locked, draft = open_study(owner), locked_study(owner), draft_study(owner)
    analyst = factories.UserFactory(username="analyst")
    for study in (opened, locked):
        factories.give_role(study, analyst, "analyst")
    readers = [enrolment.user for enrolment in opened.enrolments.all()]
    chief = {"is_superuser": True, "is_staff": True}
    house = House(
        {
            "anonymous": None,
            "newcomer": factories.UserFactory(username="newcomer"),
            "reader": readers[0],
            "next reader": readers[1],
            "former reader": locked.enrolments.all()[0].user,
            "coordinator": owner,
            "analyst": analyst,
            "superuser": factories.UserFactory(username="superuser", **chief),
            "keeper": keeper(),
        }
    )
    house.things = things_of(opened, locked, draft)
    house.things |= made_of(opened, owner)
    house.things |= {name: [one] for name, one in check_of(opened).items()}
    return house


def keeper() -> User:
    """Make somebody who has a passkey, an app and recovery codes."""
    user = factories.UserFactory(username="keeper")
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    WebAuthn.add(user, "Laptop", registered())
    return user


def registered() -> dict[str, Any]:
    """Write what a browser sends when a passkey is made; the key opens nothing."""
    key = {1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)}
    name = webauthn.Aaguid.NONE
    held = webauthn.AttestedCredentialData.create(name, b"credential", CoseKey(key))
    flag = webauthn.AuthenticatorData.FLAG
    data = webauthn.AuthenticatorData.create(
        bytes(32), flag.AT | flag.UP | flag.UV, 0, held
    )
    answer = webauthn.AuthenticatorAttestationResponse(
        client_data=webauthn.CollectedClientData.create(
            "webauthn.create", b"challenge", "http://localhost"
        ),
        attestation_object=webauthn.AttestationObject.create("none", data, {}),
    )
    response = webauthn.RegistrationResponse(raw_id=b"credential", response=answer)
    found: dict[str, Any] = json.loads(json.dumps(dict(response)))
    return found


def open_study(owner: User) -> Study:
    """Make a study that its first reader is in the middle of."""
    rules = factories.tiny_protocol(
        consent="We ask for your consent.",
        instructions="Judge each photograph.",
        undo_seconds=60,
        review="before-finish",
        marks="both",
    )
    study = factories.open_study(owner=owner, protocol=rules, title="Open study")
    for enrolment in study.enrolments.all():
        text = study.rules.consent
        give_consent(enrolment=enrolment, reader=enrolment.user, text=text)
    sessions = Session.objects.filter(enrolment=study.enrolments.all()[0])
    first, second = sessions.order_by("position")
    reading_service.start_session(token=first.token, reader=first.enrolment.user)
    factories.rate_all(first)
    reading_service.start_session(token=second.token, reader=first.enrolment.user)
    factories.rate_next(second)
    return study


def locked_study(
    owner: User, lesions: tuple[str, ...] = ("glaucoma", "normal")
) -> Study:
    """Make a locked study that simulated readers read, with its report."""
    rules = factories.tiny_protocol(groups=GROUPS, debrief=True, lesions=lesions)
    study = factories.StudyFactory(
        owner=owner,
        protocol=rules,
        title="Locked study",
        pool=factories.tiny_pool(lesions).pool,
    )
    study = simulation.prepare(study=study, seed=1)
    list(simulation.simulate_readers(study=study, seed=1))
    User.objects.filter(enrolments__study=study).update(is_active=True)  # may log in
    studies.close_study(study=study, user=None)
    locking.lock_study(study=study, user=None)
    study.refresh_from_db()
    run = analysing.run_analysis(study=study, settings=runs.asked(study, {}), user=None)
    made = bundle.build(run)
    reporting.store_report(
        study=study,
        run=run,
        detector=None,
        made=reporting.Made(made.result, made.files, made.view),
        name=body.file_name,
    )
    return study


def draft_study(owner: User) -> Study:
    """Make a draft with one reader enrolled and one invited."""
    study = factories.StudyFactory(owner=owner, title="Draft of a study")
    factories.enrol(study)
    guest = Guest("kim@example.org", "gp", Decimal(6))
    invite(study=study, actor=owner, guest=guest, site="http://testserver")
    return study


def mailed_token() -> str:
    """Return the token of the last invitation that was sent."""
    found = re.search(r"/join/([^/\s]+)", str(mail.outbox[-1].body))
    assert found is not None
    return found.group(1)


def things_of(*studies_: Study) -> dict[str, list[dict[str, Any]]]:
    """Name the studies, sets and files that addresses of studies may hold."""
    locked = studies_[1]
    sessions = Session.objects.filter(enrolment__study__in=studies_).order_by("pk")
    pseudonym = studies_[2].enrolments.all()[0].pseudonym
    studies_named = [
        {"name": study.name, "pseudonym": pseudonym, "state": "open"}
        for study in studies_
    ]
    items = [{"session": s.token, "item": s.items.all()[0].token} for s in sessions]
    draft = studies_[2].name
    steps = [{"name": draft, "step": step} for step in STEPS]
    case = {"name": locked.name, "code": locked.sets.all()[0].cases.all()[0].code}
    file = {"report": locked.reports.get().pk, "file": "result.json"}
    return {
        "observers:": [*studies_named, *items],
        "observers:result-file": [{"name": locked.name} | file],
        "observers:join": [{"token": mailed_token()}],
        "observers:setup": steps,
        "observers:preview": [{"name": draft}],
        "observers:case": [case],
        "mfa_remove_webauthn": [
            {"pk": key.pk} for key in Authenticator.objects.filter(type="webauthn")
        ],
    }


def made_of(study: Study, owner: User) -> dict[str, list[dict[str, Any]]]:
    """Make models and jobs, and name what their addresses may hold."""
    pool = study.pool
    maker = factories.working_manipulator(pool, "glaucoma", loss_curve=CURVE)
    detector = factories.DetectorModelFactory(
        pool=pool, loss_curve=CURVE, metrics=FIGURES
    )
    image = pool.images.all()[0]
    factories.image_with_role(pool, "practice", lesion="normal")  # to preview
    ImportProblem.objects.create(
        pool=pool, row=2, file="gone.jpg", reason="file not found."
    )
    manipulation = Manipulation.objects.filter(manipulator__pool=pool)[0]
    named = [{"name": maker.name}, {"name": manipulation.manipulator.name}]
    jobs = [{"pk": job.pk} for job in jobs_of(owner)]
    return {
        "forgery:": [{"name": pool.name, "lesion": "glaucoma", "pk": image.pk}],
        "forgery:view": [{"pk": image.pk, "kind": "spectrum"}],
        "forgery:manipulator": named,
        "forgery:manipulate": named,
        "forgery:quality": named,
        "forgery:manipulation": [{"pk": manipulation.pk}],
        "forgery:side": [{"pk": manipulation.pk, "side": "manipulated"}],
        "forgery:job": jobs,
        "forgery:cancel": jobs,
        "forgery:retry": jobs,
        "detector:": [{"pk": detector.pk}],
        "api:": [{"pk": jobs[0]["pk"], "name": study.name}],
    }


def jobs_of(owner: User) -> list[Job]:
    """Make a job in each state."""
    now = timezone.now()
    began: dict[str, Any] = {"owner": owner, "started_at": now, "attempts": 1}
    over = {"finished_at": now, "total": 0, "done": 78}
    kind, pool = "detector.train_detector", {"pool": "pool"}
    states = {
        "queued": {"owner": owner},
        "running": began | {"done": 40, "total": 200, "curve": CURVE},
        "done": began | over | {"result": {"trained": "detector-1", "images": 78}},
        "failed": began | over | {"message": "The pool has no photographs left."},
        "cancelled": began | over,
    }
    return [
        Job.objects.create(kind=kind, arguments=pool, state=state, **fields)
        for state, fields in states.items()
    ]
