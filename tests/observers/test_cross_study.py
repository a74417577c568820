"""Through another study on the same photographs, a reader learns nothing.

Whoever reads in a study that is not locked may run or analyse another one. Every
address of the resolver is walked as such a person, with the objects of both studies,
so that a new address is walked, too.
"""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from detector.models import DetectorScore
from forgery.models import FundusImage, Job
from observers.exceptions import ReaderMustStayBlind
from observers.models import CaseTruth, Study
from observers.services import freezing, studies
from observers.services.blinding import secrets_of
from tests import factories
from tests.architecture import access_table as table
from tests.architecture.test_access import (
    ALL,
    ask,
    is_refused,
    log_in,
    objects_of,
    report_of,
)

MAKER = ("create_study", "import_pool", "train_manipulator", "train_detector")
PREVIEW = ("observers:preview", "observers:preview-image")
CLOSED = {*table.FORGERY, *table.DETECTOR, *table.RESULTS, *PREVIEW}
"""What touches photographs and results: shut to whoever reads anywhere."""


@dataclass
class Twins:
    """Two studies on one pool; their readers run or analyse the other one."""

    read: Study
    """The study that is being read."""
    other: Study
    coordinator: User
    """Reads in the one and coordinates the other."""
    analyst: User
    """Reads in the one and analyses the other."""
    named: list[dict[str, dict[str, object]]]

    def paths(self, address):
        """Fill an address with the objects of either study."""
        found = set()
        for named in self.named:
            begins = [b for b in named if address.name.startswith(b)]
            given = {}
            for begin in sorted(begins, key=len):
                given |= named[begin]
            if set(address.arguments) <= set(given):
                wanted = {key: given[key] for key in address.arguments}
                found.add(reverse(address.name, kwargs=wanted))
        return sorted(found)


def names_of(study: Study, session) -> dict[str, object]:
    """Arguments of the addresses of a study."""
    return {
        "name": study.name,
        "session": session.token,
        "item": session.items.order_by("position")[0].token,
        "step": "cases",
        "n": 0,
        "pseudonym": study.enrolments.all()[0].pseudonym,
        "state": "closed",
        "report": report_of(study).pk,
        "code": study.sets.all()[0].cases.all()[0].code,
        "kind": "shown",
        "file": "result.json",
        "token": "no-such-link",
    }


def parts_of(given: dict[str, object]) -> dict[str, object]:
    """What the API's addresses name of a study's parts."""
    return {key: given[key] for key in ("code", "kind", "pseudonym")}


def twin_objects(study: Study, detector) -> None:
    """Score the photographs, and put one of them into another pool as well."""
    image = FundusImage.objects.filter(pool=study.pool)[0]
    DetectorScore.objects.create(
        detector=detector,
        image=image,
        view="matched",
        score=0.7,
        probability=0.6,
    )
    with image.file.open("rb") as handle:
        again = ContentFile(handle.read(), name="again.png")
    factories.FundusImageFactory(
        pool=factories.PoolFactory(name="second-pool"),
        cluster=image.cluster,
        file=again,
    )


@pytest.fixture
def twins(db):
    pool = factories.tiny_pool().pool
    coordinator, analyst = factories.UserFactory(), factories.UserFactory()
    for user in (coordinator, analyst):
        user.user_permissions.set(Permission.objects.filter(codename__in=MAKER))
    other = factories.open_study(pool=pool, owner=coordinator)
    draft = factories.StudyFactory(pool=pool, owner=coordinator)
    factories.enrol(draft)
    for study in (other, draft):
        factories.give_role(study, analyst, "analyst")
    read = factories.StudyFactory(pool=pool)
    factories.enrol(read, coordinator)
    factories.enrol(read, analyst)
    read = freezing.freeze_study(study=read, user=read.owner)
    read = studies.open_study(study=read, user=read.owner)
    session = factories.started_session(read)
    shared = objects_of(read)
    check = Job.objects.create(kind="observers.check_images", owner=read.owner)
    shared["observers:check"] = {"pk": check.pk, "file": "scores.csv"}
    mine, theirs = (
        names_of(read, session),
        names_of(other, factories.started_session(other)),
    )
    shared["api:"] |= parts_of(mine)
    report = {"name": other.name, "pk": report_of(other).pk, "file": "a.json"}
    named = [
        shared | {"observers:": mine},
        {
            "observers:": theirs,
            "api:": report | parts_of(theirs),
            "forgery:": {"name": "second-pool", "lesion": "glaucoma"},
        },
    ]
    return Twins(read, other, coordinator, analyst, named)


def put_draft(twins: Twins) -> None:
    """Let a draft of the same people stand for the other study."""
    draft = Study.objects.get(state="draft")
    reader = draft.enrolments.get()
    changes = {"name": draft.name, "pseudonym": reader.pseudonym}
    for begin in ("observers:", "api:"):
        twins.named[1][begin] |= changes


def hidden(study: Study) -> list[str]:
    """Everything of the cases that must not be read.

    Who runs the other study knows the pool, and the manipulators of its protocol.
    """
    truths = CaseTruth.objects.filter(case__opt_set__study=study).select_related(
        "case", "image__cluster", "manipulation__manipulator"
    )
    made = {one.manipulation.manipulator.name for one in truths if one.manipulation}
    return [
        word
        for word in secrets_of(study, list(truths))
        if word not in made | {study.pool.name}
    ]


def learned(client: Client, twins: Twins, words: list[str]) -> list[str]:
    """Walk every address; name those that tell a word or open what must be shut."""
    found = []
    for address in ALL:
        for path in twins.paths(address):
            answer = ask(client, path)
            body = b"" if answer.streaming else answer.content
            text = body.decode("utf-8", "replace") + str(answer.headers)
            asked = {part for part in path.split("/") if len(part) > 7}
            told = [word for word in words if word in text and word not in asked]
            found += [f"{path} tells {word}" for word in told]
            if address.name in CLOSED and not is_refused(answer):
                found.append(f"{path} is open: {answer.status_code}")
    return found


@pytest.mark.parametrize("role", ["coordinator", "analyst"])
@pytest.mark.parametrize("state", ["draft", "open", "locked"])
def test_who_reads_learns_nothing_through_another_study(twins, role, state):
    if state == "draft":
        put_draft(twins)
    else:
        Study.objects.filter(pk=twins.other.pk).update(state=state)
    client = log_in(getattr(twins, role))

    assert learned(client, twins, hidden(twins.read)) == []


def test_a_closed_study_is_no_more_open_than_one_that_is_read(twins):
    Study.objects.filter(pk=twins.read.pk).update(state=Study.State.CLOSED)
    client = log_in(twins.analyst)

    assert learned(client, twins, hidden(twins.read)) == []


def test_once_both_are_locked_the_results_are_there(twins):
    """The walk would see something: nothing is shut for another reason."""
    both = Study.objects.filter(pk__in=[twins.read.pk, twins.other.pk])
    both.update(state=Study.State.LOCKED)
    page = reverse("observers:results", args=[twins.other.name])

    assert log_in(twins.analyst).get(page).status_code == 200
    pool = reverse("forgery:pool", args=[twins.read.pool.name])
    assert log_in(twins.coordinator).get(pool).status_code == 200


def test_every_address_is_walked(twins):
    unreached = {address.name for address in ALL if not twins.paths(address)}

    assert unreached <= {"mfa_remove_webauthn"}


def test_files_have_no_address_of_their_own(twins):
    client = log_in(twins.coordinator)
    for truth in CaseTruth.objects.select_related("case", "image", "manipulation"):
        files = [truth.case.file, truth.image.file]
        files += [truth.manipulation.file] if truth.manipulation else []
        for file in files:
            for begin in ("/media/", "/static/", "/"):
                assert client.get(f"{begin}{file.name}").status_code == 404


def test_a_case_of_another_session_is_not_sent(twins):
    """Neither another reader's token nor another study's opens an image."""
    own = factories.started_session(twins.read, 1)
    client = log_in(own.enrolment.user)
    mine = own.items.order_by("position")[0].token
    theirs = factories.first_session(twins.read, 0)
    others = factories.first_session(twins.other, 0)
    for session in (theirs, others):
        item = session.items.order_by("position")[0].token
        for pair in ((session.token, item), (own.token, item), (session.token, mine)):
            address = reverse("observers:api-image", args=pair)
            assert client.get(address).status_code in {403, 404}


def test_nobody_becomes_reader_and_analyst_of_one_study(twins):
    with pytest.raises(ReaderMustStayBlind):
        factories.give_role(twins.read, twins.analyst, "analyst")
