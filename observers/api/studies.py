"""Studies for scripts: list, create, change, move, simulate; the audit trail.

What an answer may hold is decided by the same rules as the desk's pages; none of these
tells truth or a rating.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.api.answers import queued, read
from forgery.permissions import by_method, rule
from forgery.selectors import pool_called
from forgery.serializers import JobSerializer
from forgery.services.jobs import start_job
from observers import permissions
from observers.models import AuditEvent, Study
from observers.selectors import api as selectors
from observers.selectors.studies import study_called
from observers.serializers.studies import (
    EventQuery,
    EventSerializer,
    MoveSerializer,
    NewStudySerializer,
    SimulationSerializer,
    StudyChangeSerializer,
    StudyDetailSerializer,
    StudyQuery,
    StudySerializer,
)
from observers.services import freezing, locking, studies
from observers.services.protocol import default_protocol

MOVES = {
    "frozen": freezing.freeze_study,
    "open": studies.open_study,
    "closed": studies.close_study,
    "locked": locking.lock_study,
}


@rule(by_method("signed-in", permissions.creates))
class StudiesApi(ListAPIView[Study]):
    """The studies that you have a role in."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = StudySerializer
    queryset = Study.objects.none()

    def get_queryset(self) -> QuerySet[Study]:
        """Filter as the address asks."""
        asked = read(StudyQuery(data=self.request.query_params))
        return selectors.studies_asked(self.request.user, **asked)

    @extend_schema(parameters=[StudyQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List studies, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=NewStudySerializer,
        responses={201: StudyDetailSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={
                    "name": "reading-1",
                    "title": "First reading",
                    "pool": "clinic",
                    "protocol": {"n_original": 3, "n_manipulated": 1, "seed": 7},
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Create a draft; you coordinate it."""
        asked = read(NewStudySerializer(data=request.data))
        pool = pool_called(asked["pool"])
        changes = studies.offered(pool) | asked["protocol"]
        made = studies.create_study(
            user=request.user,
            name=asked["name"],
            title=asked["title"],
            pool=pool,
            protocol=default_protocol(pool, changes),
        )
        return answer(request, made, status.HTTP_201_CREATED)


def answer(request: Request, study: Study, code: int = status.HTTP_200_OK) -> Response:
    """Show a study as it is now."""
    found = selectors.studies_asked(request.user).get(pk=study.pk)
    return Response(StudyDetailSerializer(found).data, code)


@rule(by_method(permissions.sees_study, permissions.edits))
class StudyApi(APIView):
    """One study."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=StudyDetailSerializer)
    def get(self, request: Request, name: str) -> Response:
        """Show a study with its protocol document."""
        return answer(request, study_called(name))

    @extend_schema(
        request=StudyChangeSerializer,
        responses=StudyDetailSerializer,
        examples=[
            OpenApiExample(
                "example",
                value={
                    "title": "First reading, amended",
                    "protocol": {"undo_seconds": 5},
                },
                request_only=True,
            )
        ],
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change a draft's title, or entries of its protocol."""
        asked = read(StudyChangeSerializer(data=request.data))
        study = study_called(name)
        document = {**study.protocol, **asked.get("protocol", {})}
        changed = studies.update_study(
            study=study,
            user=request.user,
            title=asked.get("title", study.title),
            protocol=default_protocol(study.pool, document),
        )
        return answer(request, changed)


@rule(permissions.coordinates)
class StateApi(APIView):
    """The state of a study."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"

    @extend_schema(
        request=MoveSerializer,
        responses=StudyDetailSerializer,
        examples=[
            OpenApiExample("example", value={"state": "frozen"}, request_only=True)
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Bring a study to its next state; what is locked stays locked."""
        asked = read(MoveSerializer(data=request.data))
        study = study_called(name)
        MOVES[asked["state"]](study=study, user=request.user)
        return answer(request, study)


@rule(permissions.coordinates)
class SimulationApi(APIView):
    """Simulated readers."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"

    @extend_schema(
        request=SimulationSerializer,
        responses={202: JobSerializer},
        examples=[
            OpenApiExample(
                "example", value={"seed": 1, "lock": True}, request_only=True
            )
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Let simulated readers read the study, as a job; it is marked everywhere."""
        asked = read(SimulationSerializer(data=request.data))
        job = start_job(
            kind="observers.simulate_readers",
            arguments={"study": study_called(name).name, **asked},
            owner=request.user,
        )
        return queued(job)


@rule(permissions.coordinates)
class EventsApi(ListAPIView[AuditEvent]):
    """The audit trail of a study."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = EventSerializer
    queryset = AuditEvent.objects.none()

    def get_queryset(self) -> QuerySet[AuditEvent]:
        """Filter as the address asks."""
        asked = read(EventQuery(data=self.request.query_params))
        return selectors.events_asked(self.kwargs["name"], asked)

    @extend_schema(parameters=[EventQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List who did what when, the newest first."""
        return super().get(request, *args, **kwargs)
