"""Checks of the fields of readings; each message names the field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from observers.analysis.readings import Readings

Names = tuple[str, ...]

NAMES_BY_AXIS = {
    "readers": 0,
    "modalities": 1,
    "cases": 2,
    "groups": 0,
    "lesions": 2,
    "patients": 2,
}


class ReadingsError(ValueError):
    """The readings cannot be analysed; the message names the field."""


def check(readings: Readings) -> None:
    """
    Refuse readings that contradict themselves.

    Parameters
    ----------
    readings : Readings
        The readings to check.

    Raises
    ------
    ReadingsError
        At the first fault found; the message names the field.
    """
    shape = readings.shape
    check_shape("score", readings.score.shape, shape)
    check_shape("truth", readings.truth.shape, shape[2:])
    for field, axis in NAMES_BY_AXIS.items():
        names = getattr(readings, field)
        if names is not None:
            check_shape(field, (len(names),), shape[axis : axis + 1])
    for field in ("readers", "modalities", "cases"):
        check_names(field, getattr(readings, field))
    if np.isposinf(readings.score).any():
        msg = "score: +inf is not a score; use a finite number, or NaN where missing"
        raise ReadingsError(msg)
    if readings.years is not None:
        check_shape("years", readings.years.shape, shape[:1])
        if (readings.years < 0).any() or np.isinf(readings.years).any():
            msg = "years: years of experience are finite and not negative"
            raise ReadingsError(msg)


def check_shape(field: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    """
    Refuse a field whose shape does not fit the names.

    Parameters
    ----------
    field : str
        Name of the field.
    shape : tuple of int
        Its shape.
    wanted : tuple of int
        The shape that the names ask for.

    Raises
    ------
    ReadingsError
        If the two differ.
    """
    if shape != wanted:
        msg = f"{field}: shape {shape}, expected {wanted} from the names given"
        raise ReadingsError(msg)


def check_names(field: str, names: Names) -> None:
    """
    Refuse empty and repeated names.

    Parameters
    ----------
    field : str
        Name of the field.
    names : tuple of str
        The names.

    Raises
    ------
    ReadingsError
        If a name is empty or occurs twice.
    """
    if "" in names:
        msg = f"{field}: a name is empty"
        raise ReadingsError(msg)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"{field}: {twice!r} occurs more than once"
        raise ReadingsError(msg)


def frozen_array(field: str, value: Any, dtype: type[Any]) -> NDArray[Any]:
    """
    Copy a value into a read-only array.

    Parameters
    ----------
    field : str
        Name of the field.
    value : array_like
        The values.
    dtype : type
        Type of the array's elements.

    Returns
    -------
    ndarray
        The copy.

    Raises
    ------
    ReadingsError
        If the values are not of that type.
    """
    try:
        array = np.array(value, dtype=dtype)
    except (TypeError, ValueError):
        msg = f"{field}: not an array of {dtype.__name__}"
        raise ReadingsError(msg) from None
    array.setflags(write=False)
    return array
