"""What this app refuses, each class for one meaning; the text is for the user.

A refusal subclasses ``PermissionDenied`` (pages and API answer 403 without a
handler); wrong input subclasses ``WrongInput``; a state that moved on under the
reader's hands is a ``Conflict``, which the API answers with 409 and the state.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from forgery.exceptions import WrongInput


class NotThisReader(PermissionDenied):
    """Somebody asks for the session of another reader."""


class NotInThisStudy(PermissionDenied):
    """A person has no role in the study that allows the act."""


class ReaderMustStayBlind(PermissionDenied):
    """One person would be reader and coordinator or analyst of the same study."""


class SessionClosed(PermissionDenied):
    """The study is not open, the session is finished, or its turn has not come."""


class WashoutNotOver(SessionClosed):
    """An earlier session must be finished (or its washout pass) first."""


class NotYetShown(PermissionDenied):
    """A case lies further ahead than the browser may know."""


class WrongState(PermissionDenied):
    """The study's state does not allow the act or the transition."""


class OptSetFrozen(WrongState):
    """A frozen study's protocol, readers and sets cannot change."""


class ConsentMissing(SessionClosed):
    """The reader has not agreed to the study yet, or has withdrawn."""


class InvitationOver(PermissionDenied):
    """An invitation was used, is past its days, or was never sent."""


class Conflict(Exception):  # noqa: N818 - a meeting of two requests, not a fault
    """The request contradicts what is already recorded; nothing was changed."""

    reason = "conflict"
    """One word for the page that asked."""


class AlreadyRated(Conflict):
    """The case has a rating and neither undo nor review is open."""

    reason = "already"


class OutOfOrder(Conflict):
    """The rating is for another case than the one whose turn it is."""

    reason = "order"


class KeyUsedTwice(Conflict):
    """An idempotency key came back with different content."""

    reason = "key"


class TakenOver(Conflict):
    """A newer page of the same reader has taken the session over."""

    reason = "taken-over"


class AmendedMeanwhile(Conflict):
    """The protocol was amended since the form was begun, or the script read it."""


class WrongProtocol(WrongInput):
    """A protocol field is unknown, missing or out of range; the text names it."""


class WrongReaders(WrongInput):
    """A list of readers cannot be enrolled; the text names the row or field."""


class NotEnoughCases(WrongInput):
    """The pool's OPT clusters do not suffice for the protocol."""


class RealReaders(WrongInput):
    """Simulated ratings would mix with those of real readers."""
