"""The shape of what a browser sends; each field is named."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from observers.services.answers import Answer
from observers.services.timing import MAX_MS, Times

TOKEN_LENGTH = 200


def milliseconds(**options: Any) -> serializers.IntegerField:
    """Make a field for a whole number of milliseconds."""
    return serializers.IntegerField(min_value=0, max_value=MAX_MS, **options)


class TimingSerializer(serializers.Serializer[Any]):
    """What the browser's monotonic clock measured."""

    elapsed_ms = milliseconds()
    active_ms = milliseconds(default=0)
    hidden_ms = milliseconds(default=0)
    idle_ms = milliseconds(default=0)
    paused_ms = milliseconds(default=0)
    waited_ms = milliseconds(default=0)
    paint_ms = milliseconds(default=0)


class RatingSerializer(serializers.Serializer[Any]):
    """One answer about one case. The service checks it against the protocol."""

    score = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        min_value=0,
        max_value=100,
        allow_null=True,
        default=None,
    )
    answer = serializers.DictField(allow_null=True, default=None)
    cannot_rate = serializers.CharField(max_length=200, allow_blank=True, default="")
    marks = serializers.ListField(default=list)
    idempotency_key = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=1000, default=1)
    presentation = serializers.CharField(
        max_length=TOKEN_LENGTH, allow_blank=True, default=""
    )
    timing = TimingSerializer(required=False)
    elapsed_ms = milliseconds(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the time in one of its two places."""
        if "timing" not in attrs and "elapsed_ms" not in attrs:
            raise serializers.ValidationError({"timing": _("The times are missing.")})
        return attrs


RATING = RatingSerializer()
"""One for all requests: it only reads, and to copy its fields costs milliseconds."""


def read_rating(data: Any) -> Answer:
    """Return the answer in a request's body, or refuse its shape."""
    found = dict(RATING.run_validation(data))
    elapsed = found.pop("elapsed_ms", 0)
    times = Times(**found.pop("timing", {"elapsed_ms": elapsed}))
    return Answer(times=times, given=found.pop("answer"), **found)
