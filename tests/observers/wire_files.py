"""Ways to write an image differently, its pixels the same."""

import zlib
from collections.abc import Callable

import cv2
import numpy as np

from tests import factories
from tests.observers.leaks import chunk


def parts(data: bytes) -> tuple[bytes, bytes]:
    """Cut a PNG of one IDAT sequence into its IHDR content and its rows."""
    stream, place = b"", 8
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == b"IDAT":
            stream += data[place + 8 : place + 8 + length]
        place += 12 + length
    return data[16:29], zlib.decompress(stream)


def png(head: bytes, stream: bytes, *, cut: int = 8192, extra: bytes = b"") -> bytes:
    pieces = [stream[i : i + cut] for i in range(0, len(stream), cut)]
    idat = b"".join(chunk(b"IDAT", piece) for piece in pieces)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return start + extra + idat + chunk(b"IEND", b"")


def packed(rows: bytes, level: int = 0, window: int = 15) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, window)
    return packer.compress(rows) + packer.flush()


def repacked(**how: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        head, rows = parts(data)
        return png(head, packed(rows, **how))

    return change


def recut(data: bytes) -> bytes:
    head, rows = parts(data)
    return png(head, packed(rows), cut=4096)


def filtered(data: bytes) -> bytes:
    """Write the second row with the filter 'sub', losslessly."""
    head, rows = parts(data)
    width = int.from_bytes(head[:4], "big")
    step = 1 + 3 * width
    row = np.frombuffer(rows[step + 1 : 2 * step], np.uint8)
    before = np.concatenate([np.zeros(3, np.uint8), row[:-3]])
    new = b"\x01" + (row - before).tobytes()
    return png(head, packed(rows[:step] + new + rows[2 * step :]))


def spare_bits(data: bytes) -> bytes:
    """Set a bit that a stored block leaves unused; decoders do not look."""
    head, rows = parts(data)
    stream = bytearray(packed(rows))
    stream[2] |= 0x80
    return png(head, bytes(stream))


def wrong_check(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def extra_chunk(name: bytes, content: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:33] + chunk(name, content) + data[33:]


def shaped(place: int, value: int) -> Callable[[bytes], bytes]:
    """Write another depth, colour type or interlace into the header."""

    def change(data: bytes) -> bytes:
        head = bytearray(data[16:29])
        head[place] = value
        return data[:8] + chunk(b"IHDR", bytes(head)) + data[33:]

    return change


def jpeg(quality: int) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return bytes(cv2.imencode(".jpg", factories.disc(1), options)[1])


FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "filter of one row": (filtered, "filters"),
    "zlib level": (repacked(level=6), "compression level"),
    "zlib window": (repacked(window=9), "compression level"),
    "IDAT sizes": (recut, "chunks"),
    "unused bits": (spare_bits, "blocks"),
    "wrong check sum": (wrong_check, "checks of the chunks"),
    "gAMA": (extra_chunk(b"gAMA", b"\0\0\xb1\x8f"), "chunk gAMA"),
    "tIME": (extra_chunk(b"tIME", b"\x07\xea\1\1\0\0\0"), "chunk tIME"),
    "colour profile": (extra_chunk(b"iCCP", b"a\0\0x"), "chunk iCCP"),
    "palette": (extra_chunk(b"PLTE", b"\0\0\0"), "chunk PLTE"),
    "bit depth": (shaped(8, 16), "shape, depth, colour, interlace"),
    "colour type": (shaped(9, 6), "shape, depth, colour, interlace"),
    "interlace": (shaped(12, 1), "shape, depth, colour, interlace"),
    "width": (shaped(3, 63), "shape, depth, colour, interlace"),
    "after the end": (lambda data: data + b"\n", "bytes after the end"),
    "another format": (lambda _data: jpeg(90), "kind of file"),
}
