"""What a JPEG file tells beside its pixels: its segments and encoder tables."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

SIGNATURE = b"\xff\xd8"
SCAN = 0xDA
NAMES = {
    0xDB: "quantisation tables",
    0xC4: "Huffman tables",
    0xC0: "frame",
    0xC2: "progressive frame",
    0xDA: "scan",
    0xE0: "JFIF header",
    0xE1: "EXIF",
    0xE2: "colour profile",
    0xFE: "comment",
}


def jpeg_facts(data: bytes) -> dict[str, str]:
    """
    Describe everything in a JPEG file but its pixels.

    Parameters
    ----------
    data : bytes
        The file as it was sent.

    Returns
    -------
    dict of str to str
        One entry a kind of segment: files of one encoder and one shape agree in
        all of them but, as a rule, in their size.
    """
    facts = {"size in bytes": str(len(data)), "kind of file": "JPEG"}
    order = []
    for marker, content in _segments(data):
        name = NAMES.get(marker, f"segment {marker:02x}")
        order.append(f"{marker:02x}:{len(content)}")
        shown = f"{len(content)}:{hashlib.sha256(content).hexdigest()[:16]}"
        facts[name] = f"{facts[name]} {shown}" if name in facts else shown
    facts["segments"] = " ".join(order)
    end = data.rfind(b"\xff\xd9")
    facts["bytes after the end"] = str(len(data) - end - 2 if end >= 0 else -1)
    return facts


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    # Walk the segments up to the first scan's pixels.
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        (length,) = struct.unpack_from(">H", data, place + 2)
        yield marker, data[place + 4 : place + 2 + length]
        if marker == SCAN:
            return
        place += 2 + length
