"""The signed heads of a study's chains, as exports carry them."""

from __future__ import annotations

from typing import Any

from observers.models import Session, Study


def signed_heads(study: Study) -> dict[str, Any]:
    """Give every session's length, last hash and signature; verify_study reads it."""
    rows = Session.objects.filter(enrolment__study=study).order_by(
        "enrolment__position", "position"
    )
    return {
        "study": study.name,
        "protocol_hash": study.protocol_hash,
        "heads": [
            {
                "reader": session.enrolment.pseudonym,
                "set": session.opt_set.lesion,
                "session": session.token,
                "length": session.length,
                "head": session.head,
                "signature": session.head_signature,
            }
            for session in rows.select_related("enrolment", "opt_set")
        ],
    }
