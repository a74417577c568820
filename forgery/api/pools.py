"""Pools for scripts: list and import them, see them whole, reserve, move bounds."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet, Value
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
from forgery.models import FundusImage, Pool
from forgery.permissions import by_method, rule
from forgery.policies import imports, looks
from forgery.selectors.pools import reservation_table
from forgery.serializers import (
    ImageQuery,
    ImageSerializer,
    JobSerializer,
    PoolSerializer,
)
from forgery.serializers.intake import ImportSerializer
from forgery.serializers.pools import (
    OriginSerializer,
    PoolDetailSerializer,
    ReserveSerializer,
    RolesSerializer,
)
from forgery.services import reservations, sheets, starting
from forgery.services.origin import state_origin


def pools_counted() -> QuerySet[Pool]:
    """Find every pool with its numbers of images."""
    included = Count("images", filter=Q(images__excluded_because=""))
    return Pool.objects.annotate(
        n_images=Count("images"), n_included=included
    ).order_by("name")


@rule(by_method(looks, imports))
class PoolsApi(ReadsAndStarts, ListAPIView[Pool]):
    """Pools of photographs."""

    permission_classes = [IsAuthenticated]
    serializer_class = PoolSerializer
    queryset = Pool.objects.none()

    def get_queryset(self) -> QuerySet[Pool]:
        """Every pool with its numbers of images."""
        return pools_counted()

    @extend_schema(
        request=ImportSerializer,
        responses={202: JobSerializer},
        examples=[
            OpenApiExample(
                "example",
                value={"pool": "phantoms", "layout": "phantom", "per_lesion": 20},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Import a folder of the server, or phantoms, as a job."""
        asked = read(ImportSerializer(data=request.data))
        return queued(starting.start_import(owner=request.user, **asked))


@rule(by_method(looks, imports))
class PoolApi(APIView):
    """One pool."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=PoolDetailSerializer)
    def get(self, _request: Request, name: str) -> Response:
        """Show a pool with Table 1, the roles of its patients, and open problems."""
        return self.answer(name)

    @extend_schema(
        request=OriginSerializer,
        responses=PoolDetailSerializer,
        examples=[
            OpenApiExample(
                "example",
                value={"source": "Eye clinic, 2026", "licence": "research use"},
                request_only=True,
            )
        ],
    )
    def patch(self, request: Request, name: str) -> Response:
        """State where the images come from, and under which terms."""
        pool = get_object_or_404(Pool, name=name)
        state_origin(pool=pool, **read(OriginSerializer(data=request.data)))
        return self.answer(name)

    def answer(self, name: str) -> Response:
        """Show the pool as it is now."""
        pool = get_object_or_404(pools_counted(), name=name)
        return Response(PoolDetailSerializer(pool).data)


@rule(looks)
class ImagesApi(ListAPIView[FundusImage]):
    """The images of a pool."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = ImageSerializer
    queryset = FundusImage.objects.none()

    def get_queryset(self) -> QuerySet[FundusImage]:
        """Filter as the address asks."""
        asked = read(ImageQuery(data=self.request.query_params))
        pool = get_object_or_404(Pool, name=self.kwargs["name"])
        role = Coalesce("cluster__reservation__role", Value(""))
        found = pool.images.annotate(role=role).select_related("cluster")
        found = found.defer("thumbnail").order_by("id")
        excluded = asked.pop("excluded")
        if excluded is not None:
            kept = Q(excluded_because="")
            found = found.filter(~kept if excluded else kept)
        return found.filter(**asked)

    @extend_schema(parameters=[ImageQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List images with their fate, measures and role."""
        return super().get(request, *args, **kwargs)


@rule(looks)
class ImageApi(APIView):
    """One image as a picture."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    DRAWN = {
        "thumbnail": sheets.thumbnail,
        "photograph": sheets.photograph,
        "spectrum": sheets.spectrum_of,
    }

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, _request: Request, pk: int, kind: str) -> HttpResponse:
        """Send its thumbnail, the photograph at a reader's size, or its spectrum."""
        if kind not in self.DRAWN:
            raise Http404
        return png(self.DRAWN[kind](get_object_or_404(FundusImage, pk=pk)))


@rule(by_method(looks, imports))
class ReservationsApi(APIView):
    """The roles of a pool's patients."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=RolesSerializer)
    def get(self, _request: Request, name: str) -> Response:
        """Count patients by lesion and role."""
        return roles(get_object_or_404(Pool, name=name))

    @extend_schema(
        request=ReserveSerializer,
        responses=RolesSerializer,
        examples=[
            OpenApiExample(
                "example", value={"opt": 5, "practice": 1}, request_only=True
            )
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Give patients without a role theirs; nobody's changes."""
        pool = get_object_or_404(Pool, name=name)
        asked = read(ReserveSerializer(data=request.data))
        reservations.reserve(pool=pool, seed=pool.seed, **asked)
        return roles(pool)


def roles(pool: Pool) -> Response:
    """Show who has which role."""
    return Response(
        {"lesions": {row.key: row.counts for row in reservation_table(pool).rows}}
    )
