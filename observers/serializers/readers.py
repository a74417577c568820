"""Shapes of readers, invitations, pace and roles in the API; no token, no score."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from observers.models import Enrolment, Invitation, StudyRole
from observers.selectors.conduct import Conduct
from observers.services.inviting import MAX_ROWS


class ReaderSerializer(serializers.ModelSerializer[Enrolment]):
    """A reader by pseudonym, with progress; never a score."""

    group = serializers.CharField(source="group.key")
    rated = serializers.IntegerField()
    finished_sets = serializers.IntegerField()

    class Meta:
        model = Enrolment
        fields = [
            "pseudonym",
            "group",
            "years",
            "is_simulated",
            "consented_at",
            "withdrawn_at",
            "excluded_at",
            "excluded_because",
            "rated",
            "finished_sets",
        ]
        read_only_fields = fields


class NewReaderSerializer(serializers.Serializer[Any]):
    """A reader to enrol in a draft."""

    username = serializers.CharField(max_length=150)
    group = serializers.SlugField(max_length=40)
    years = serializers.DecimalField(max_digits=3, decimal_places=1, min_value=0)
    email = serializers.EmailField(default="", allow_blank=True)


class EnrolledSerializer(serializers.Serializer[Any]):
    """Who was enrolled; the password of a new account is told once."""

    pseudonym = serializers.CharField()
    password = serializers.CharField(allow_blank=True)


class ReaderQuery(serializers.Serializer[Any]):
    """Which readers."""

    group = serializers.SlugField(max_length=40, required=False)


class RowSerializer(serializers.Serializer[Any]):
    """A reader to invite, as a list has it: what is wrong with a row is told of it."""

    email = serializers.CharField(max_length=150)
    group = serializers.CharField(max_length=100)
    years = serializers.CharField(max_length=10)


class InvitingSerializer(serializers.Serializer[Any]):
    """Readers to invite."""

    readers = serializers.ListField(
        child=RowSerializer(), allow_empty=False, max_length=MAX_ROWS
    )


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """A link that was sent: to whom, until when, used when; never the link."""

    reader = serializers.CharField(source="enrolment.pseudonym")
    is_open = serializers.BooleanField()

    class Meta:
        model = Invitation
        fields = ["reader", "email", "created_at", "expires_at", "used_at", "is_open"]
        read_only_fields = fields


class FaultSerializer(serializers.Serializer[Any]):
    """A row that could not be invited."""

    row = serializers.IntegerField(source="line")
    reason = serializers.CharField()


class InvitedSerializer(serializers.Serializer[Any]):
    """What came of a list: who is invited, and which rows are to be mended."""

    invited = InvitationSerializer(many=True)
    faults = FaultSerializer(many=True)


class ReasonSerializer(serializers.Serializer[Any]):
    """Why a reader is excluded."""

    reason = serializers.CharField(max_length=500)


class NewcomerSerializer(serializers.Serializer[Any]):
    """Who takes a reader's place; where something was rated, why."""

    email = serializers.EmailField(max_length=150)
    years = serializers.DecimalField(
        max_digits=3, decimal_places=1, min_value=0, max_value=80
    )
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class ConductSerializer(serializers.Serializer[Any]):
    """How one reader's reading goes: counts and times alone."""

    pseudonym = serializers.CharField(source="enrolment.pseudonym")
    group = serializers.CharField(source="enrolment.group.key")
    rated = serializers.IntegerField(source="progress.rated")
    total = serializers.IntegerField(source="progress.total")
    last_rating = serializers.DateTimeField(
        source="progress.last_rating", allow_null=True
    )
    per_day = serializers.SerializerMethodField()
    ends_on = serializers.SerializerMethodField()
    has_left = serializers.BooleanField(source="progress.has_left")
    is_done = serializers.BooleanField()
    late_because = serializers.CharField(allow_blank=True)
    deviations = serializers.DictField(child=serializers.IntegerField())
    reminded_at = serializers.DateTimeField(allow_null=True)

    def get_per_day(self, row: Conduct) -> float | None:
        """Say how many cases a day."""
        return None if row.pace is None else row.pace.per_day

    def get_ends_on(self, row: Conduct) -> str | None:
        """Say when the reading would end at this pace."""
        ends = None if row.pace is None else row.pace.ends_on
        return None if ends is None else ends.isoformat()


class ConductQuery(serializers.Serializer[Any]):
    """Whose reading."""

    group = serializers.SlugField(max_length=40, required=False)
    only = serializers.ChoiceField(["late", "deviations"], required=False)


class DueSerializer(serializers.Serializer[Any]):
    """By when the reading should be done; null: no date."""

    due_on = serializers.DateField(allow_null=True)


class RemindedSerializer(serializers.Serializer[Any]):
    """Who was written to."""

    reminded = serializers.ListField(child=serializers.CharField())


class RoleSerializer(serializers.ModelSerializer[StudyRole]):
    """Who coordinates or analyses a study."""

    username = serializers.CharField(source="user.username", max_length=150)

    class Meta:
        model = StudyRole
        fields = ["username", "role"]
