"""Readers for scripts: enrol, invite, watch, remind, exclude, replace; and roles.

No answer holds a score, a truth, or the token of an invitation.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.api.answers import read
from forgery.permissions import by_method, rule
from observers import permissions
from observers.models import Enrolment
from observers.selectors import api as selectors
from observers.selectors import conduct
from observers.selectors.studies import study_called
from observers.serializers.readers import (
    ConductQuery,
    ConductSerializer,
    DueSerializer,
    EnrolledSerializer,
    NewcomerSerializer,
    NewReaderSerializer,
    ReaderQuery,
    ReaderSerializer,
    ReasonSerializer,
    RemindedSerializer,
)
from observers.services import enrolment, leaving, reminders, replacing


def reader_of(name: str, pseudonym: str) -> Enrolment:
    """Find a reader of a study by pseudonym."""
    found = Enrolment.objects.select_related("study", "user", "group")
    return get_object_or_404(found, study__name=name, pseudonym=pseudonym)


def site_of(request: Request) -> str:
    """Return the address of this server, as the script knows it."""
    return str(request.build_absolute_uri("/"))


def told(reader: Enrolment) -> Response:
    """Show a reader as a list does."""
    found = selectors.readers_asked(reader.study.name).get(pk=reader.pk)
    return Response(ReaderSerializer(found).data)


@rule(by_method(permissions.sees_study, permissions.edits))
class ReadersApi(ListAPIView[Enrolment]):
    """The readers of a study, by pseudonym."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = ReaderSerializer
    queryset = Enrolment.objects.none()

    def get_queryset(self) -> QuerySet[Enrolment]:
        """Filter as the address asks."""
        asked = read(ReaderQuery(data=self.request.query_params))
        return selectors.readers_asked(self.kwargs["name"], **asked)

    @extend_schema(parameters=[ReaderQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List readers with how far they are; never what they rated."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=NewReaderSerializer,
        responses={201: EnrolledSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={
                    "username": "dr-kim",
                    "group": "ophthalmologists",
                    "years": "12.0",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Enrol a reader in a draft; a new account's password is told once."""
        asked = read(NewReaderSerializer(data=request.data))
        enrolled = enrolment.enrol_reader(
            study=study_called(name),
            actor=request.user,
            reader=enrolment.NewReader(**asked),
        )
        pseudonym = enrolled.enrolment.pseudonym
        answer = {"pseudonym": pseudonym, "password": enrolled.password}
        return Response(answer, status.HTTP_201_CREATED)


@rule(permissions.edits)
class ReaderApi(APIView):
    """One reader of a draft."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str, pseudonym: str) -> Response:
        """Take the reader out of the draft; those after move up."""
        found = reader_of(name, pseudonym)
        enrolment.remove_reader(enrolment=found, actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


@rule(permissions.coordinates)
class ExclusionApi(APIView):
    """The end of a reader's part."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(
        request=ReasonSerializer,
        responses=ReaderSerializer,
        examples=[
            OpenApiExample(
                "example",
                value={"reason": "Left the hospital in May."},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, name: str, pseudonym: str) -> Response:
        """Exclude a reader for a reason; every rating is kept."""
        asked = read(ReasonSerializer(data=request.data))
        return told(
            leaving.exclude_reader(
                enrolment=reader_of(name, pseudonym), actor=request.user, **asked
            )
        )


@rule(permissions.coordinates)
class ReplacementApi(APIView):
    """A reader's place, given to somebody else."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "invitation"

    @extend_schema(
        request=NewcomerSerializer,
        responses=ReaderSerializer,
        examples=[
            OpenApiExample(
                "example",
                value={
                    "email": "seo@example.org",
                    "years": "8.0",
                    "reason": "Moved to another hospital.",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, name: str, pseudonym: str) -> Response:
        """Invite somebody in the reader's place; every rating is kept."""
        asked = read(NewcomerSerializer(data=request.data))
        return told(
            replacing.replace_reader(
                own=reader_of(name, pseudonym),
                actor=request.user,
                newcomer=replacing.Newcomer(**asked),
                site=site_of(request),
            )
        )


@rule(permissions.coordinates)
class ConductApi(ListAPIView[Enrolment]):
    """How the reading goes."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = ConductSerializer
    queryset = Enrolment.objects.none()

    def list(self, request: Request, *_args: Any, **kwargs: Any) -> Response:
        """Filter and page."""
        asked = read(ConductQuery(data=request.query_params))
        rows: Any = [
            row
            for row in conduct.conduct(study_called(kwargs["name"]))
            if conduct.is_wanted(row, asked.get("group", ""), asked.get("only", ""))
        ]
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(ConductSerializer(page, many=True).data)

    @extend_schema(parameters=[ConductQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List readers with pace, forecast, lateness and departures."""
        return super().get(request, *args, **kwargs)


@rule(permissions.coordinates)
class DueApi(APIView):
    """The day by which the reading should be done."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(
        request=DueSerializer,
        responses=DueSerializer,
        examples=[
            OpenApiExample("example", value={"due_on": "2027-03-31"}, request_only=True)
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Set the day, or none; who falls behind is reminded."""
        asked = read(DueSerializer(data=request.data))
        reminders.set_due(study=study_called(name), actor=request.user, **asked)
        return Response(asked)


@rule(permissions.coordinates)
class RemindersApi(APIView):
    """E-mails to readers who are late."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "invitation"

    @extend_schema(request=None, responses=RemindedSerializer)
    def post(self, request: Request, name: str) -> Response:
        """Write to those who are late, at most once in three days, to nobody else."""
        made = reminders.remind(
            study=study_called(name), actor=request.user, site=site_of(request)
        )
        return Response({"reminded": [one.enrolment.pseudonym for one in made]})
