"""Photographs for scripts: send or import them, see and mend what was not taken."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.api.answers import ReadsAndStarts, queued, read
from forgery.models import ImportProblem, Pool
from forgery.permissions import by_method, rule, with_files
from forgery.policies import imports, looks
from forgery.selectors.folders import import_folders
from forgery.selectors.jobs import job_state
from forgery.selectors.problems import open_problems
from forgery.serializers import JobSerializer
from forgery.serializers.intake import (
    FolderSerializer,
    MendSerializer,
    ProblemQuery,
    ProblemSerializer,
    QueuedSerializer,
    UploadSerializer,
)
from forgery.services import mending, starting


@with_files
@rule(imports)
class UploadApi(APIView):
    """Photographs from your computer."""

    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser]
    throttle_scope = "job"

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={202: JobSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={
                    "photographs": ["eyes.zip"],
                    "table": "labels.csv",
                    "pool": "clinic-2",
                    "provenance": "Eye clinic, 2026",
                    "licence": "research use",
                    "names": {"GON": "glaucoma"},
                    "opt": 5,
                    "practice": 1,
                },
                media_type="multipart/form-data",
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Send one zip archive or several photographs; they are imported as a job."""
        asked = read(UploadSerializer(data=request.data))
        return queued(
            starting.start_upload(
                owner=request.user,
                files=asked.pop("photographs"),
                table=asked.pop("table", None),
                **asked,
            )
        )


@rule(imports)
class FoldersApi(APIView):
    """The server's folders that can be imported."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=FolderSerializer)
    def get(self, _request: Request) -> Response:
        """List the folders below IMPORT_ROOT, two levels deep."""
        return Response({"folders": import_folders()})


@with_files
@rule(by_method(looks, imports))
class ProblemsApi(ReadsAndStarts, ListAPIView[ImportProblem]):
    """The rows and files that an import could not take."""

    permission_classes = [IsAuthenticated]
    parser_classes = [JSONParser, MultiPartParser]
    serializer_class = ProblemSerializer
    queryset = ImportProblem.objects.none()

    def get_queryset(self) -> QuerySet[ImportProblem]:
        """Filter as the address asks."""
        asked = read(ProblemQuery(data=self.request.query_params))
        found = open_problems(get_object_or_404(Pool, name=self.kwargs["name"]))
        return found.filter(**asked)

    @extend_schema(parameters=[ProblemQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List what is wrong, row by row: field, fault and advice."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request={
            "application/json": MendSerializer,
            "multipart/form-data": MendSerializer,
        },
        responses={202: QueuedSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={"labels": {"GON": "glaucoma"}},
                request_only=True,
            ),
            OpenApiExample(
                "with files",
                value={"photographs": ["gone.png"], "table": "problems.csv"},
                media_type="multipart/form-data",
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Import mended rows and no others: cells, labels, or the table as sent."""
        pool = get_object_or_404(Pool, name=name)
        serializer = MendSerializer(data=request.data)
        asked = read(serializer)
        jobs = mending.mend(
            pool=pool,
            owner=request.user,
            cells=serializer.cells(pool),
            files=asked["photographs"],
        )
        told = {"jobs": [job_state(job) for job in jobs]}
        return Response(told, status.HTTP_202_ACCEPTED)


@rule(imports)
class ProblemApi(APIView):
    """One row that could not be taken."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses={204: None})
    def delete(self, _request: Request, name: str, pk: int) -> Response:
        """Leave the row out; nothing else changes."""
        problem = get_object_or_404(ImportProblem, pool__name=name, pk=pk)
        mending.leave_out(problem=problem)
        return Response(status=status.HTTP_204_NO_CONTENT)
