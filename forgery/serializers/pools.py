"""Shapes of one pool whole: origin, Table 1, roles, bounds, near-duplicates."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from forgery.imaging.selection import Thresholds
from forgery.models import FundusImage, Pool
from forgery.selectors.pools import reservation_table, table1
from forgery.serializers import PoolSerializer
from forgery.services.reservations import OPT, PRACTICE

MOST = 100_000


class CountsField(serializers.DictField):
    """Numbers by key."""

    child = serializers.IntegerField()


class OriginSerializer(serializers.Serializer[Any]):
    """Where images come from, and under which terms."""

    source = serializers.CharField(max_length=500)  # type: ignore[assignment]
    licence = serializers.CharField(max_length=300)


class ReserveSerializer(serializers.Serializer[Any]):
    """How many patients of a lesion to set aside."""

    opt = serializers.IntegerField(min_value=0, max_value=MOST, default=OPT)
    practice = serializers.IntegerField(min_value=0, max_value=MOST, default=PRACTICE)


class RolesSerializer(serializers.Serializer[Any]):
    """Patients by lesion and role."""

    lesions = serializers.DictField(child=CountsField())


class LesionRowSerializer(serializers.Serializer[Any]):
    """One lesion's row of Table 1."""

    included = serializers.IntegerField()
    excluded = CountsField()


class PoolDetailSerializer(PoolSerializer):
    """A pool with Table 1 and the roles of its patients."""

    table1 = serializers.SerializerMethodField()
    roles = serializers.SerializerMethodField()
    n_problems = serializers.IntegerField(source="problems.count")

    class Meta(PoolSerializer.Meta):
        fields = [*PoolSerializer.Meta.fields, "table1", "roles", "n_problems"]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=LesionRowSerializer()))
    def get_table1(self, pool: Pool) -> dict[str, Any]:
        """Count images by lesion and fate."""
        return table1(pool).to_dict()

    @extend_schema_field(serializers.DictField(child=CountsField()))
    def get_roles(self, pool: Pool) -> dict[str, Any]:
        """Count patients by lesion and role."""
        return {row.key: row.counts for row in reservation_table(pool).rows}


class BoundsSerializer(serializers.Serializer[Any]):
    """Bounds of the quality measures; those that are not named stay."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Make a field for each bound."""
        return {
            one.name: serializers.FloatField(
                min_value=0, max_value=MOST, required=False
            )
            for one in fields(Thresholds)
        }


class BarSerializer(serializers.Serializer[Any]):
    """One bar of a histogram: photographs from one value to another."""

    low = serializers.FloatField()
    high = serializers.FloatField()
    height = serializers.FloatField()


class MeasureSerializer(serializers.Serializer[Any]):
    """One measure of a pool's images, with the bound that holds."""

    measure = serializers.CharField(source="rule.measure")
    bound_name = serializers.CharField(source="rule.bound")
    bound = serializers.FloatField()
    default = serializers.FloatField()
    n_out = serializers.IntegerField()
    bars = BarSerializer(many=True)


class JudgedSerializer(serializers.Serializer[Any]):
    """How many images have another fate now."""

    changed = serializers.IntegerField()


class NearSerializer(serializers.ModelSerializer[FundusImage]):
    """An image among its near-duplicates."""

    class Meta:
        model = FundusImage
        fields = ["id", "source_file", "patient_id", "lesion", "excluded_because"]
        read_only_fields = fields


class DuplicatesSerializer(serializers.Serializer[Any]):
    """Photographs that are nearly the same picture."""

    has_different_patients = serializers.BooleanField()
    has_different_lesions = serializers.BooleanField()
    images = NearSerializer(many=True)
