"""Random names for sessions and cases, and the signature of a chain's head."""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_BYTES = 16


def new_token() -> str:
    """Return a name that nobody can guess and that says nothing (22 characters)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def sign_head(*, key: str, session: str, sequence: int, head: str) -> str:
    """Sign the last hash of a session's chain with a key kept out of the database."""
    message = f"{session}\n{sequence}\n{head}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def is_signed(
    signature: str, *, key: str, session: str, sequence: int, head: str
) -> bool:
    """Whether the signature is the key's own, compared in constant time."""
    expected = sign_head(key=key, session=session, sequence=sequence, head=head)
    return hmac.compare_digest(signature, expected)
