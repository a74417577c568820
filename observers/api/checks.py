"""A detector's opinion of images, for scripts; refused to whoever reads."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from detector.selectors import detector_names
from detector.services.shipped import NAME
from forgery.api.answers import ReadsAndStarts, read
from forgery.models import Job
from forgery.permissions import rule, with_files
from observers import permissions
from observers.reports.body import TYPES
from observers.reports.check_words import caveat, sentence
from observers.serializers.checks import (
    CheckDetailSerializer,
    CheckSerializer,
    NewCheckSerializer,
)
from observers.services.check_files import FILES, KIND, check_file, start_check


@with_files
@rule(permissions.checks_images)
class ChecksApi(ReadsAndStarts, ListAPIView[Job]):
    """Your checks of images."""

    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser]
    serializer_class = CheckSerializer
    queryset = Job.objects.none()

    def get_queryset(self) -> QuerySet[Job]:
        """Those of the user, the newest first."""
        return Job.objects.filter(kind=KIND, owner_id=self.request.user.pk)

    @extend_schema(
        request={"multipart/form-data": NewCheckSerializer},
        responses={202: CheckSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={"photographs": ["eyes.zip"], "detector": "default"},
                media_type="multipart/form-data",
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Send one zip archive or several photographs; they belong to no study."""
        asked = read(NewCheckSerializer(data=request.data))
        if asked["detector"] not in {*detector_names(), NAME}:
            raise ValidationError({"detector": [_("There is no such detector.")]})
        job = start_check(
            user=request.user, files=asked["photographs"], detector=asked["detector"]
        )
        return Response(CheckSerializer(job).data, status.HTTP_202_ACCEPTED)


@rule(permissions.sees_check)
class CheckApi(APIView):
    """One check."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=CheckDetailSerializer)
    def get(self, _request: Request, pk: int) -> Response:
        """Show each image's score, what it means, and where its heat map is."""
        job = Job.objects.get(pk=pk)
        rows = job.result.get("images", ())
        told = CheckSerializer(job).data | {
            "images": [image_of(pk, row) for row in rows],
            "caveat": caveat(),
            "scores": file_of(pk, "scores.csv") if rows else "",
            "report": file_of(pk, "check.pdf") if rows else "",
        }
        return Response(told)


def file_of(pk: int, name: str) -> str:
    """Return the address of a check's file."""
    return reverse("api:check-file", args=[pk, name])


def image_of(pk: int, row: dict[str, Any]) -> dict[str, Any]:
    """Lay an image out: its numbers, the sentence, the addresses of its pictures."""
    number = row["number"]
    kept = ("file", "score", "probability", "problem")
    has_pictures = not row["problem"]
    return {name: row[name] for name in kept} | {
        "manipulated": bool(row["manipulated"]) if has_pictures else None,
        "sentence": sentence(row),
        "view": file_of(pk, f"view-{number}.png") if has_pictures else "",
        "heat_map": file_of(pk, f"heat-{number}.png") if has_pictures else "",
    }


@rule(permissions.sees_check)
class CheckFileApi(APIView):
    """One file of a check."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, _request: Request, pk: int, file: str) -> HttpResponse:
        """Send a view, a heat map, the scores as CSV, or the printed check."""
        stored = check_file(pk, file)
        if not FILES.fullmatch(file) or not default_storage.exists(stored):
            raise Http404
        with default_storage.open(stored) as source:
            kind = TYPES[file.rpartition(".")[2]]
            return HttpResponse(source.read(), content_type=kind)
