"""The hash of an analysis run's result, the same on every database."""

from __future__ import annotations

from typing import Any

from observers.models.protocol_fields import digest_of


def result_hash(result: dict[str, Any]) -> str:
    """Hash a result as canonical JSON; PostgreSQL gives 1e16 back as a whole number."""
    return digest_of(_whole(result))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
