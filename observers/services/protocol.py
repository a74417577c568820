"""From files and defaults to protocols; the object itself is in the models."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from forgery.imaging import domain
from forgery.models import Pool
from observers.exceptions import WrongProtocol
from observers.models.protocol import Protocol
from observers.models.protocol_fields import refuse
from observers.models.protocol_texts import CONSENT, INSTRUCTIONS


def default_protocol(pool: Pool, changes: Mapping[str, Any] | None = None) -> Protocol:
    """Return the paper's protocol for the pool's domain, with changes on top."""
    subject = domain.get(pool.domain)
    document = {
        "lesions": list(subject.lesion_keys),
        "question": subject.question,
        "consent": CONSENT,
        "instructions": INSTRUCTIONS,
        "conditions_check": True,
        **(changes or {}),
    }
    protocol = Protocol.from_dict(document)
    check_domain(protocol, pool)
    return protocol


def check_domain(protocol: Protocol, pool: Pool) -> None:
    """Refuse lesions that the pool's domain does not have."""
    subject = domain.get(pool.domain)
    for key in protocol.lesions:
        if key not in subject.lesion_keys:
            refuse(
                "lesions",
                _("{key!r} is not a lesion of {subject}; there are: {known}").format(
                    key=key, subject=subject.name, known=", ".join(subject.lesion_keys)
                ),
            )


def read_protocol_file(path: Path) -> dict[str, Any]:
    """Read a protocol document: JSON, or TOML when the name ends so."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, UnicodeDecodeError) as fault:
        msg = _("The protocol file {path} cannot be read: {fault}.").format(
            path=path, fault=fault
        )
        raise WrongProtocol(msg) from fault
    except ValueError as fault:
        msg = _("The protocol file {path} is not valid JSON or TOML: {fault}.").format(
            path=path, fault=fault
        )
        raise WrongProtocol(msg) from fault
    if not isinstance(data, dict):
        msg = _(
            "The protocol file {path} must hold one object with named entries."
        ).format(path=path)
        raise WrongProtocol(msg)
    return data
