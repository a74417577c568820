"""Setting a study up, for scripts: checklist, hint, copy, amendments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.api.answers import read
from forgery.permissions import by_method, rule
from observers import permissions
from observers.api.studies import answer
from observers.exceptions import AmendedMeanwhile
from observers.selectors.studies import study_called
from observers.selectors.versions import versions
from observers.serializers.drafts import (
    AmendSerializer,
    ChecklistSerializer,
    CopySerializer,
    HintQuery,
    HintSerializer,
    VersionSerializer,
)
from observers.serializers.studies import StudyDetailSerializer
from observers.services import amending, checklist, copying


@rule(permissions.edits)
class ChecklistApi(APIView):
    """What a draft still lacks."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=ChecklistSerializer)
    def get(self, _request: Request, name: str) -> Response:
        """Say what is ready, what is missing and why, and what to consider."""
        points = checklist.checklist(study_called(name))
        can_freeze = all(point.state != "missing" for point in points)
        told = {"can_freeze": can_freeze, "points": points}
        return Response(ChecklistSerializer(told).data)


@rule(permissions.edits)
class HintApi(APIView):
    """What the counts of a draft mean."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(parameters=[HintQuery], responses=HintSerializer)
    def get(self, request: Request, name: str) -> Response:
        """Say how wide intervals will be, what the pool offers, how much is read."""
        study = study_called(name)
        asked: dict[str, Any] = read(HintQuery(data=request.query_params))
        rules = replace(study.rules, **asked)
        told = checklist.hint(study, rules)
        return Response(HintSerializer(told).data)


@rule(permissions.copies)
class CopyApi(APIView):
    """A study as a pattern."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(
        request=CopySerializer,
        responses={201: StudyDetailSerializer},
        examples=[
            OpenApiExample("example", value={"name": "second"}, request_only=True)
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Make a draft with the same protocol; readers are not in."""
        asked = read(CopySerializer(data=request.data))
        made = copying.copy_study(study=study_called(name), user=request.user, **asked)
        return answer(request, made, status.HTTP_201_CREATED)


@rule(by_method(permissions.sees_study, permissions.amends))
class AmendmentsApi(APIView):
    """The versions of a frozen protocol."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=VersionSerializer(many=True))
    def get(self, _request: Request, name: str) -> Response:
        """List the versions, the newest first, each with what differs and why."""
        return told(name)

    @extend_schema(
        request=AmendSerializer,
        responses={
            201: VersionSerializer(many=True),
            409: OpenApiResponse(description="The protocol was amended meanwhile."),
        },
        examples=[
            OpenApiExample(
                "example",
                value={
                    "reason": "Readers asked how long a set takes.",
                    "begun_from": 1,
                    "instructions": "Each set takes about twenty minutes.",
                    "planned": {"ophthalmologists": 5},
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Amend what readers are told, and how many are planned; the rest is fixed."""
        asked = read(AmendSerializer(data=request.data))
        study, reason = study_called(name), asked.pop("reason")
        if "planned" in asked:
            asked["groups"] = amending.replanned(study, asked.pop("planned"))
        begun_from = asked.pop("begun_from")
        try:
            amending.amend(
                study=study,
                user=request.user,
                reason=reason,
                entries=asked,
                begun_from=begun_from,
            )
        except AmendedMeanwhile as fault:
            return Response({"detail": str(fault)}, status.HTTP_409_CONFLICT)
        return told(name, status.HTTP_201_CREATED)


def told(name: str, code: int = status.HTTP_200_OK) -> Response:
    """Show the versions as they are now."""
    found = versions(study_called(name))
    return Response(VersionSerializer(found, many=True).data, code)
