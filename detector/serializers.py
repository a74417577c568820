"""Shapes of the API's input; every field is named, and rules are in the services."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from detector.models import DetectorModel
from detector.network import configs
from detector.services.pool_plan import ScoringOrder
from detector.services.training_plan import DetectorOrder
from forgery.services.reservations import FOLDS


class ClustersField(serializers.ListField):
    """Names of patient clusters; empty takes all with the role."""

    child = serializers.CharField(max_length=120)


class DetectorSerializer(serializers.ModelSerializer[DetectorModel]):
    """A detector and how it was made."""

    pool = serializers.CharField(source="pool.name")

    class Meta:
        model = DetectorModel
        fields = [
            "name",
            "pool",
            "recipe",
            "preset",
            "seed",
            "held_out_fold",
            "threshold",
            "temperature",
            "sha256",
            "created_at",
        ]
        read_only_fields = fields


class DetectorDetailSerializer(DetectorSerializer):
    """A detector's card: figures, loss curve, what it was trained on."""

    metrics = serializers.DictField()
    loss_curve = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField())
    )
    n_clusters = serializers.IntegerField()

    class Meta(DetectorSerializer.Meta):
        fields = [
            *DetectorSerializer.Meta.fields,
            "metrics",
            "loss_curve",
            "n_clusters",
        ]
        read_only_fields = fields


class ScoreSerializer(serializers.Serializer[Any]):
    """One image's score, as the table of scores has it."""

    cluster = serializers.CharField()
    role = serializers.CharField(allow_blank=True)
    fold = serializers.IntegerField(allow_null=True)
    lesion = serializers.CharField(allow_blank=True)
    image = serializers.CharField()
    truth = serializers.IntegerField()
    manipulator = serializers.CharField(allow_blank=True)
    detector = serializers.CharField()
    score = serializers.FloatField()
    probability = serializers.FloatField()
    manipulated = serializers.IntegerField()


@extend_schema_serializer(component_name="DetectorTraining")
class TrainingSerializer(serializers.Serializer[dict[str, Any]]):
    """A detector to train."""

    pool = serializers.SlugField(max_length=60)
    name = serializers.SlugField(max_length=80)
    recipe = serializers.ChoiceField(list(configs.RECIPES), default=configs.DEFAULT.key)
    preset = serializers.ChoiceField(list(configs.PRESETS), default="full")
    seed = serializers.IntegerField(min_value=0, max_value=2**63 - 1, default=1)
    held_out_fold = serializers.IntegerField(
        min_value=0, max_value=FOLDS - 1, allow_null=True, default=None
    )
    clusters = ClustersField(default=list)

    def order(self) -> DetectorOrder:
        """Give the request as a training order."""
        return DetectorOrder.from_arguments(self.validated_data)


class ScoringSerializer(serializers.Serializer[dict[str, Any]]):
    """Clusters to score."""

    pool = serializers.SlugField(max_length=60)
    clusters = ClustersField(default=list)

    def order(self, detector: str) -> ScoringOrder:
        """Give the request as a scoring order."""
        return ScoringOrder.from_arguments(
            {**self.validated_data, "detector": detector}
        )
