"""Text of a file of ratings."""

from __future__ import annotations

from pathlib import Path

from observers.analysis.checks import ReadingsError


def read_text(path: Path) -> str:
    """
    Read a file as UTF-8 text, with or without a byte order mark.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    str
        Its text, line ends as they are.

    Raises
    ------
    ReadingsError
        If it cannot be read; the message names file, line and field.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        msg = f"{path.name}: cannot be read ({fault.strerror})"
        raise ReadingsError(msg) from fault
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        msg = f"{path.name}, line {line}, field text: is not UTF-8; save it as UTF-8"
        raise ReadingsError(msg) from fault
