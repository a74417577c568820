"""What the views of every app's API share: read a request, answer with a job."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.models import Job
from forgery.selectors.jobs import job_state

Files = list[UploadedFile[Any]]


class ReadsAndStarts(APIView):
    """A view that is read often and starts work seldom: each has its own rate."""

    @property
    def throttle_scope(self) -> str:
        """Count what starts work apart from what reads."""
        return "job" if self.request.method == "POST" else "progress"


def read(serializer: Any) -> dict[str, Any]:
    """Return what a request holds, or refuse it by its fields."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def queued(job: Job) -> Response:
    """Answer that work is queued, with how it stands."""
    return Response(job_state(job), status.HTTP_202_ACCEPTED)


def png(data: bytes) -> HttpResponse:
    """Answer with a picture."""
    return HttpResponse(data, content_type="image/png")
