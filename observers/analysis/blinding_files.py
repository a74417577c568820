"""What an image file tells beside its pixels, whatever its kind."""

from __future__ import annotations

from observers.analysis import blinding_jpeg, blinding_png


def file_facts(data: bytes) -> dict[str, str]:
    """
    Describe everything in an image file but its pixels.

    Parameters
    ----------
    data : bytes
        The file as it was sent.

    Returns
    -------
    dict of str to str
        One entry a fact; of a file that is neither PNG nor JPEG, its size and its
        first bytes.
    """
    if data.startswith(blinding_png.SIGNATURE):
        return blinding_png.png_facts(data)
    if data.startswith(blinding_jpeg.SIGNATURE):
        return blinding_jpeg.jpeg_facts(data)
    return {"size in bytes": str(len(data)), "kind of file": data[:8].hex()}
