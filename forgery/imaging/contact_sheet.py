"""Thumbnails with captions on one sheet, for the eye to check what code selected."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from forgery.imaging import fundus
from forgery.imaging.fundus import Image

_CAPTION = 16  # pixels of height a line
_GAP = 6  # pixels between tiles
_GROUND = 24  # grey level of the sheet
_LETTER = 7  # pixels of width a character, about


def contact_sheet(
    images: Sequence[Image],
    captions: Sequence[str],
    *,
    columns: int = 8,
    side: int = 160,
    title: str = "",
) -> bytes:
    """
    Lay thumbnails out in rows, each with its caption beneath.

    Parameters
    ----------
    images : sequence of ndarray of uint8, shape (H, W, 3)
        Images of any shapes.
    captions : sequence of str
        One an image; several lines by newlines, cut to the tile's width.
        Letters outside ASCII are shown as question marks.
    columns : int
        Tiles a row.
    side : int
        Side of a tile in pixels; an image is fitted into it.
    title : str
        A line above, if any.

    Returns
    -------
    bytes
        A PNG file; an empty selection gives a sheet of its title alone.

    Raises
    ------
    ValueError
        If images and captions differ in number.
    """
    if len(images) != len(captions):
        msg = f"{len(images)} images, but {len(captions)} captions"
        raise ValueError(msg)
    lines = max((len(caption.splitlines()) for caption in captions), default=0)
    tile_height, tile_width = side + lines * _CAPTION + _GAP, side + _GAP
    rows = -(-len(images) // columns)
    top = _CAPTION + _GAP if title else 0
    shape = (top + rows * tile_height + _GAP, columns * tile_width + _GAP, 3)
    sheet = np.full(shape, _GROUND, np.uint8)
    _write(sheet, title, _GAP, _CAPTION - 3, shape[1])
    for k, (image, caption) in enumerate(zip(images, captions, strict=True)):
        y = top + (k // columns) * tile_height + _GAP
        x = (k % columns) * tile_width + _GAP
        sheet[y : y + side, x : x + side] = _thumbnail(image, side)
        for row, line in enumerate(caption.splitlines()):
            _write(sheet, line, x, y + side + (row + 1) * _CAPTION - 4, side)
    return fundus.encode_png(sheet)


def _thumbnail(image: Image, side: int) -> Image:
    # The image fitted into a square, centred on the sheet's ground.
    height, width = image.shape[:2]
    scale = side / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, (new_width, new_height), interpolation=cv2.INTER_AREA)
    tile = np.full((side, side, 3), _GROUND, np.uint8)
    y, x = (side - new_height) // 2, (side - new_width) // 2
    tile[y : y + new_height, x : x + new_width] = small
    return tile


def _write(sheet: Image, line: str, x: int, y: int, width: int) -> None:
    text = line.encode("ascii", "replace").decode()[: width // _LETTER]
    grey = (220, 220, 220)
    cv2.putText(
        sheet, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.38, grey, 1, cv2.LINE_AA
    )
