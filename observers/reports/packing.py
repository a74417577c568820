"""Every file of a report in one archive, with a manifest of their hashes.

Names, order and dates inside are fixed, so the same lock, settings, language and code
give the same archive, byte for byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

MANIFEST = "manifest.json"
ARCHIVE = "everything.zip"
DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip file can hold."""


def packed(
    files: Mapping[str, bytes], result: Mapping[str, Any], language: str
) -> dict[str, bytes]:
    """Add the manifest and the archive to a report's files."""
    listed = {**files, MANIFEST: _manifest(files, result, language)}
    return {**listed, ARCHIVE: _archive(listed)}


def _manifest(
    files: Mapping[str, bytes], result: Mapping[str, Any], language: str
) -> bytes:
    """Name each file with its length and SHA-256, and what they were made from.

    ``language`` is that of HTML, PDF and figures; the other files have none.
    """
    document = {
        "study": result["study"]["name"],
        "simulated_readers": result["simulated_readers"],
        "protocol_hash": result["provenance"]["protocol_hash"],
        "lock_hash": result["provenance"]["lock_hash"],
        "result_hash": result["run"]["result_hash"],
        "code_version": result["provenance"]["code_version"],
        "language": language,
        "files": [
            {
                "name": name,
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
            for name, data in sorted(files.items())
        ],
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _archive(files: Mapping[str, bytes]) -> bytes:
    """Zip the files in the order of their names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, compresslevel=6)
    return made.getvalue()
