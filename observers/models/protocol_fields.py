"""How a protocol document is read, hashed, and refused by the name of a field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from django.utils.translation import gettext as _

from observers.exceptions import WrongProtocol


def canonical(document: Mapping[str, Any]) -> str:
    """Write a document as the one text that is hashed."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def digest_of(document: Mapping[str, Any]) -> str:
    """Hash a document as it is stored: fields added to the format later are not in."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def refuse(name: str, what: str) -> None:
    """Raise the error that names the field."""
    msg = _("Protocol field {name}: {what}.").format(name=name, what=what)
    raise WrongProtocol(msg)


def known_fields(where: str, kind: type, data: Any) -> dict[str, Any]:
    """Return the document's entries; refuse one that the format does not have."""
    if not isinstance(data, Mapping):
        refuse(
            where,
            _("must be an object with named entries, not {data!r}").format(data=data),
        )
    names = [f.name for f in fields(kind)]
    for name in data:
        if name not in names:
            refuse(
                f"{name}",
                _("is unknown in {where}; there are: {known}").format(
                    where=where, known=", ".join(names)
                ),
            )
    return dict(data)


def part(where: str, kind: type, data: Any) -> Any:
    """Read one nested object."""
    values = known_fields(where, kind, data)
    try:
        return kind(**values)
    except TypeError:
        needed = ", ".join(f.name for f in fields(kind))
        refuse(where, _("lacks an entry; it needs {needed}").format(needed=needed))
        raise


def rows(name: str, value: Any) -> list[Any]:
    """Return a list as it is; refuse anything else."""
    if not isinstance(value, list | tuple):
        refuse(name, _("must be a list, not {value!r}").format(value=value))
    return list(value)


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Return a list of texts; refuse anything else."""
    found = rows(name, value)
    if not all(isinstance(text, str) and text.strip() for text in found):
        refuse(name, _("must be a list of texts, none of them empty"))
    return tuple(found)


def whole(name: str, value: Any, low: int, high: int) -> None:
    """Refuse anything but a whole number in the range."""
    if isinstance(value, bool) or not isinstance(value, int):
        refuse(name, _("{value!r} is not a whole number").format(value=value))
    number(name, value, low, high)


def number(name: str, value: Any, low: float, high: float) -> None:
    """Refuse anything but a number in the range."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(name, _("{value!r} is not a number").format(value=value))
    if not low <= value <= high:
        refuse(
            name,
            _("{value} must lie between {low} and {high}").format(
                value=value, low=low, high=high
            ),
        )
