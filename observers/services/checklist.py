"""What a draft still lacks before readers can begin, and what is worth a thought.

Each point says what is so, why it matters, and where it is mended. A point that is
missing keeps the study from being frozen; one to consider does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forgery.exceptions import WrongInput
from forgery.selectors.job_words import lesion_name
from forgery.selectors.next_steps import under_way
from observers.models import Study
from observers.models.protocol import UNEQUAL, Protocol
from observers.selectors.setup import assumptions, effort, precision
from observers.services import invitations, practice, sets

State = Literal["ready", "missing", "consider"]


@dataclass(frozen=True)
class Point:
    """One line of the checklist."""

    name: str | Promise
    state: State
    text: str
    mend: str = ""
    """Address of the page that mends it."""
    is_being_made: bool = False
    """Whether jobs mend it by themselves; the page then shows them."""


@dataclass(frozen=True)
class Offer:
    """What the pool offers for one lesion's set."""

    lesion: str
    name: str
    patients: int
    manipulated: int
    lack: str
    """What is missing, in a sentence; empty when it suffices."""


def hint(study: Study, rules: Protocol) -> dict[str, Any]:
    """Say what a protocol would mean: precision, patients and effort."""
    rows = precision(rules)
    offered = offers(study, rules)
    return {
        "precision": rows,
        "assumptions": assumptions(rules, rows),
        "offers": offered,
        "fits": min((one.patients for one in offered), default=0),
        "under_way": under_way(study.pool),
        "effort": effort(rules),
    }


def offers(study: Study, rules: Protocol) -> list[Offer]:
    """Count what the pool offers for each lesion of a protocol."""
    found = []
    for lesion in rules.lesions:
        offer = sets.candidates(study.pool, lesion, rules)
        found.append(
            Offer(
                lesion,
                lesion_name(lesion),
                len(offer.images),
                len(offer.manipulations),
                sets.shortfall(offer, rules),
            )
        )
    return found


def checklist(study: Study) -> list[Point]:
    """Go through everything that a study needs before it is frozen."""
    return [
        *_cases(study),
        *_readers(study),
        *_reading(study),
        *_words(study),
    ]


def missing(study: Study) -> list[str]:
    """Say what keeps a draft from being frozen; empty when nothing."""
    return [point.text for point in checklist(study) if point.state == "missing"]


def _setup(study: Study, step: str) -> str:
    return reverse("observers:setup", args=[study.name, step])


def _cases(study: Study) -> Iterator[Point]:
    pool, rules = study.pool, study.rules
    if not pool.licence and not pool.is_synthetic:
        text = _("Readers and reviewers will ask under which terms images are used.")
        yield Point(_("Licence"), "consider", text, pool.get_absolute_url())
    try:
        sets.named_clusters(pool, rules)
    except (PermissionDenied, WrongInput) as refusal:
        yield Point(_("Clusters"), "missing", str(refusal), _setup(study, "cases"))
    n_under_way = under_way(pool)
    for offer in offers(study, rules):
        if not offer.lack:
            text = _("{patients} patients, {forged} of them manipulated.").format(
                patients=offer.patients, forged=offer.manipulated
            )
            yield Point(offer.name, "ready", text)
        elif n_under_way and offer.patients >= rules.cases_per_set:
            text = _("{forged} of {needed} manipulated; images are being made.").format(
                forged=offer.manipulated, needed=rules.n_manipulated
            )
            jobs = reverse("forgery:jobs")
            yield Point(offer.name, "missing", text, jobs, is_being_made=True)
        else:
            mend = _mend(study, offer, rules)
            yield Point(offer.name, "missing", offer.lack, mend)


def _mend(study: Study, offer: Offer, rules: Protocol) -> str:
    """Name the page that makes up for what a lesion lacks."""
    if offer.manipulated >= rules.n_manipulated:
        return _setup(study, "cases")
    if study.pool.manipulators.filter(lesion=offer.lesion).exists():
        return reverse("forgery:manipulators")
    return study.pool.get_absolute_url()  # it lists each training that is missing


def _readers(study: Study) -> Iterator[Point]:
    page = reverse("observers:readers", args=[study.name])
    keys = list(study.enrolments.values_list("group__key", flat=True))
    if not keys:
        yield Point(_("Readers"), "missing", _("No reader is enrolled."), page)
    for group in study.rules.groups:
        n = keys.count(group.key)
        text = _("{n} of {planned} planned").format(n=n, planned=group.n_readers)
        is_full = n >= group.n_readers
        yield Point(_(group.name), "ready" if is_full else "consider", text, page)
    if not invitations.are_sent():
        text = _(
            "E-mails are written to the server's console: set EMAIL_URL to send them."
        )
        yield Point(_("E-mail"), "consider", text)


def _reading(study: Study) -> Iterator[Point]:
    rules = study.rules
    if rules.practice:
        lack = practice.shortfall(study.pool, rules)
        text = lack or _("{n} practice cases.").format(n=rules.practice)
        state: State = "missing" if lack else "ready"
        yield Point(_("Practice"), state, text, _setup(study, "readers"))
    elif n := practice.kept(study.pool, rules).cases:
        text = _("None is planned, though the pool keeps patients for {n} cases.")
        mend = _setup(study, "readers")
        yield Point(_("Practice"), "consider", text.format(n=n), mend)
    if rules.rounds > 1 and not rules.washout_days:
        text = _("Each set is read again, but without a washout readers may remember.")
        yield Point(_("Washout"), "consider", text, _setup(study, "readers"))
    if rules.filters == UNEQUAL:
        text = _("Unequal filters betray the class; results will say so.")
        yield Point(_("Filters"), "consider", text, _setup(study, "reading"))


def _words(study: Study) -> Iterator[Point]:
    rules = study.rules
    if not rules.consent.strip():
        text = _("Nothing is agreed to before the first case.")
        yield Point(_("Consent"), "consider", text, _setup(study, "words"))
    if not rules.analysis.detector:
        text = _("None is named beforehand, so its comparison will be exploratory.")
        yield Point(_("Detector"), "consider", text, _setup(study, "plan"))


STATES: dict[State, str | Promise] = {
    "ready": gettext_lazy("ready"),
    "missing": gettext_lazy("missing"),
    "consider": gettext_lazy("to consider"),
}
"""The states in words."""
