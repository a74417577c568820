"""Shapes of manipulators whole and of what they made."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from forgery.models import Manipulation, Reservation
from forgery.serializers import ManipulatorSerializer

CURVE = serializers.ListField(
    child=serializers.ListField(child=serializers.FloatField())
)


class ManipulatorDetailSerializer(ManipulatorSerializer):
    """A manipulator with its loss curve and its measured quality."""

    n_manipulations = serializers.IntegerField()
    config = serializers.DictField()
    metrics = serializers.DictField()
    loss_curve = CURVE
    quality = serializers.DictField(
        source="quality.metrics", default=None, allow_null=True
    )

    class Meta(ManipulatorSerializer.Meta):
        fields = [
            *ManipulatorSerializer.Meta.fields,
            "n_manipulations",
            "config",
            "metrics",
            "loss_curve",
            "quality",
        ]
        read_only_fields = fields


class MadeSerializer(serializers.ModelSerializer[Manipulation]):
    """A manipulated image and the original that it was made of."""

    manipulator = serializers.CharField(source="manipulator.name")
    family = serializers.CharField()
    role = serializers.CharField(allow_blank=True)

    class Meta:
        model = Manipulation
        fields = [
            "id",
            "manipulator",
            "family",
            "source",
            "role",
            "target",
            "seed",
            "content_hash",
            "created_at",
        ]
        read_only_fields = fields


class MadeQuery(serializers.Serializer[Any]):
    """Which manipulated images."""

    manipulator = serializers.SlugField(max_length=80, required=False)
    role = serializers.ChoiceField(Reservation.Role.choices, required=False)


class QualitySerializer(serializers.Serializer[Any]):
    """Whose images to measure: those of patients with a role, or all."""

    role = serializers.ChoiceField(Reservation.Role.choices, required=False)
