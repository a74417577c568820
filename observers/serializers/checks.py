"""Shapes of a detector's opinion of images in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from detector.services.shipped import NAME
from forgery.models import Job


class NewCheckSerializer(serializers.Serializer[Any]):
    """One archive or several photographs, and who looks at them."""

    photographs = serializers.ListField(
        child=serializers.FileField(), allow_empty=False
    )
    detector = serializers.SlugField(max_length=80, default=NAME)


class CheckSerializer(serializers.ModelSerializer[Job]):
    """How a check stands."""

    detector = serializers.CharField(source="arguments.detector", allow_blank=True)
    is_over = serializers.BooleanField()

    class Meta:
        model = Job
        fields = ["id", "detector", "state", "is_over", "done", "total", "message"]
        read_only_fields = fields


class CheckedSerializer(serializers.Serializer[Any]):
    """One image: score, calibrated probability in a sentence, pictures by address."""

    file = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    probability = serializers.FloatField(allow_null=True)
    manipulated = serializers.BooleanField(allow_null=True)
    problem = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField()
    view = serializers.CharField(allow_blank=True)
    heat_map = serializers.CharField(allow_blank=True)


class CheckDetailSerializer(CheckSerializer):
    """A check with every image; what the probability holds for is in the caveat."""

    images = CheckedSerializer(many=True)
    caveat = serializers.CharField()
    scores = serializers.CharField(allow_blank=True)
    report = serializers.CharField(allow_blank=True)

    class Meta(CheckSerializer.Meta):
        fields = [
            *CheckSerializer.Meta.fields,
            "images",
            "caveat",
            "scores",
            "report",
        ]
        read_only_fields = fields
