"""What a PNG file tells beside its pixels: chunks, encoder settings, spare bytes."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel by PNG colour type."""
STORED = 0  # deflate's block type without compression
PLAIN = {b"IHDR", b"IDAT", b"IEND"}


def png_facts(data: bytes) -> dict[str, str]:
    """
    Describe everything in an image file but its pixels.

    Parameters
    ----------
    data : bytes
        The file as it was sent.

    Returns
    -------
    dict of str to str
        One entry a fact; files of one encoder and one shape agree in all of them.
        A damaged file has fewer.
    """
    facts = {"size in bytes": str(len(data)), "kind of file": "PNG"}
    chunks, end = _chunks(data)
    facts["checks of the chunks"] = _checks(data)
    facts["chunks"] = " ".join(
        f"{name.decode('latin-1')}:{len(c)}" for name, c in chunks
    )
    facts["bytes after the end"] = _digest(data[end:])
    for name, content in chunks:
        if name == b"IHDR":
            facts["shape, depth, colour, interlace"] = content.hex()
        elif name not in PLAIN:
            facts[f"chunk {name.decode('latin-1')}"] = _digest(content)
    stream = b"".join(content for name, content in chunks if name == b"IDAT")
    return facts | _stream_facts(stream, chunks[0][1] if chunks else b"")


def _chunks(data: bytes) -> tuple[list[tuple[bytes, bytes]], int]:
    # Cut a file into its chunks; the second value is where the last one ends.
    found, place = [], len(SIGNATURE)
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        name = data[place + 4 : place + 8]
        found.append((name, data[place + 8 : place + 8 + length]))
        place += 12 + length
        if name == b"IEND":
            break
    return found, place


def _checks(data: bytes) -> str:
    # Name the chunks whose CRC is wrong: no decoder of a browser minds them all.
    wrong, place = [], len(SIGNATURE)
    for name, content in _chunks(data)[0]:
        place += 12 + len(content)
        stored = data[place - 4 : place]
        if stored != struct.pack(">I", zlib.crc32(name + content)):
            wrong.append(name.decode("latin-1"))
    return f"wrong: {' '.join(wrong)}" if wrong else "right"


def _digest(content: bytes) -> str:
    return f"{len(content)}:{hashlib.sha256(content).hexdigest()[:16]}"


def _stream_facts(stream: bytes, header: bytes) -> dict[str, str]:
    # Describe the compressed stream: level, blocks, filters, what is left over.
    facts = {"compression level": stream[:2].hex(), "blocks": _blocks(stream[2:])}
    unpacker = zlib.decompressobj()
    try:
        rows = unpacker.decompress(stream)
    except zlib.error:
        return {**facts, "filters": "unreadable"}
    facts["bytes after the stream"] = _digest(unpacker.unused_data)
    if len(header) == 13:
        facts |= _row_facts(rows, header)
    return facts


def _row_facts(rows: bytes, header: bytes) -> dict[str, str]:
    # Count the rows' filters; an interlaced image has no plain rows to count.
    width, height, depth, colour = struct.unpack_from(">IIBB", header)
    row = 1 + (width * CHANNELS.get(colour, 1) * depth + 7) // 8  # bytes
    if header[12]:
        return {"bytes of the rows": str(len(rows))}
    kinds = rows[: row * height : row]
    counts = " ".join(f"{kind}:{n}" for kind, n in sorted(Counter(kinds).items()))
    return {
        "filters": f"{counts}, in the order {_digest(kinds)}",
        "bytes after the rows": _digest(rows[row * height :]),
    }


def _blocks(deflated: bytes) -> str:
    # Describe the deflate blocks: all while they are stored, then the next one.
    lengths: list[int] = []
    spare: Counter[int] = Counter()
    for kind, length, bits in _stored(deflated):
        spare[bits] += 1
        if kind != STORED:
            return f"{_counted(lengths, spare)}, then {kind}:{length}"
        lengths.append(length)
    return _counted(lengths, spare)


def _counted(lengths: list[int], spare: Counter[int]) -> str:
    # Their lengths in order, and the bits that a stored block leaves unused.
    order = _digest(repr(lengths).encode())
    return f"stored {sorted(Counter(lengths).items())} {order} {sorted(spare.items())}"


def _stored(deflated: bytes) -> Iterator[tuple[int, int, int]]:
    # Walk blocks: type; length or, of compressed ones, the header; unused bits.
    place, is_last = 0, False
    while not is_last and place + 5 <= len(deflated):
        first = deflated[place]
        is_last, kind = bool(first & 1), first >> 1 & 3
        if kind != STORED:
            bits = int.from_bytes(deflated[place : place + 3], "little") >> 3
            yield kind, bits & 0x3FFF if kind == 2 else 0, 0
            return
        (length,) = struct.unpack_from("<H", deflated, place + 1)
        yield kind, length, first >> 3
        place += 5 + length
