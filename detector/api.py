"""The detectors' API: start training, score clusters of a pool."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from detector import policies
from detector.models import DetectorModel
from detector.serializers import ScoringSerializer, TrainingSerializer
from detector.services.starting import start_scoring, start_training
from forgery.exceptions import WrongInput
from forgery.models import Job
from forgery.permissions import rule
from forgery.selectors.jobs import job_state


@rule(policies.trains)
class TrainingApi(APIView):
    """Train a detector; 403 names a cluster that has another role."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"

    def post(self, request: Request) -> Response:
        """Queue a training."""
        serializer = TrainingSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return _started(
            lambda: start_training(order=serializer.order(), owner=request.user)
        )


@rule(policies.trains)
class ScoringApi(APIView):
    """Score clusters; 403 names one that the detector or a manipulator has seen."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"

    def post(self, request: Request, name: str) -> Response:
        """Queue a scoring."""
        if not DetectorModel.objects.filter(name=name).exists():
            raise Http404
        serializer = ScoringSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        order = serializer.order(name)
        return _started(lambda: start_scoring(order=order, owner=request.user))


def _started(start: Callable[[], Job]) -> Response:
    """Start work; what cannot be used is the caller's error, a refusal is a 403."""
    try:
        job = start()
    except WrongInput as fault:
        raise ValidationError({"detail": str(fault)}) from fault
    return Response(job_state(job), status=status.HTTP_202_ACCEPTED)
