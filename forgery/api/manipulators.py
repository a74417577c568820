"""Manipulators for scripts: list, train, show, use, measure."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.api.answers import ReadsAndStarts, png, queued, read
from forgery.models import Manipulation, Manipulator
from forgery.permissions import by_method, rule
from forgery.policies import looks, trains
from forgery.selectors.manipulators import manipulators_with_counts
from forgery.serializers import (
    JobSerializer,
    ManipulationSerializer,
    ManipulatorSerializer,
    PoolQuery,
    TrainingSerializer,
)
from forgery.serializers.manipulators import (
    MadeQuery,
    MadeSerializer,
    ManipulatorDetailSerializer,
    QualitySerializer,
)
from forgery.services import sheets, starting


@rule(by_method(looks, trains))
class TrainingApi(ReadsAndStarts, ListAPIView[Manipulator]):
    """Manipulators; to train one, 403 names a cluster that has another role."""

    permission_classes = [IsAuthenticated]
    serializer_class = ManipulatorSerializer
    queryset = Manipulator.objects.none()

    def get_queryset(self) -> QuerySet[Manipulator]:
        """Filter as the address asks."""
        asked = read(PoolQuery(data=self.request.query_params))
        found = Manipulator.objects.select_related("pool").order_by("name")
        return found.filter(pool__name=asked["pool"]) if "pool" in asked else found

    @extend_schema(parameters=[PoolQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List manipulators."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=TrainingSerializer,
        responses={202: JobSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={
                    "pool": "clinic",
                    "lesion": "glaucoma",
                    "recipe": "paper-unet",
                    "preset": "quick",
                    "seed": 1,
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Queue a training."""
        asked = read(TrainingSerializer(data=request.data))
        return queued(starting.start_training(owner=request.user, **asked))


@rule(looks)
class ManipulatorApi(APIView):
    """One manipulator."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=ManipulatorDetailSerializer)
    def get(self, _request: Request, name: str) -> Response:
        """Show how it was made, its loss curve and its quality."""
        found = get_object_or_404(manipulators_with_counts(), name=name)
        return Response(ManipulatorDetailSerializer(found).data)


@rule(trains)
class QualityApi(APIView):
    """The quality of a manipulator's images."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"

    @extend_schema(
        request=QualitySerializer,
        responses={202: JobSerializer},
        examples=[OpenApiExample("example", value={"role": "opt"}, request_only=True)],
    )
    def post(self, request: Request, name: str) -> Response:
        """Queue a quality report."""
        found = get_object_or_404(Manipulator, name=name)
        asked = read(QualitySerializer(data=request.data))
        return queued(
            starting.start_quality(owner=request.user, manipulator=found.name, **asked)
        )


@rule(by_method(looks, trains))
class ManipulationsApi(ReadsAndStarts, ListAPIView[Manipulation]):
    """Manipulated images; to make some, 403 names a cluster that it was trained on."""

    permission_classes = [IsAuthenticated]
    serializer_class = MadeSerializer
    queryset = Manipulation.objects.none()

    def get_queryset(self) -> QuerySet[Manipulation]:
        """Filter as the address asks."""
        asked = read(MadeQuery(data=self.request.query_params))
        role = Coalesce("source__cluster__reservation__role", Value(""))
        found = Manipulation.objects.annotate(role=role).order_by("id")
        if "manipulator" in asked:
            found = found.filter(manipulator__name=asked["manipulator"])
        found = found.select_related("manipulator").defer("manipulator__loss_curve")
        return found.filter(role=asked["role"]) if "role" in asked else found

    @extend_schema(parameters=[MadeQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List manipulated images, each with the photograph it was made of."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=ManipulationSerializer,
        responses={202: JobSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={"manipulator": "clinic-glaucoma", "roles": ["opt"], "seed": 1},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Queue a manipulation run."""
        asked = read(ManipulationSerializer(data=request.data))
        return queued(starting.start_manipulation(owner=request.user, **asked))


@rule(looks)
class SideApi(APIView):
    """One manipulated image as a picture."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, _request: Request, pk: int, side: str) -> HttpResponse:
        """Send a side of before and after, or a picture of what was changed."""
        related = Manipulation.objects.select_related("manipulator", "source")
        found = get_object_or_404(related, pk=pk)
        if side in sheets.EVIDENCE:
            return png(sheets.evidence_of(found, side))
        if side not in sheets.SIDES:
            raise Http404
        return png(sheets.side_of(found, side))
