"""The detectors' API: start training, score clusters of a pool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from detector import policies
from detector.models import DetectorModel
from detector.serializers import (
    DetectorSerializer,
    ScoringSerializer,
    TrainingSerializer,
)
from detector.services.starting import start_scoring, start_training
from forgery.exceptions import WrongInput
from forgery.models import Job
from forgery.permissions import by_method, rule
from forgery.selectors.jobs import job_state
from forgery.serializers import JobSerializer, PoolQuery


@rule(by_method(policies.looks, policies.trains))
class TrainingApi(ListAPIView[DetectorModel]):
    """Detectors; to train one, 403 names a cluster that has another role."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"
    serializer_class = DetectorSerializer
    queryset = DetectorModel.objects.none()

    def get_queryset(self) -> QuerySet[DetectorModel]:
        """Filter as the address asks."""
        query = PoolQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        found = DetectorModel.objects.select_related("pool")
        found = found.defer("metrics", "loss_curve").order_by("name", "held_out_fold")
        pool = query.validated_data.get("pool")
        return found.filter(pool__name=pool) if pool else found

    @extend_schema(parameters=[PoolQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List detectors."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=TrainingSerializer,
        responses={202: JobSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={
                    "pool": "clinic",
                    "name": "sparse-1",
                    "preset": "quick",
                    "seed": 1,
                },
                request_only=True,
            )
        ],
    )
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

    @extend_schema(
        request=ScoringSerializer,
        responses={202: JobSerializer},
        examples=[
            OpenApiExample(
                "example", value={"pool": "clinic", "clusters": []}, request_only=True
            )
        ],
    )
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
