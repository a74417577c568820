"""Shapes of a locked study's runs, reports, curves and cases in the API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from rest_framework import serializers

from observers.analysis.covariance import METHODS
from observers.models import AnalysisRun, Report
from observers.reports.body import FILES
from observers.reports.case_table import SORTS, TRUTHS


class RunSerializer(serializers.ModelSerializer[AnalysisRun]):
    """An analysis run: its settings and the hash of its numbers."""

    options = serializers.DictField()
    reports = serializers.PrimaryKeyRelatedField[Report](many=True, read_only=True)

    class Meta:
        model = AnalysisRun
        fields = [
            "id",
            "kind",
            "options",
            "result_hash",
            "data_hash",
            "code_version",
            "created_at",
            "reports",
        ]
        read_only_fields = fields


class NewRunSerializer(serializers.Serializer[Any]):
    """How a run differs from the protocol's plan; nothing: pre-registered."""

    detector = serializers.CharField(max_length=80, default="", allow_blank=True)
    covariance = serializers.ChoiceField(METHODS, required=False)
    left_out = serializers.ListField(
        child=serializers.CharField(max_length=20), default=list
    )
    language = serializers.ChoiceField(
        [code for code, _name in settings.LANGUAGES],
        default=get_language,
        help_text="Of HTML, PDF and figures; data are the same in any.",
    )


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report: which run, which detector, which files."""

    kind = serializers.CharField(source="run.kind", default=None, allow_null=True)
    files = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = [
            "id",
            "run",
            "kind",
            "detector",
            "code_version",
            "created_at",
            "files",
        ]
        read_only_fields = fields

    def get_files(self, _report: Report) -> list[str]:
        """Name the files that every report has; figures are in its manifest."""
        return list(FILES)


class CurveSerializer(serializers.Serializer[Any]):
    """One ROC curve as pairs of false and true positive rate."""

    lesion = serializers.CharField()
    level = serializers.ChoiceField(["reader", "group", "detector"])
    name = serializers.CharField()
    auc = serializers.FloatField(allow_null=True)
    ci = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField())
    )


class CaseSerializer(serializers.Serializer[Any]):
    """One case of a locked study with its truth and every rating."""

    case = serializers.CharField()
    lesion = serializers.CharField()
    truth = serializers.IntegerField()
    patient = serializers.CharField()
    family = serializers.CharField(allow_blank=True)
    detector = serializers.FloatField(allow_null=True)
    probability = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    disagreement = serializers.FloatField(allow_null=True)
    wrong = serializers.FloatField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    ratings = serializers.DictField(child=serializers.FloatField(allow_null=True))


class CurveQuery(serializers.Serializer[Any]):
    """Which curves."""

    lesion = serializers.CharField(max_length=40, required=False)
    level = serializers.ChoiceField(["reader", "group", "detector"], required=False)


class CaseQuery(serializers.Serializer[Any]):
    """Which cases, in which order."""

    lesion = serializers.CharField(max_length=40, required=False)
    truth = serializers.ChoiceField(list(TRUTHS), required=False)
    family = serializers.CharField(max_length=40, required=False)
    sort = serializers.ChoiceField(
        [*SORTS, *(f"-{key}" for key in SORTS)], required=False
    )


class PictureQuery(serializers.Serializer[Any]):
    """Whose heat map, where one is asked for."""

    detector = serializers.SlugField(max_length=80, default="", allow_blank=True)
