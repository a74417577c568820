"""The shape of what a browser sends; each field is named."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from observers.services.reading import MAX_ELAPSED, Answer


class RatingSerializer(serializers.Serializer[Any]):
    """One answer about one case. The service checks it against the protocol."""

    score = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, allow_null=True
    )
    cannot_rate = serializers.CharField(max_length=200, allow_blank=True, default="")
    elapsed_ms = serializers.IntegerField(min_value=0, max_value=MAX_ELAPSED)
    idempotency_key = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=1000, default=1)

    def answer(self) -> Answer:
        """Return the validated answer."""
        return Answer(**self.validated_data)
