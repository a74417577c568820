"""Shapes of studies, their setting-up and their audit trail in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from observers.models import AuditEvent, Study
from observers.selectors.api import told_detail

SEED = {"min_value": 0, "max_value": 2**31 - 1, "default": 1}


class StudySerializer(serializers.ModelSerializer[Study]):
    """A study as a list shows it."""

    pool = serializers.CharField(source="pool.name")
    n_readers = serializers.IntegerField()

    class Meta:
        model = Study
        fields = [
            "name",
            "title",
            "pool",
            "state",
            "is_simulated",
            "protocol_hash",
            "n_readers",
            "created_at",
            "due_on",
            "locked_at",
        ]
        read_only_fields = fields


class StudyDetailSerializer(StudySerializer):
    """A study with its protocol document, and what was amended in it."""

    protocol = serializers.DictField()
    amended = serializers.DictField()

    class Meta(StudySerializer.Meta):
        fields = [*StudySerializer.Meta.fields, "protocol", "amended"]
        read_only_fields = fields


class NewStudySerializer(serializers.Serializer[Any]):
    """A study to create; ``protocol`` changes entries of the paper's protocol."""

    name = serializers.SlugField(max_length=60)
    title = serializers.CharField(max_length=200, default="", allow_blank=True)
    pool = serializers.SlugField(max_length=60)
    protocol = serializers.DictField(default=dict)


class StudyChangeSerializer(serializers.Serializer[Any]):
    """What changes of a draft."""

    title = serializers.CharField(max_length=200, required=False)
    protocol = serializers.DictField(required=False)


class MoveSerializer(serializers.Serializer[Any]):
    """The state to bring a study to."""

    state = serializers.ChoiceField(["frozen", "open", "closed", "locked"])


class FrozenSerializer(serializers.Serializer[Any]):
    """A study that was frozen just now."""

    name = serializers.CharField()
    state = serializers.CharField()
    protocol_hash = serializers.CharField()
    readers = serializers.IntegerField()


class SimulationSerializer(serializers.Serializer[Any]):
    """How simulated readers are drawn; the study is marked as simulated for good."""

    seed = serializers.IntegerField(**SEED)  # type: ignore[arg-type]
    lock = serializers.BooleanField(default=False)


class EventSerializer(serializers.ModelSerializer[AuditEvent]):
    """Who did what when."""

    user = serializers.CharField(source="user.username", default=None, allow_null=True)
    detail = serializers.SerializerMethodField()

    class Meta:
        model = AuditEvent
        fields = ["id", "created_at", "verb", "user", "detail"]
        read_only_fields = fields

    def get_detail(self, event: AuditEvent) -> dict[str, Any]:
        """Give the detail as the page does."""
        return told_detail(event)


class StudyQuery(serializers.Serializer[Any]):
    """Which studies."""

    state = serializers.ChoiceField(Study.State.choices, required=False)
    search = serializers.CharField(max_length=100, required=False)


class EventQuery(serializers.Serializer[Any]):
    """Which events."""

    verb = serializers.CharField(max_length=60, required=False)
    user = serializers.CharField(max_length=150, required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
