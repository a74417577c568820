"""The detectors' API: train, show, score clusters of a pool, read the scores."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from detector import policies, selectors
from detector.models import DetectorModel, DetectorScore
from detector.serializers import (
    DetectorDetailSerializer,
    DetectorSerializer,
    ScoreSerializer,
    ScoringSerializer,
    TrainingSerializer,
)
from detector.services.starting import start_scoring, start_training
from detector.services.tables import COLUMNS, score_row
from forgery.api.answers import ReadsAndStarts, queued, read
from forgery.permissions import by_method, rule
from forgery.serializers import JobSerializer, PoolQuery


@rule(by_method(policies.looks, policies.trains))
class TrainingApi(ReadsAndStarts, ListAPIView[DetectorModel]):
    """Detectors; to train one, 403 names a cluster that has another role."""

    permission_classes = [IsAuthenticated]
    serializer_class = DetectorSerializer
    queryset = DetectorModel.objects.none()

    def get_queryset(self) -> QuerySet[DetectorModel]:
        """Filter as the address asks."""
        asked = read(PoolQuery(data=self.request.query_params))
        found = DetectorModel.objects.select_related("pool")
        found = found.defer("metrics", "loss_curve").order_by("name", "held_out_fold")
        return found.filter(pool__name=asked["pool"]) if "pool" in asked else found

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
        read(serializer)
        return queued(start_training(order=serializer.order(), owner=request.user))


@rule(policies.looks)
class DetectorApi(APIView):
    """One detector."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(
        operation_id="detectors_retrieve",
        responses=DetectorDetailSerializer(many=True),
    )
    def get(self, _request: Request, name: str) -> Response:
        """Show its card; where folds were held out, one card a fold."""
        found = selectors.detectors_with_counts().filter(name=name)
        rows = list(found.order_by("held_out_fold"))
        if not rows:
            raise Http404
        return Response(DetectorDetailSerializer(rows, many=True).data)


@rule(by_method(policies.looks, policies.trains))
class ScoringApi(ReadsAndStarts, ListAPIView[DetectorScore]):
    """Scores of a pool's images; 403 names a cluster that a model has seen."""

    permission_classes = [IsAuthenticated]
    serializer_class = ScoreSerializer
    queryset = DetectorScore.objects.none()

    def list(
        self,
        request: Request,  # noqa: ARG002 - the base class's signature
        *_args: Any,
        **kwargs: Any,
    ) -> Response:
        """Page through the table of scores."""
        scores = selectors.pool_scores(detector_called(kwargs["name"]))
        page = self.paginate_queryset(scores)
        return self.get_paginated_response(
            [dict(zip(COLUMNS, score_row(one), strict=True)) for one in page or ()]
        )

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
        detector_called(name)
        serializer = ScoringSerializer(data=request.data)
        read(serializer)
        order = serializer.order(name)
        return queued(start_scoring(order=order, owner=request.user))


def detector_called(name: str) -> DetectorModel:
    """Find a detector, the first of its folds, or say there is none."""
    found = DetectorModel.objects.filter(name=name).order_by("held_out_fold").first()
    if found is None:
        raise Http404
    return found
