"""Invitations and roles for scripts; the link is in the e-mail alone."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.api.answers import read
from forgery.permissions import by_method, rule
from observers import permissions
from observers.api.readers import reader_of, site_of
from observers.models import Invitation, StudyRole
from observers.selectors.studies import study_called
from observers.serializers.readers import (
    InvitationSerializer,
    InvitedSerializer,
    InvitingSerializer,
    RoleSerializer,
)
from observers.services import invitations, inviting, studies


@rule(by_method(permissions.coordinates, permissions.edits))
class InvitationsApi(ListAPIView[Invitation]):
    """The invitations of a study."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = InvitationSerializer
    queryset = Invitation.objects.none()

    def get_queryset(self) -> QuerySet[Invitation]:
        """Every link that was sent, the newest first."""
        found = Invitation.objects.filter(enrolment__study__name=self.kwargs["name"])
        return found.select_related("enrolment")

    @extend_schema(
        request=InvitingSerializer,
        responses={201: InvitedSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={
                    "readers": [
                        {
                            "email": "kim@example.org",
                            "group": "ophthalmologists",
                            "years": "12",
                        },
                        {
                            "email": "choi@example.org",
                            "group": "ophthalmologists",
                            "years": "six",
                        },
                    ]
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Invite readers to a draft by e-mail; a bad row is named and stops no other.

        Rows are counted from 1. Where no row was good, the answer is 400.
        """
        asked = read(InvitingSerializer(data=request.data))
        outcome = inviting.invite_rows(
            study=study_called(name),
            actor=request.user,
            rows=[
                (n, [row["email"], row["group"], row["years"]])
                for n, row in enumerate(asked["readers"], start=1)
            ],
            site=site_of(request),
        )
        code = status.HTTP_201_CREATED if outcome.invited else 400
        return Response(InvitedSerializer(outcome).data, code)


@rule(permissions.coordinates)
class InvitationApi(APIView):
    """The link of one reader."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(request=None, responses={201: InvitationSerializer})
    def post(self, request: Request, name: str, pseudonym: str) -> Response:
        """Send a new link; the ones before end."""
        found = reader_of(name, pseudonym)
        if not found.user.email:
            text = _("This account has no e-mail address.")
            raise ValidationError({"detail": text})
        made = invitations.send(
            enrolment=found, actor=request.user, site=site_of(request)
        )
        return Response(InvitationSerializer(made).data, status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str, pseudonym: str) -> Response:
        """Revoke every open link of the reader."""
        invitations.expire(enrolment=reader_of(name, pseudonym), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


@rule(by_method(permissions.sees_study, permissions.coordinates))
class RolesApi(ListAPIView[StudyRole]):
    """Who coordinates and who analyses a study."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = RoleSerializer
    queryset = StudyRole.objects.none()

    def get_queryset(self) -> QuerySet[StudyRole]:
        """Every role in the study."""
        found = StudyRole.objects.filter(study__name=self.kwargs["name"])
        return found.select_related("user").order_by("role", "user__username")

    @extend_schema(
        request=RoleSerializer,
        responses={201: RoleSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={"username": "statistician", "role": "analyst"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Give an existing account a role; a reader of the study gets none."""
        asked = read(RoleSerializer(data=request.data))
        username = asked["user"]["username"]
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            text = _("There is no account called {name}.").format(name=username)
            raise ValidationError({"username": [text]})
        made = studies.add_role(
            study=study_called(name),
            actor=request.user,
            user=user,
            role=StudyRole.Role(asked["role"]),
        )
        return Response(RoleSerializer(made).data, status.HTTP_201_CREATED)
