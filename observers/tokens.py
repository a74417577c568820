"""Random names for sessions and cases; signatures of heads and presentations."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import salted_hmac

TOKEN_BYTES = 16


def new_token() -> str:
    """Return a name that nobody can guess and that says nothing (22 characters)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def sign_head(*, key: str, session: str, sequence: int, head: str) -> str:
    """Sign the last hash of a session's chain with a key kept out of the database."""
    message = f"{session}\n{sequence}\n{head}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def sign_text(text: str, key: str) -> str:
    """Sign a text with a key kept out of the database."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_signed(
    signature: str, *, key: str, session: str, sequence: int, head: str
) -> bool:
    """Whether the signature is the key's own, compared in constant time."""
    expected = sign_head(key=key, session=session, sequence=sequence, head=head)
    return hmac.compare_digest(signature, expected)


PRESENTATION_SALT = "observers.presentation"
ISSUE_BYTES, NONCE_BYTES = 8, 8
SEAL_BYTES = 32


@dataclass(frozen=True)
class Issue:
    """What a presentation's token says: which case was given out, and when."""

    item: str
    issued_ms: int
    """Milliseconds since 1970, by the server's clock."""


def sign_presentation(item: str, issued_ms: int) -> str:
    """Sign that a case's image was given out now; as long for every case."""
    told = item.encode() + issued_ms.to_bytes(ISSUE_BYTES, "big")
    told += secrets.token_bytes(NONCE_BYTES)
    return urlsafe_b64encode(told + seal_of(told, settings.SECRET_KEY)).decode()


def read_presentation(token: str) -> Issue | None:
    """Read a token; None when this server did not make it."""
    try:
        data = urlsafe_b64decode(token.encode())
    except (ValueError, UnicodeEncodeError):
        return None
    told, seal = data[:-SEAL_BYTES], data[-SEAL_BYTES:]
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(seal, seal_of(told, key)) for key in keys):
        return None
    item = told[: -ISSUE_BYTES - NONCE_BYTES]
    issued = told[len(item) : len(item) + ISSUE_BYTES]
    return Issue(item.decode(), int.from_bytes(issued, "big"))


def seal_of(told: bytes, key: str | bytes) -> bytes:
    """Give the signature of a presentation."""
    return salted_hmac(PRESENTATION_SALT, told, secret=key, algorithm="sha256").digest()


def user_key(pk: int | None) -> str:
    """Name a user to the user's own browser, for its outbox; nothing can be read."""
    return salted_hmac("observers.outbox", str(pk), algorithm="sha256").hexdigest()[:32]
