"""Invitations: a link by e-mail that lets one reader in once, within its days.

The token is in the e-mail alone; the table holds its hash. A new link ends those
sent before. Whoever has an account already logs in; the link sets no new password.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from observers import policies
from observers.exceptions import InvitationOver
from observers.models import Enrolment, Invitation, Study
from observers.services import audit
from observers.services.consent import locked
from observers.services.enrolment import NewReader, enrol_reader

TOKEN_BYTES = 32
VALID = timedelta(days=14)
CONSOLE = "django.core.mail.backends.console.EmailBackend"


@dataclass(frozen=True)
class Guest:
    """Who is invited, as the coordinator's form gives it."""

    email: str
    group: str
    years: Decimal


def invite(*, study: Study, actor: Any, guest: Guest, site: str) -> Invitation:
    """Enrol somebody by e-mail address and send the first link."""
    with transaction.atomic():
        reader = NewReader(
            guest.email.lower(), guest.group, guest.years, guest.email, is_invited=True
        )
        enrolled = enrol_reader(study=study, actor=actor, reader=reader)
        return send(enrolment=enrolled.enrolment, actor=actor, site=site)


def send(*, enrolment: Enrolment, actor: Any, site: str) -> Invitation:
    """Send a new link; earlier ones end. ``site`` is the address of the server."""
    policies.check_can_coordinate(actor, enrolment.study)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        enrolment = locked(enrolment)  # the place may be somebody else's by now
        end_open(enrolment)
        made = Invitation.objects.create(
            enrolment=enrolment,
            email=enrolment.user.email,
            token_hash=hashed(token),
            invited_by=actor,
            expires_at=timezone.now() + VALID,
        )
        detail = {"reader": enrolment.pseudonym}
        audit.record(
            study=enrolment.study, user=actor, verb="invitation sent", detail=detail
        )
        link = site.rstrip("/") + reverse("observers:join", args=[token])
        transaction.on_commit(lambda: mail(made, link))
    return made


def expire(*, enrolment: Enrolment, actor: Any) -> None:
    """End the links of a reader."""
    policies.check_can_coordinate(actor, enrolment.study)
    with transaction.atomic():
        end_open(enrolment)
        audit.record(
            study=enrolment.study,
            user=actor,
            verb="invitation ended",
            detail={"reader": enrolment.pseudonym},
        )


def end_open(enrolment: Enrolment) -> None:
    """Let every unused link of a reader end now."""
    now = timezone.now()
    open_ones = enrolment.invitations.filter(used_at=None, expires_at__gt=now)
    open_ones.update(expires_at=now)


def are_sent() -> bool:
    """Whether e-mails leave this server at all."""
    return bool(settings.EMAIL_BACKEND != CONSOLE)


def mail(invitation: Invitation, link: str) -> None:
    """Write the e-mail."""
    study = invitation.enrolment.study
    context = {"study": study, "link": link, "days": VALID.days}
    send_mail(
        subject=_("Invitation to read: {title}").format(title=study.title),
        message=render_to_string("observers/email/invitation.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        recipient_list=[invitation.email],
    )


def hashed(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_invitation(token: str) -> Invitation:
    """Find the link's invitation; refuse one that is used, over or unknown.

    What is looked up is a hash, so the time that the look-up takes says nothing
    about how much of a guess is right.
    """
    found = (
        Invitation.objects.select_related("enrolment__user", "enrolment__study")
        .filter(token_hash=hashed(token))
        .first()
    )
    check_open(found)
    assert found is not None  # noqa: S101 - checked above
    return found


def check_open(invitation: Invitation | None) -> None:
    """Say the same of every link that does not open."""
    is_open = (
        invitation is not None
        and invitation.used_at is None
        and invitation.expires_at > timezone.now()
    )
    if not is_open:
        raise InvitationOver(
            _(
                "This invitation was used already or is over. If you have an account, "
                "log in; else ask your coordinator for a new link."
            )
        )


def accept(*, token: str, password: str | None) -> Enrolment:
    """Use the link up; set the password, unless a passkey is made next."""
    with transaction.atomic():
        check_open(
            Invitation.objects.select_for_update()
            .filter(token_hash=hashed(token))
            .first()
        )
        invitation = open_invitation(token)
        user = invitation.enrolment.user
        if policies.has_way_in(user):
            raise InvitationOver(_("You have an account already: log in."))
        invitation.used_at = timezone.now()
        invitation.save(update_fields=["used_at"])
        if password is not None:
            user.set_password(password)
            user.save(update_fields=["password"])
        audit.record(
            study=invitation.enrolment.study,
            user=user,
            verb="invitation accepted",
            detail={"reader": invitation.enrolment.pseudonym},
        )
    return invitation.enrolment
