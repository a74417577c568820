"""What the environment says: secrets, mode, broker and storage; fails closed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

REQUIRED_IN_PRODUCTION = {
    "SECRET_KEY": "a long random text: python -c 'import secrets; "
    "print(secrets.token_urlsafe(50))'",
    "ALLOWED_HOSTS": "the host names served, e.g. reads.example.org",
    "DATABASE_URL": "PostgreSQL, e.g. postgres://user:password@host/fundus",
    "CHAIN_KEY": "another long random text, kept away from the database",
    "CELERY_BROKER_URL": "RabbitMQ or Redis, e.g. redis://host:6379/0",
}
SECRET_BYTES = 50


def is_production() -> bool:
    """Whether production mode is on; refuses an environment it can't trust."""
    mode = env("FUNDUS_MODE", default="embedded")
    if mode not in {"embedded", "production"}:
        msg = f"FUNDUS_MODE is {mode!r}: set it to embedded or production."
        raise ImproperlyConfigured(msg)
    if mode == "embedded":
        return False
    missing = [name for name in REQUIRED_IN_PRODUCTION if not os.environ.get(name)]
    if missing:
        wanted = "".join(
            f"\n  {name}: {REQUIRED_IN_PRODUCTION[name]}" for name in missing
        )
        msg = f"Production mode needs these environment variables:{wanted}"
        raise ImproperlyConfigured(msg)
    if not env("DATABASE_URL").startswith(("postgres://", "postgresql://", "psql://")):
        msg = "Production mode needs PostgreSQL: set DATABASE_URL to postgres://..."
        raise ImproperlyConfigured(msg)
    return True


def folder(path: Path) -> Path:
    """Make sure the folder exists and return it."""
    path.mkdir(parents=True, exist_ok=True)
    return path


def secret(name: str, var: Path) -> str:
    """Return the secret ``name``: from the environment, else one made once in var."""
    value = env(name, default="")
    if value:
        return str(value)
    path = folder(var / "secrets") / name.lower()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        made = secrets.token_urlsafe(SECRET_BYTES)
        file.write(made)
    return made


def broker_options(url: str, var: Path) -> dict[str, Any]:
    """Return Celery's transport options for the broker at ``url``."""
    if url.startswith("filesystem:"):
        queue = str(folder(var / "broker" / "queue"))
        control = str(folder(var / "broker" / "control"))
        return {
            "data_folder_in": queue,
            "data_folder_out": queue,
            "control_folder": control,
        }
    if url.startswith("redis"):
        return {"visibility_timeout": 13 * 3600}  # seconds, above the hard time limit
    return {}


def media_storage() -> dict[str, Any]:
    """Return the storage of images: S3-compatible when a bucket is named, else disk."""
    bucket = env("AWS_STORAGE_BUCKET_NAME", default="")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env("AWS_S3_ENDPOINT_URL", default="") or None,
            "region_name": env("AWS_S3_REGION_NAME", default="") or None,
            "default_acl": "private",
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }
