"""Jobs for scripts: list, watch, cancel, try again."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.api.answers import png, queued, read
from forgery.models import Job
from forgery.permissions import rule
from forgery.policies import looks, sees_job
from forgery.selectors.jobs import job_state, latest_jobs
from forgery.serializers import JobDetailSerializer, JobQuery, JobSerializer
from forgery.services import jobs
from forgery.services.job_context import sheet_path


@rule(looks)
class JobsApi(ListAPIView[Job]):
    """Jobs, the newest first."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = JobSerializer
    queryset = Job.objects.none()

    def list(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Filter and page, each job as its own page tells it."""
        asked = read(JobQuery(data=request.query_params))
        found = latest_jobs(asked.get("state", ""))
        if "kind" in asked:
            found = found.filter(kind=asked["kind"])
        page = self.paginate_queryset(found)
        return self.get_paginated_response([job_state(job) for job in page or ()])

    @extend_schema(parameters=[JobQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List jobs."""
        return super().get(request, *args, **kwargs)


@rule(sees_job)
class JobApi(APIView):
    """One job's state."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=JobDetailSerializer)
    def get(self, _request: Request, pk: int) -> Response:
        """Say how the job stands, and what came of it."""
        job = get_object_or_404(Job, pk=pk)
        return Response(job_state(job) | {"result": job.result})

    @extend_schema(responses={202: JobSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        """Ask the job to stop."""
        job = get_object_or_404(Job, pk=pk)
        jobs.cancel(job, request.user)
        return Response(job_state(job), status=status.HTTP_202_ACCEPTED)


@rule(sees_job)
class RetryApi(APIView):
    """A failed or cancelled job once more."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Queue the job again: it goes on where it stopped."""
        job = get_object_or_404(Job, pk=pk)
        jobs.retry(job, request.user)
        return queued(job)


@rule(sees_job)
class SheetApi(APIView):
    """The newest samples of a training."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, _request: Request, pk: int) -> HttpResponse:
        """Send the sheet of samples; none was drawn yet: 404."""
        path = sheet_path(get_object_or_404(Job, pk=pk))
        if not default_storage.exists(path):
            raise Http404
        with default_storage.open(path, "rb") as handle:
            return png(handle.read())
