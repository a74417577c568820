"""Shapes of what a draft lacks, what its counts mean, and of a protocol's versions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from observers.models.protocol_checks import MAX_READERS, MAX_REMINDER
from observers.services import amending
from observers.services.checklist import STATES


class PointSerializer(serializers.Serializer[Any]):
    """One line of the checklist."""

    name = serializers.CharField()
    state = serializers.ChoiceField(list(STATES))
    text = serializers.CharField()


class ChecklistSerializer(serializers.Serializer[Any]):
    """Whether a draft can be frozen, and what is missing."""

    can_freeze = serializers.BooleanField()
    points = PointSerializer(many=True)


class HintQuery(serializers.Serializer[Any]):
    """Counts that somebody thinks of; those that are not named are the draft's."""

    n_original = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    n_manipulated = serializers.IntegerField(
        min_value=1, max_value=1000, required=False
    )
    rounds = serializers.IntegerField(min_value=1, max_value=10, required=False)


class HalfSerializer(serializers.Serializer[Any]):
    """Expected half-width of an interval at an expected area."""

    area = serializers.FloatField()
    one_set = serializers.FloatField()
    all_sets = serializers.FloatField()


class PrecisionSerializer(serializers.Serializer[Any]):
    """What is estimated, and how precisely."""

    kind = serializers.ChoiceField(["reader", "group", "groups", "detector"])
    name = serializers.CharField()
    is_fixed = serializers.BooleanField()
    halves = HalfSerializer(many=True)


class OfferSerializer(serializers.Serializer[Any]):
    """What the pool offers for one lesion's set."""

    name = serializers.CharField()
    patients = serializers.IntegerField()
    manipulated = serializers.IntegerField()
    lack = serializers.CharField(allow_blank=True)


class EffortSerializer(serializers.Serializer[Any]):
    """How much reading a protocol asks for."""

    readers = serializers.IntegerField()
    ratings_each = serializers.IntegerField()
    ratings = serializers.IntegerField()
    minutes_each = serializers.IntegerField()


class HintSerializer(serializers.Serializer[Any]):
    """What counts mean: precision, patients, effort."""

    precision = PrecisionSerializer(many=True)
    assumptions = serializers.ListField(child=serializers.CharField())
    offers = OfferSerializer(many=True)
    effort = EffortSerializer()


class CopySerializer(serializers.Serializer[Any]):
    """The name of the new draft."""

    name = serializers.SlugField(max_length=60)


class AmendSerializer(serializers.Serializer[Any]):
    """What holds from now on, and why; what cannot be amended is refused by name."""

    reason = serializers.CharField(max_length=1000)
    begun_from = serializers.IntegerField(
        min_value=1,
        help_text=_("The newest version that you have read; refused if it is older."),
    )
    planned = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=MAX_READERS),
        required=False,
        help_text=_("How many readers are planned, by the key of their group."),
    )
    instructions = serializers.CharField(required=False, allow_blank=True)
    consent = serializers.CharField(required=False, allow_blank=True)
    washout_days = serializers.IntegerField(min_value=0, max_value=3650, required=False)
    conditions_check = serializers.BooleanField(required=False)
    debrief = serializers.BooleanField(required=False)
    contact = serializers.CharField(max_length=300, required=False, allow_blank=True)
    reminder_days = serializers.IntegerField(
        min_value=0, max_value=MAX_REMINDER, required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Say of every other entry why it is not amended, instead of leaving it out."""
        others = sorted(set(self.initial_data) - set(self.fields))
        if others:
            raise serializers.ValidationError(
                {name: amending.refusal(name) for name in others}
            )
        return attrs


class PieceSerializer(serializers.Serializer[Any]):
    """Some words: kept, added or removed."""

    kind = serializers.ChoiceField(["same", "added", "removed"])
    text = serializers.CharField()


class DifferenceSerializer(serializers.Serializer[Any]):
    """How one entry differs from the version before."""

    name = serializers.CharField()
    pieces = PieceSerializer(many=True)


class VersionSerializer(serializers.Serializer[Any]):
    """One version of a protocol."""

    number = serializers.IntegerField()
    digest = serializers.CharField()
    made_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    differences = DifferenceSerializer(many=True)
