"""The pools' API: start training and manipulation, watch and cancel jobs."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.exceptions import WrongInput
from forgery.models import Job
from forgery.permissions import rule
from forgery.policies import sees_job, trains
from forgery.selectors.jobs import job_state
from forgery.serializers import ManipulationSerializer, TrainingSerializer
from forgery.services import jobs, starting


@rule(trains)
class TrainingApi(APIView):
    """Train a manipulator; 403 names a cluster that has another role."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"

    def post(self, request: Request) -> Response:
        """Queue a training."""
        serializer = TrainingSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return _started(
            lambda: starting.start_training(
                owner=request.user, **serializer.validated_data
            )
        )


@rule(trains)
class ManipulationApi(APIView):
    """Manipulate images; 403 names a cluster that the manipulator has seen."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"

    def post(self, request: Request) -> Response:
        """Queue a manipulation run."""
        serializer = ManipulationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return _started(
            lambda: starting.start_manipulation(
                owner=request.user, **serializer.validated_data
            )
        )


@rule(sees_job)
class JobApi(APIView):
    """One job's state."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    def get(self, _request: Request, pk: int) -> Response:
        """Say how the job stands."""
        return Response(job_state(get_object_or_404(Job, pk=pk)))

    def delete(self, request: Request, pk: int) -> Response:
        """Ask the job to stop."""
        job = get_object_or_404(Job, pk=pk)
        jobs.cancel(job, request.user)
        return Response(job_state(job), status=status.HTTP_202_ACCEPTED)


def _started(start: Any) -> Response:
    """Start work; what cannot be used is the caller's error, a refusal is a 403."""
    try:
        job = start()
    except WrongInput as error:
        raise ValidationError({"detail": str(error)}) from error
    return Response(job_state(job), status=status.HTTP_202_ACCEPTED)
