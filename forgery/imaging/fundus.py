"""Fundus photographs as arrays: decode, encode, field of view, square, resize.

The only home of image decoding: one colour order (RGB), one orientation rule
(EXIF applied, then forgotten) and one set of caps, checked from the header
before a pixel is decoded. Encoding writes pixels only, never metadata.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from forgery.imaging.errors import UnreadableImage
from forgery.imaging.field import Image as Image
from forgery.imaging.field import Mask as Mask
from forgery.imaging.field import bounding_box as bounding_box
from forgery.imaging.field import field_of_view as field_of_view

MAX_PIXELS = 100_000_000
MAX_BYTES = 64 * 2**20
MAX_SIDE = 1024
"""Side in pixels above which a squared photograph is reduced."""
ALREADY_SQUARE = 0.95
"""Share of a square frame that its field of view must span to be left alone."""

_DECODERS: dict[bytes, Callable[[io.BytesIO], ImageFile]] = {
    b"\xff\xd8\xff": JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"II*\x00": TiffImageFile,
    b"MM\x00*": TiffImageFile,
    b"BM": BmpImageFile,
}
_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
_DECODING_FAILS = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)


def decode(
    data: bytes, *, name: str, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES
) -> Image:
    """
    Decode an image file fully, under caps.

    Parameters
    ----------
    data : bytes
        The file: JPEG, PNG, TIFF or BMP, 8 bits a channel.
    name : str
        What to call the file in an error.
    max_pixels : int
        Most pixels, read from the header before anything is decoded.
    max_bytes : int
        Most bytes of the file.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        RGB, upright by its EXIF orientation.

    Raises
    ------
    UnreadableImage
        If the file is too large, is no image, or does not decode to its end.
    """
    if len(data) > max_bytes:
        limit = max_bytes / 2**20
        raise UnreadableImage(
            f"{name}: {len(data) / 2**20:.1f} MiB, the limit is {limit:.1f} MiB"
        )
    handle = _open(data, name)
    width, height = handle.size
    if width * height > max_pixels:
        raise UnreadableImage(
            f"{name}: {width} x {height} pixels, the limit is "
            f"{max_pixels / 1e6:g} million; save a smaller copy"
        )
    if handle.mode in _DEEP_MODES:
        raise UnreadableImage(
            f"{name}: more than 8 bits a channel; save it as 8-bit RGB"
        )
    try:
        upright = ImageOps.exif_transpose(handle)
        return np.array(upright.convert("RGB"), dtype=np.uint8)
    except _DECODING_FAILS as error:
        raise UnreadableImage(
            f"{name}: damaged or cut off, it does not decode to its end ({error})"
        ) from error


def _open(data: bytes, name: str) -> ImageFile:
    # Read the header with the decoder that the first bytes call for.
    for magic, decoder in _DECODERS.items():
        if data.startswith(magic):
            try:
                return decoder(io.BytesIO(data))
            except _DECODING_FAILS as error:
                raise UnreadableImage(
                    f"{name}: its image header is damaged ({error})"
                ) from error
    kind = "is empty" if not data else "is not a JPEG, PNG, TIFF or BMP image"
    raise UnreadableImage(f"{name}: {kind}, whatever its name says")


def read(path: Path | str) -> Image:
    """
    Decode the image file at ``path`` under the default caps.

    Parameters
    ----------
    path : Path or str
        Where the file is.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        RGB, upright.

    Raises
    ------
    UnreadableImage
        If it is missing, too large, or does not decode.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            limit = MAX_BYTES / 2**20
            raise UnreadableImage(f"{path.name}: larger than {limit:g} MiB")
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise UnreadableImage(f"{path.name}: {reason.lower()}") from error
    return decode(data, name=path.name)


def encode_png(image: NDArray[np.uint8], *, compression: int = 6) -> bytes:
    """
    Encode pixels, and nothing but pixels, as PNG.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3) or (H, W)
        RGB or grey.
    compression : int
        Level of zlib, 0 to 9; at 0 everything but the pixels, the rows' filters
        too, depends on the shape alone.

    Returns
    -------
    bytes
        A PNG file of IHDR, IDAT and IEND chunks only.
    """
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    options = [cv2.IMWRITE_PNG_COMPRESSION, compression]
    if compression == 0:
        options += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]
    done, buffer = cv2.imencode(".png", bgr, options)
    if not done:
        msg = f"cannot encode an array of shape {image.shape} as PNG"
        raise ValueError(msg)
    return bytes(buffer)


def resize(image: Image, size: int) -> Image:
    """
    Resize a square image by the one resampling path of the program.

    Parameters
    ----------
    image : ndarray of uint8, shape (S, S, 3)
        A square image.
    size : int
        Wanted side in pixels.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        Area average when shrinking, bicubic when growing.
    """
    side = max(image.shape[:2])
    if image.shape[:2] == (size, size):
        return image.copy()
    how = cv2.INTER_AREA if size < side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (size, size), interpolation=how), np.uint8)


def crop_square(image: Image) -> Image:
    """
    Crop to the field of view and pad with black to a square, unresampled.

    A square frame whose field of view already spans it is returned unchanged,
    so squaring twice changes nothing, and the same is true of both classes.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        RGB photograph.

    Returns
    -------
    ndarray of uint8, shape (S, S, 3)
        The square.
    """
    height, width = image.shape[:2]
    top, bottom, left, right = bounding_box(field_of_view(image))
    side = max(bottom - top, right - left)
    if height == width and side >= ALREADY_SQUARE * width:
        return image.copy()
    squared = np.zeros((side, side, 3), np.uint8)
    y, x = (side - (bottom - top)) // 2, (side - (right - left)) // 2
    part = image[top:bottom, left:right]
    squared[y : y + part.shape[0], x : x + part.shape[1]] = part
    return squared


def square(image: Image, *, size: int | None = None) -> Image:
    """
    Crop to the field of view, pad to a square with black, and bring to size.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        RGB photograph.
    size : int or None
        Wanted side in pixels; None keeps the crop's own, at most `MAX_SIDE`.

    Returns
    -------
    ndarray of uint8, shape (S, S, 3)
        The square.
    """
    squared = crop_square(image)
    return resize(squared, min(len(squared), MAX_SIDE) if size is None else size)
