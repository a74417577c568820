"""Small studies, and what no analysis may hold."""

import json

import numpy as np

from observers.analysis.readings import Readings

INTERVALS = ("ci", "newcombe5", "logit_delong", "delong")


def study(score, truth, **names):
    shape = np.shape(score)
    return Readings(
        score=score,
        truth=truth,
        readers=tuple(f"R{k}" for k in range(shape[0])),
        modalities=tuple("ABCDE"[: shape[1]]),
        cases=tuple(f"c{k}" for k in range(shape[2])),
        **names,
    )


def numbers(value, path=()):
    """Every number, with where it is."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from numbers(part, (*path, key))
    elif isinstance(value, list):
        for k, part in enumerate(value):
            yield from numbers(part, (*path, k))
    else:
        yield path, value


def intervals(value):
    if isinstance(value, dict):
        for key, part in value.items():
            if key in INTERVALS and isinstance(part, list):
                yield part
            else:
                yield from intervals(part)
    elif isinstance(value, list):
        for part in value:
            yield from intervals(part)


def sound(found):
    """No NaN, no infinity, no interval without width, JSON accepts it."""
    json.dumps(found, allow_nan=False)
    for low, high in intervals(found):
        assert low < high
    for path, value in numbers(found):
        if path[-1] == "p" and value is not None:
            assert 0 < value <= 1
