"""Shapes of imports, uploads and mended rows in the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from forgery.models import ImportProblem, Pool
from forgery.selectors.folders import import_folders
from forgery.selectors.problems import FIELDS, WORDS, cells_of, line_of
from forgery.serializers import JobSerializer
from forgery.services import mending
from forgery.services.import_checks import EYES
from forgery.services.layouts import LAYOUTS
from forgery.services.reservations import OPT, PRACTICE

TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
MOST = 5000
"""Rows that one request mends."""


@extend_schema_field(TEXTS)
class TextsField(serializers.JSONField):
    """Names to texts; in a form, as JSON."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Refuse what does not give a text to each name."""
        found: Any = super().to_internal_value(data)
        is_fit = isinstance(found, dict) and all(
            isinstance(value, str) for value in found.values()
        )
        if not is_fit:
            raise serializers.ValidationError(_("Give a text to each name."))
        return dict(found)


class CommonSerializer(serializers.Serializer[Any]):
    """What every import asks for."""

    pool = serializers.SlugField(max_length=60)
    licence = serializers.CharField(max_length=300)
    eyes = serializers.ChoiceField(list(EYES), default="any")
    names = TextsField(default=dict)
    opt = serializers.IntegerField(min_value=0, max_value=100_000, default=OPT)
    practice = serializers.IntegerField(
        min_value=0, max_value=100_000, default=PRACTICE
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


@extend_schema_serializer(component_name="Upload")
class UploadSerializer(CommonSerializer):
    """Photographs with what is known about them."""

    photographs = serializers.ListField(
        child=serializers.FileField(), allow_empty=False
    )
    table = serializers.FileField(required=False)
    provenance = serializers.CharField(max_length=500)


@extend_schema_serializer(component_name="Import")
class ImportSerializer(CommonSerializer):
    """A folder of the server, or phantoms, to import."""

    layout = serializers.ChoiceField(list(LAYOUTS))
    folder = serializers.CharField(max_length=300, required=False)
    licence = serializers.CharField(max_length=300, default="", allow_blank=True)
    provenance = serializers.CharField(max_length=500, default="", allow_blank=True)
    eyes = serializers.ChoiceField(list(EYES), default="right")
    draw = serializers.DictField(
        child=serializers.IntegerField(min_value=0), required=False
    )
    per_lesion = serializers.IntegerField(min_value=1, max_value=1000, default=110)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take a folder that the page would offer, and no other."""
        folder = attrs.pop("folder", "")
        is_phantom = attrs["layout"] == "phantom"
        if not is_phantom and folder not in import_folders():
            text = _("There is no such folder below IMPORT_ROOT.")
            raise serializers.ValidationError({"folder": [text]})
        source = None if is_phantom else str(Path(settings.IMPORT_ROOT) / folder)
        return attrs | {"source": source}


class FolderSerializer(serializers.Serializer[Any]):
    """Folders below IMPORT_ROOT."""

    folders = serializers.ListField(child=serializers.CharField())


class CellsSerializer(serializers.Serializer[Any]):
    """The cells of a row."""

    file = serializers.CharField(allow_blank=True)
    lesion = serializers.CharField(allow_blank=True)
    patient_id = serializers.CharField(allow_blank=True)
    eye = serializers.CharField(allow_blank=True)


class ProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    """A row that could not be taken: what stood there, what is wrong, what to do."""

    field = serializers.SerializerMethodField(method_name="field_of")
    wrong = serializers.SerializerMethodField()
    advice = serializers.SerializerMethodField()
    cells = serializers.SerializerMethodField()

    class Meta:
        model = ImportProblem
        fields = ["id", "job", "row", "kind", "field", "wrong", "advice", "cells"]
        read_only_fields = fields

    def field_of(self, problem: ImportProblem) -> str:
        """Name the column that is wrong."""
        return WORDS.get(problem.kind, WORDS["unreadable"]).field

    def get_wrong(self, problem: ImportProblem) -> str:
        """Say what is wrong."""
        return line_of(problem).wrong

    def get_advice(self, problem: ImportProblem) -> str:
        """Say what to do."""
        return str(line_of(problem).advice)

    @extend_schema_field(CellsSerializer)
    def get_cells(self, problem: ImportProblem) -> dict[str, str]:
        """Give the row as it was read."""
        return cells_of(problem)


class ProblemQuery(serializers.Serializer[Any]):
    """Which problems."""

    kind = serializers.ChoiceField(list(WORDS), required=False)


class QueuedSerializer(serializers.Serializer[Any]):
    """The jobs that import mended rows: one for each source they came from."""

    jobs = JobSerializer(many=True)


class MendedSerializer(serializers.Serializer[Any]):
    """A row by the number of its problem, with the cells that are changed."""

    problem = serializers.IntegerField(min_value=1)
    file = serializers.CharField(max_length=300, required=False)
    lesion = serializers.CharField(max_length=300, required=False, allow_blank=True)
    patient_id = serializers.CharField(max_length=80, required=False, allow_blank=True)
    eye = serializers.CharField(max_length=10, required=False, allow_blank=True)


@extend_schema_field(MendedSerializer(many=True))
class RowsField(serializers.JSONField):
    """Mended rows; in a form, as JSON."""

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        """Check each row by its fields."""
        rows = serializers.ListField(child=MendedSerializer(), max_length=MOST)
        return list(rows.run_validation(super().to_internal_value(data)))


@extend_schema_serializer(component_name="Mend")
class MendSerializer(serializers.Serializer[Any]):
    """Cells of rows; what a label means, once for all its rows; files; the table."""

    rows = RowsField(default=list)  # type: ignore[arg-type]
    labels = TextsField(default=dict)
    photographs = serializers.ListField(child=serializers.FileField(), default=list)
    table = serializers.FileField(required=False)

    def cells(self, pool: Pool) -> mending.Cells:
        """Collect the cells as the page does: rows, labels, and the table over all."""
        given = self.validated_data
        rows = {
            row["problem"]: {name: row[name] for name in FIELDS if name in row}
            for row in given["rows"]
        }
        cells = mending.labelled(pool, rows, given["labels"])
        table: UploadedFile[Any] | None = given.get("table")
        return cells if table is None else {**cells, **mending.read_table(table)}
