"""Columns of numbers from texts that should be random: tokens and signatures."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Sequence
from hashlib import sha256

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
        What `brief` gives, each character, and each bit where the text is base64.
        Constant columns are left out by whoever uses them.
    """
    arrays = brief(name, texts)
    for i in range(min(MAX_CHARACTERS, max(map(len, texts), default=0))):
        arrays[f"character {i + 1} of the {name}"] = np.array(
            [float(ord(t[i])) if i < len(t) else -1.0 for t in texts]
        )
    return arrays | _numeric(name, texts) | _bits(name, texts)


def brief(name: str, texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """
    Turn texts into the few numbers by which they would most likely leak.

    Parameters
    ----------
    name : str
        What the texts are.
    texts : sequence of str, length n
        One text a row.

    Returns
    -------
    dict of str to ndarray of float, shape (n,)
        Length, order, kinds of letters, ends, and check sums.
    """
    order = {text: float(i) for i, text in enumerate(sorted(set(texts)))}
    measures: dict[str, Callable[[str], float]] = {
        "length of": len,
        "alphabetical order of": order.__getitem__,
        "digits in": lambda t: sum(c.isdigit() for c in t),
        "capitals in": lambda t: sum(c.isupper() for c in t),
        "signs in": lambda t: sum(not c.isalnum() for c in t),
        "different characters in": lambda t: len(set(t)),
        "kind of the first character of": lambda t: _kind(t[:1]),
        "kind of the last character of": lambda t: _kind(t[-1:]),
        "sum of the characters, modulo 2, of": lambda t: sum(map(ord, t)) % 2,
        "sum of the characters, modulo 3, of": lambda t: sum(map(ord, t)) % 3,
        "bits set, modulo 2, in": lambda t: sum(map(_ones, t)) % 2,
        "check sum, modulo 2, of": lambda t: zlib.crc32(t.encode()) % 2,
        "hash, modulo 2, of": lambda t: sha256(t.encode()).digest()[-1] % 2,
    }
    return {
        f"{what} the {name}": np.array([float(measure(t)) for t in texts])
        for what, measure in measures.items()
    }


def _kind(character: str) -> int:
    # Digit, small letter, capital, or anything else.
    tests = (str.isdigit, str.islower, str.isupper)
    return next((i for i, test in enumerate(tests) if test(character)), len(tests))


def _ones(character: str) -> int:
    return ord(character).bit_count()


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
