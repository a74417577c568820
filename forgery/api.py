"""The pools' API: start training and manipulation, watch and cancel jobs."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.exceptions import WrongInput
from forgery.models import FundusImage, Job, Manipulator, Pool
from forgery.permissions import by_method, rule
from forgery.policies import looks, sees_job, trains
from forgery.selectors.jobs import job_state, latest_jobs
from forgery.serializers import (
    ImageQuery,
    ImageSerializer,
    JobQuery,
    JobSerializer,
    ManipulationSerializer,
    ManipulatorSerializer,
    PoolQuery,
    PoolSerializer,
    TrainingSerializer,
)
from forgery.services import jobs, starting


@rule(by_method(looks, trains))
class TrainingApi(ListAPIView[Manipulator]):
    """Manipulators; to train one, 403 names a cluster that has another role."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "job"
    serializer_class = ManipulatorSerializer
    queryset = Manipulator.objects.none()

    def get_queryset(self) -> QuerySet[Manipulator]:
        """Filter as the address asks."""
        asked = _asked(PoolQuery(data=self.request.query_params))
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
        serializer = ManipulationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return _started(
            lambda: starting.start_manipulation(
                owner=request.user, **serializer.validated_data
            )
        )


@rule(looks)
class PoolsApi(ListAPIView[Pool]):
    """Pools of photographs."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = PoolSerializer
    queryset = Pool.objects.none()

    def get_queryset(self) -> QuerySet[Pool]:
        """Every pool with its numbers of images."""
        included = Count("images", filter=Q(images__excluded_because=""))
        return Pool.objects.annotate(
            n_images=Count("images"), n_included=included
        ).order_by("name")


@rule(looks)
class ImagesApi(ListAPIView[FundusImage]):
    """The images of a pool."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = ImageSerializer
    queryset = FundusImage.objects.none()

    def get_queryset(self) -> QuerySet[FundusImage]:
        """Filter as the address asks."""
        asked = _asked(ImageQuery(data=self.request.query_params))
        pool = get_object_or_404(Pool, name=self.kwargs["name"])
        role = Coalesce("cluster__reservation__role", Value(""))
        found = pool.images.annotate(role=role).select_related("cluster")
        found = found.defer("thumbnail", "measures").order_by("id")
        if "lesion" in asked:
            found = found.filter(lesion=asked["lesion"])
        if asked["excluded"] is not None:
            kept = Q(excluded_because="")
            found = found.filter(~kept if asked["excluded"] else kept)
        return found.filter(role=asked["role"]) if "role" in asked else found

    @extend_schema(parameters=[ImageQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List images with their fate and role."""
        return super().get(request, *args, **kwargs)


@rule(looks)
class JobsApi(ListAPIView[Job]):
    """Jobs, the newest first."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"
    serializer_class = JobSerializer
    queryset = Job.objects.none()

    def list(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Filter and page, each job as its own page tells it."""
        asked = _asked(JobQuery(data=request.query_params))
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

    @extend_schema(responses=JobSerializer)
    def get(self, _request: Request, pk: int) -> Response:
        """Say how the job stands."""
        return Response(job_state(get_object_or_404(Job, pk=pk)))

    @extend_schema(responses={202: JobSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        """Ask the job to stop."""
        job = get_object_or_404(Job, pk=pk)
        jobs.cancel(job, request.user)
        return Response(job_state(job), status=status.HTTP_202_ACCEPTED)


def _asked(query: Any) -> dict[str, Any]:
    """Return what an address asks for, or refuse it by its parameters."""
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def _started(start: Any) -> Response:
    """Start work; what cannot be used is the caller's error, a refusal is a 403."""
    try:
        job = start()
    except WrongInput as error:
        raise ValidationError({"detail": str(error)}) from error
    return Response(job_state(job), status=status.HTTP_202_ACCEPTED)
