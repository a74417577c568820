"""Which photographs of a pool count, for scripts: bounds and near-duplicates."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.api.answers import read
from forgery.models import FundusImage, Pool
from forgery.permissions import by_method, rule
from forgery.policies import imports, looks
from forgery.selectors import browsing, thresholds
from forgery.serializers.pools import (
    BoundsSerializer,
    DuplicatesSerializer,
    JudgedSerializer,
    MeasureSerializer,
)
from forgery.services import thresholds as service


@rule(by_method(looks, imports))
class BoundsApi(APIView):
    """The quality bounds of a pool."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(responses=MeasureSerializer(many=True))
    def get(self, _request: Request, name: str) -> Response:
        """Show each measure as a histogram, with its bound and what falls out."""
        pool = get_object_or_404(Pool, name=name)
        drawn = thresholds.histograms(pool, thresholds.measured(pool))
        return Response(MeasureSerializer(drawn, many=True).data)

    @extend_schema(
        request=BoundsSerializer,
        responses=JudgedSerializer,
        examples=[
            OpenApiExample("example", value={"least_side": 200}, request_only=True)
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Judge the pool by other bounds; 403 once something rests on the choice."""
        pool = get_object_or_404(Pool, name=name)
        bounds = read(BoundsSerializer(data=request.data))
        return Response({"changed": service.apply(pool=pool, bounds=bounds)})


@rule(looks)
class DuplicatesApi(ListAPIView[FundusImage]):
    """Near-duplicates of a pool."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = DuplicatesSerializer
    queryset = FundusImage.objects.none()

    def list(
        self,
        request: Request,  # noqa: ARG002 - the base class's signature
        *_args: Any,
        **kwargs: Any,
    ) -> Response:
        """Page through the groups."""
        pool = get_object_or_404(Pool, name=kwargs["name"])
        keys: Any = browsing.near_duplicates(pool)
        groups = browsing.groups_of(list(self.paginate_queryset(keys) or ()))
        return self.get_paginated_response(DuplicatesSerializer(groups, many=True).data)
