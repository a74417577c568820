"""The reading room's API: state, image, rating, undo, review, finish; and freezing.

Addresses hold random tokens only. Every answer has the same keys and headers
whatever the case, and none may be stored. A request that contradicts what is
recorded answers 409 with the state, so that the page can go on from there.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.exceptions import WrongInput
from forgery.permissions import rule
from observers import permissions, policies
from observers.exceptions import Conflict
from observers.models import Session
from observers.selectors import reading as selectors
from observers.selectors.practice import feedback_payload
from observers.selectors.studies import study_called
from observers.serializers import read_rating
from observers.serializers.studies import FrozenSerializer
from observers.services import freezing, reading
from observers.throttles import ReadingThrottle
from observers.tokens import user_key
from observers.visibility import IMAGE_HEADERS, state_payload


class ReadingView(APIView):
    """What every answer of the reading room shares."""

    access_rule = "signed-in"
    permission_classes = [IsAuthenticated]
    throttle_classes = [ReadingThrottle]

    def handle_exception(self, exc: Exception) -> Response:
        """Answer conflicts with 409 and the state, wrong input with 400."""
        if isinstance(exc, Conflict):
            told = {"detail": str(exc), "reason": exc.reason, "state": self.state()}
            return Response(told, status.HTTP_409_CONFLICT)
        if isinstance(exc, WrongInput):
            return Response({"detail": str(exc)}, status.HTTP_400_BAD_REQUEST)
        if isinstance(exc, ObjectDoesNotExist):
            exc = Http404(_("There is no such set or case."))
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Forbid storing the answer."""
        final = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(final, private=True, no_store=True)
        return final

    def state(self, session: Session | None = None) -> dict[str, Any]:
        """Where the session of this address stands now."""
        if session is None:
            session = selectors.session_by_token(self.kwargs["session"])
            policies.check_own_session(self.request.user, session)
        return state_payload(session, selectors.position(session), self.room())

    def room(self) -> UUID | None:
        """Return the page that asks: a random id that it made when it was loaded."""
        given = self.request.headers.get("X-Room", "")
        try:
            return UUID(given) if given else None
        except ValueError as fault:
            raise WrongInput(_("The header X-Room must be a UUID.")) from fault


class TokenApi(ReadingView):
    """A fresh CSRF token, and who is logged in, before an outbox is sent again."""

    throttle_scope = "progress"

    def get(self, request: Request) -> Response:
        """Return the token and the user's own opaque key."""
        return Response(
            {"csrf": get_token(request._request), "user": user_key(request.user.pk)}
        )


class StateApi(ReadingView):
    """Where the reader stands."""

    throttle_scope = "progress"

    def get(self, request: Request, session: str) -> Response:
        """Return the current case, those after it, and what can be undone."""
        found = reading.enter_room(token=session, reader=request.user, room=self.room())
        return Response(self.state(found))


class ImageApi(ReadingView):
    """A case's image, for both classes by the same path."""

    throttle_scope = "presentation"

    def get(self, request: Request, session: str, item: str) -> HttpResponse:
        """Return the file's bytes with fixed headers: no name, no date, no tag."""
        shown, presentation = reading.show_image(
            session_token=session, token=item, reader=request.user
        )
        headers = IMAGE_HEADERS | {"X-Presentation": presentation}
        with shown.case.file.open("rb") as handle:
            return HttpResponse(handle.read(), headers=headers)


class RatingApi(ReadingView):
    """One rating, recorded before it is answered."""

    throttle_scope = "rating"

    def post(self, request: Request, session: str, item: str) -> Response:
        """Record the rating; the answer says which case comes next."""
        answer = read_rating(request.data)
        recorded = reading.record_rating(
            session_token=session,
            token=item,
            reader=request.user,
            answer=answer,
            room=self.room(),
        )
        told = state_payload(recorded.session, recorded.position, self.room())
        if recorded.session.opt_set.is_practice:
            told["feedback"] = feedback_payload(recorded.rating)
        return Response(
            told, status.HTTP_201_CREATED if recorded.is_new else status.HTTP_200_OK
        )


class UndoApi(ReadingView):
    """Take the last rating back."""

    throttle_scope = "rating"

    def post(self, request: Request, session: str) -> Response:
        """Open the last case again, within the protocol's seconds."""
        return Response(
            self.state(
                reading.undo_rating(
                    token=session, reader=request.user, room=self.room()
                )
            )
        )


class ReviewApi(ReadingView):
    """Look at an earlier case again."""

    throttle_scope = "rating"

    def post(self, request: Request, session: str, item: str) -> Response:
        """Open an earlier case again, where the protocol allows it."""
        return Response(
            self.state(
                reading.review_case(
                    session_token=session,
                    token=item,
                    reader=request.user,
                    room=self.room(),
                )
            )
        )


class FinishApi(ReadingView):
    """End a session."""

    throttle_scope = "rating"

    def post(self, request: Request, session: str) -> Response:
        """Finish a session whose every case is rated; again is the same as once."""
        return Response(
            self.state(reading.finish_session(token=session, reader=request.user))
        )


@rule(permissions.coordinates)
class FreezeApi(APIView):
    """Freeze a study; 403 names a cluster that has another role."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"

    @extend_schema(request=None, responses=FrozenSerializer)
    def post(self, request: Request, name: str) -> Response:
        """Draw, render, pin and plan; the study's readers and protocol are fixed."""
        try:
            frozen = freezing.freeze_study(study=study_called(name), user=request.user)
        except WrongInput as fault:
            return Response({"detail": str(fault)}, status.HTTP_400_BAD_REQUEST)
        return Response(
            {
                "name": frozen.name,
                "state": frozen.state,
                "protocol_hash": frozen.protocol_hash,
                "readers": frozen.enrolments.count(),
            }
        )
