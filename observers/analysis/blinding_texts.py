"""Columns of numbers from texts that should be random: tokens and signatures."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_CHARACTERS = 64
MAX_BITS = 256


def shape(text: str) -> str:
    """
    Say of what a random text is made: the same for texts of one kind.

    Parameters
    ----------
    text : str
        A token.

    Returns
    -------
    str
        Length and alphabet of each part between ``:`` and ``.``.

    Examples
    --------
    >>> shape("ab12:Xy_z")
    '4 of hex, 4 of letters'
    """
    parts = text.replace(".", ":").split(":")
    return ", ".join(f"{len(part)} of {_alphabet(part)}" for part in parts)


def _alphabet(part: str) -> str:
    if part.isdigit():
        return "digits"
    if all(c in "0123456789abcdef" for c in part):
        return "hex"
    if all(c.isascii() and (c.isalnum() or c in "-_=") for c in part):
        return "letters"
    return "anything"


def columns(name: str, texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """
    Turn texts into numbers that could carry a class.

    Parameters
    ----------
    name : str
        What the texts are.
    texts : sequence of str, length n
        One text a row.

    Returns
    -------
    dict of str to ndarray of float, shape (n,)
        Length, place in alphabetical order, characters, and bits where the text
        is base64. Constant columns are left out by whoever uses them.
    """
    order = {text: float(i) for i, text in enumerate(sorted(set(texts)))}
    found = {
        f"length of the {name}": [float(len(t)) for t in texts],
        f"alphabetical order of the {name}": [order[t] for t in texts],
        f"digits in the {name}": [float(sum(c.isdigit() for c in t)) for t in texts],
        f"capitals in the {name}": [float(sum(c.isupper() for c in t)) for t in texts],
    }
    for i in range(min(MAX_CHARACTERS, max(map(len, texts), default=0))):
        found[f"character {i + 1} of the {name}"] = [
            float(ord(t[i])) if i < len(t) else -1.0 for t in texts
        ]
    arrays = {key: np.asarray(column) for key, column in found.items()}
    return arrays | _numeric(name, texts) | _bits(name, texts)


def _numeric(name: str, texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    # Read texts of digits as numbers.
    if not all(t.isdigit() for t in texts):
        return {}
    values = np.array([float(t) for t in texts])
    parity = np.array([float(t[-1]) % 2 for t in texts])
    return {f"value of the {name}": values, f"parity of the {name}": parity}


def _bits(name: str, texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    # Read texts of one length as base64.
    if len({len(t) for t in texts}) != 1:
        return {}
    try:
        raw = [
            base64.b64decode(t + "=" * (-len(t) % 4), b"-_", validate=True)
            for t in texts
        ]
    except (binascii.Error, ValueError):
        return {}
    bits = np.unpackbits(np.array([list(r) for r in raw], np.uint8), axis=1)
    return {
        f"bit {i + 1} of the {name}": bits[:, i].astype(float)
        for i in range(min(bits.shape[1], MAX_BITS))
    }
