"""Questions of the API about studies, readers and events, each in few queries."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet

from observers.models import AuditEvent, Enrolment, OptSet, Study
from observers.selectors.studies import studies_of


def studies_asked(user: Any, *, state: str = "", search: str = "") -> QuerySet[Study]:
    """List the studies that the user has a role in."""
    found = studies_of(user)
    if state:
        found = found.filter(state=state)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(title__icontains=search))
    return found


def readers_asked(name: str, *, group: str = "") -> QuerySet[Enrolment]:
    """List a study's readers with how far they are; nothing of what they rated."""
    main = Q(sessions__opt_set__block=OptSet.Block.MAIN)
    found = (
        Enrolment.objects.filter(study__name=name)
        .select_related("group")
        .annotate(
            rated=Count("sessions__ratings__item", filter=main, distinct=True),
            finished_sets=Count(
                "sessions",
                filter=main & Q(sessions__finished_at__isnull=False),
                distinct=True,
            ),
        )
        .order_by("position")
    )
    return found.filter(group__key=group) if group else found


def events_asked(name: str, asked: dict[str, Any]) -> QuerySet[AuditEvent]:
    """List what happened in a study, the newest first."""
    found = AuditEvent.objects.filter(study__name=name).select_related("user")
    if asked.get("verb"):
        found = found.filter(verb=asked["verb"])
    if asked.get("user"):
        found = found.filter(user__username=asked["user"])
    if asked.get("since"):
        found = found.filter(created_at__date__gte=asked["since"])
    if asked.get("until"):
        found = found.filter(created_at__date__lte=asked["until"])
    return found


def events_of_reader(study: Study, pseudonym: str) -> QuerySet[AuditEvent]:
    """List what happened to a reader, the newest first."""
    named = Q(detail__reader=pseudonym) | Q(detail__pseudonym=pseudonym)
    own = named | Q(detail__by=pseudonym)
    return AuditEvent.objects.filter(own, study=study).select_related("user")


def people_and_verbs(name: str) -> tuple[list[str], list[str]]:
    """Name who acted in a study, and what was done."""
    found = AuditEvent.objects.filter(study__name=name).order_by()
    users = found.exclude(user=None).values_list("user__username", flat=True)
    verbs = found.values_list("verb", flat=True)
    return sorted(set(users.distinct())), sorted(set(verbs.distinct()))


def told_detail(event: AuditEvent) -> dict[str, Any]:
    """Give an event's detail; of a long list by name, as the seal has, its length."""
    return {
        key: len(value) if isinstance(value, dict) else value
        for key, value in event.detail.items()
    }
