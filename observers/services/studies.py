"""Create a study, edit its draft, and move it from state to state."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging import domain
from forgery.models import Pool, Reservation
from observers import policies
from observers.models import ReaderGroup, Session, Study, StudyRole
from observers.models.protocol import Protocol
from observers.models.protocol_fields import refuse
from observers.selectors.reading import sessions, unrated
from observers.services import audit, practice
from observers.services.protocol import check_domain, default_protocol
from observers.services.reading import seal

State = Study.State
LEAST_OFFERED = 5
"""Patients of a lesion from which a new draft takes it for granted."""
RESERVED_NAMES = ("", "new")  # addresses under studies/


def create_study(
    *,
    user: Any | None,
    name: str,
    title: str,
    pool: Pool,
    protocol: Protocol,
    copied_from: str = "",
) -> Study:
    """Create a draft; whoever creates it coordinates it. A command has no user."""
    if user is not None:
        policies.check_can_create(user)
    if slugify(name) != name or name in RESERVED_NAMES:
        msg = _(
            "The name {name!r} cannot be used: take lower-case letters, digits and "
            "hyphens, and not 'new'."
        )
        raise WrongInput(msg.format(name=name))
    if Study.objects.filter(name=name).exists():
        msg = _("There is a study called {name} already; choose another name.")
        raise WrongInput(msg.format(name=name))
    check_domain(protocol, pool)
    with transaction.atomic():
        study = Study.objects.create(
            name=name,
            title=title or name,
            pool=pool,
            owner=user,
            protocol=protocol.to_dict(),
        )
        sync_groups(study, protocol)
        detail = {"copied_from": copied_from} if copied_from else None
        audit.record(study=study, user=user, verb="study created", detail=detail)
        if user is not None:
            add_role(study=study, actor=None, user=user, role=policies.Role.COORDINATOR)
    return study


def add_role(
    *, study: Study, actor: Any | None, user: Any, role: StudyRole.Role
) -> StudyRole:
    """Make somebody coordinator or analyst of the study."""
    if actor is not None:
        policies.check_can_coordinate(actor, study)
    policies.check_can_take_role(user, study)
    with transaction.atomic():
        given, is_new = StudyRole.objects.get_or_create(
            study=study, user=user, role=role
        )
        if is_new:
            detail = {"user": user.get_username(), "role": role.value}
            audit.record(study=study, user=actor, verb="role given", detail=detail)
    return given


def offered(pool: Pool) -> dict[str, Any]:
    """Take what a pool has set aside: lesions with enough of it, and all practice."""
    roles = (Reservation.Role.OPT, Reservation.Role.CROSSFIT)
    found = Reservation.objects.filter(cluster__images__pool=pool, role__in=roles)
    counts = dict(
        found.order_by().values_list("lesion").annotate(Count("cluster", distinct=True))
    )
    subject = domain.get(pool.domain)
    keys = [key for key in subject.lesion_keys if counts.get(key, 0) >= LEAST_OFFERED]
    lesions = {"lesions": keys} if keys else {}
    kept = practice.kept(pool, default_protocol(pool, lesions))
    return lesions | {"practice": kept.cases}


def update_study(
    *,
    study: Study,
    user: Any,
    title: str,
    protocol: Protocol,
    pool: Pool | None = None,
) -> Study:
    """Change a draft's title, protocol and pool."""
    policies.check_can_edit(user, study)
    check_domain(protocol, pool or study.pool)
    with transaction.atomic():
        locked = Study.objects.select_for_update().get(pk=study.pk)
        policies.check_is_draft(locked)
        locked.title, locked.protocol = title, protocol.to_dict()
        locked.pool = pool or locked.pool
        locked.save(update_fields=["title", "protocol", "pool"])
        sync_groups(locked, protocol)
        detail = {"digest": protocol.digest}
        audit.record(study=locked, user=user, verb="protocol changed", detail=detail)
    return locked


def sync_groups(study: Study, protocol: Protocol) -> None:
    """Make the study's groups those of its protocol; enrolled groups stay."""
    keys = [group.key for group in protocol.groups]
    for gone in study.groups.exclude(key__in=keys):
        if gone.enrolments.exists():
            refuse(
                "groups",
                _("{key!r} has readers and cannot go").format(key=gone.key),
            )
        gone.delete()
    for i, group in enumerate(protocol.groups):
        ReaderGroup.objects.update_or_create(
            study=study,
            key=group.key,
            defaults={"name": group.name, "position": i},
        )


def move(study: Study, user: Any | None, target: State) -> Study:
    """Lock the row, check the transition, set state and time; the caller saves more.

    Runs inside the caller's transaction.
    """
    locked = Study.objects.select_for_update().get(pk=study.pk)
    if user is None:
        policies.check_transition(locked, target)
    else:
        policies.check_can_move(user, locked, target)
    locked.state = target
    setattr(
        locked,
        f"{target.value}_at" if target != State.OPEN else "opened_at",
        timezone.now(),
    )
    locked.save()
    return locked


def open_study(*, study: Study, user: Any | None) -> Study:
    """Let the readers in."""
    with transaction.atomic():
        opened = move(study, user, State.OPEN)
        audit.record(study=opened, user=user, verb="study opened")
    return opened


def close_study(*, study: Study, user: Any | None) -> Study:
    """End the reading: sessions with every case rated are finished, others stay.

    The sessions' locks are taken first, so that a rating under way is either
    recorded before the study closes or refused; and before the study's own, since
    who finishes a session holds its lock and then writes about the study. Readers'
    rows stay free: who replaces one holds it and then waits for its sessions.
    """
    with transaction.atomic():
        under_lock = Session.objects.filter(enrolment__study=study)
        own = under_lock.select_for_update(of=("self",))
        list(own.order_by("pk").values_list("pk"))
        closed = move(study, user, State.CLOSED)
        audit.record(study=closed, user=user, verb="study closed")
        for session in complete_sessions(closed):
            seal(session, user=user)
    return closed


def complete_sessions(study: Study) -> list[Session]:
    """Sessions that lack nothing but the reader's 'finish'."""
    begun = sessions().filter(
        enrolment__study=study, started_at__isnull=False, finished_at=None
    )
    return [session for session in begun if not unrated(session)]
