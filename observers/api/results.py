"""Results of a locked study for scripts: runs, reports, curves, cases, files."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.api.answers import png, queued, read
from forgery.serializers import JobSerializer
from forgery.services.jobs import start_job
from observers import permissions
from observers.models import AnalysisRun, Report
from observers.reports.body import FIGURE, FILES, TYPES, file_name
from observers.reports.case_table import chosen_cases
from observers.selectors.reports import report_numbered
from observers.selectors.scores import known_detectors
from observers.selectors.studies import study_called
from observers.selectors.truths import truth_of
from observers.serializers.results import (
    CaseQuery,
    CaseSerializer,
    CurveQuery,
    CurveSerializer,
    NewRunSerializer,
    PictureQuery,
    ReportSerializer,
    RunSerializer,
)
from observers.services.case_images import KINDS, case_image


class ResultsView(APIView):
    """What all results share: only after the lock, only for the study's team."""

    access_rule = staticmethod(permissions.sees_results)
    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"


class RunsApi(ResultsView, ListAPIView[AnalysisRun]):
    """The analysis runs of a locked study."""

    serializer_class = RunSerializer
    queryset = AnalysisRun.objects.none()

    def get_queryset(self) -> QuerySet[AnalysisRun]:
        """Every run, the newest first; none is ever removed."""
        runs = AnalysisRun.objects.filter(study__name=self.kwargs["name"])
        return runs.defer("result").prefetch_related("reports")

    @extend_schema(
        request=NewRunSerializer,
        responses={202: JobSerializer},
        examples=[
            OpenApiExample(
                "example", value={"detector": "", "left_out": []}, request_only=True
            )
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Analyse and make a report, as a job; an unknown detector is refused."""
        asked = read(NewRunSerializer(data=request.data))
        study = study_called(name)
        check(study, asked)
        job = start_job(
            kind="observers.make_report",
            arguments={"study": name, **asked},
            owner=request.user,
        )
        return queued(job)


def check(study: Any, asked: dict[str, Any]) -> None:
    """Refuse detectors and readers that are not there, by their field."""
    if asked["detector"] and asked["detector"] not in known_detectors(study):
        raise ValidationError({"detector": [_("No such detector in this pool.")]})
    known = set(study.enrolments.values_list("pseudonym", flat=True))
    if set(asked["left_out"]) - known or known <= set(asked["left_out"]):
        raise ValidationError({"left_out": [_("Leave out readers of this study.")]})


class ReportsApi(ResultsView, ListAPIView[Report]):
    """The reports of a locked study."""

    serializer_class = ReportSerializer
    queryset = Report.objects.none()

    def get_queryset(self) -> QuerySet[Report]:
        """Every report, the newest first."""
        reports = Report.objects.filter(study__name=self.kwargs["name"])
        return reports.select_related("run").defer("result", "view", "run__result")


def report_of(name: str, pk: int) -> Report:
    """Find a report of a study, or say there is none."""
    found = report_numbered(study_called(name), pk)
    if found is None:
        raise Http404
    return found


class ReportApi(ResultsView):
    """All numbers of a report."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, _request: Request, name: str, pk: int) -> Response:
        """Give the report as data: the same as its result.json."""
        return Response(report_of(name, pk).result)


class CurvesApi(ResultsView):
    """The ROC curves of a report."""

    @extend_schema(parameters=[CurveQuery], responses=CurveSerializer(many=True))
    def get(self, request: Request, name: str, pk: int) -> Response:
        """List the curves of readers, groups and the detector."""
        asked = read(CurveQuery(data=request.query_params))
        panels = report_of(name, pk).view.get("panels", {})
        return Response(
            [
                curve
                for lesion, panel in panels.items()
                for curve in curves_of(lesion, panel)
                if asked.get("lesion", lesion) == lesion
                and asked.get("level", curve["level"]) == curve["level"]
            ]
        )


def curves_of(lesion: str, panel: dict[str, Any]) -> list[dict[str, Any]]:
    """Lay a panel's curves out in one list."""
    drawn = [("reader", one["name"], one) for one in panel["readers"]]
    drawn += [("group", name, one) for name, one in panel["groups"].items()]
    if panel["detector"] is not None:
        drawn.append(("detector", "detector", panel["detector"]))
    return [
        {
            "lesion": lesion,
            "level": level,
            "name": name,
            "auc": one["auc"],
            "ci": one["ci"],
            "points": one["points"],
        }
        for level, name, one in drawn
    ]


class CasesApi(ResultsView, ListAPIView[Any]):
    """The cases of a report, with truth and every rating."""

    serializer_class = CaseSerializer
    queryset = Report.objects.none()

    def list(self, request: Request, *_args: Any, **kwargs: Any) -> Response:
        """Filter, sort and page."""
        view = report_of(kwargs["name"], kwargs["pk"]).view
        asked = read(CaseQuery(data=request.query_params))
        page = self.paginate_queryset(chosen_cases(view.get("cases", ()), asked))
        rows = [
            {
                **case,
                "ratings": dict(zip(view["readers"], case["ratings"], strict=True)),
            }
            for case in page or ()
        ]
        return self.get_paginated_response(CaseSerializer(rows, many=True).data)

    @extend_schema(parameters=[CaseQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List cases, those about which readers disagree most first."""
        return super().get(request, *args, **kwargs)


class FileApi(ResultsView):
    """One file of a report."""

    throttle_scope = "export"

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, _request: Request, name: str, pk: int, file: str) -> HttpResponse:
        """Hand out a file: the very bytes that the page and the command give."""
        report = report_of(name, pk)
        stored = file_name(report, file)
        is_known = file in FILES or FIGURE.fullmatch(file)
        if not is_known or not default_storage.exists(stored):
            raise Http404
        with default_storage.open(stored) as source:
            kind = TYPES[file.rpartition(".")[2]]
            return HttpResponse(source.read(), content_type=kind)


class CasePictureApi(ResultsView):
    """One picture of a case."""

    @extend_schema(
        parameters=[PictureQuery],
        responses={(200, "image/png"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, name: str, code: str, kind: str) -> HttpResponse:
        """Send a case as shown, its original, what was changed, or a heat map."""
        asked = read(PictureQuery(data=request.query_params))
        data = None
        if kind in KINDS:
            data = case_image(truth_of(name, code), kind, asked["detector"])
        if data is None:
            raise Http404
        return png(data)
