"""Numbers of an analysis as text, the same in every printed format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

NOTHING = "\N{EN DASH}"
SMALLEST = 0.0001
"""The smallest p-value that is printed as a number."""


def fixed(value: Any, digits: int) -> str:
    """Write a number with so many digits after the point; a true minus sign."""
    if not isinstance(value, int | float):
        return NOTHING
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with so many decimals, or a dash."""
    return fixed(value, digits)


def signed(value: float | None, digits: int = 3) -> str:
    """Write a difference with its sign."""
    text = fixed(value, digits)
    return f"+{text}" if value is not None and value > 0 else text


def with_ends(value: float | None, ci: Sequence[float] | None, digits: int = 3) -> str:
    """Write a value and its interval."""
    if value is None or ci is None:
        return number(value, digits)
    return f"{number(value, digits)} [{number(ci[0], digits)}, {number(ci[1], digits)}]"


def p_value(value: float | None) -> str:
    """Write a p-value: four decimals, or that it is smaller; files have every digit."""
    if value is None:
        return NOTHING
    return fixed(value, 4) if value >= SMALLEST else f"< {SMALLEST:g}"


def p_is(value: float | None) -> str:
    """Write a p-value as an equation or a bound."""
    text = p_value(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def ends(ci: Any, digits: int = 3) -> str:
    """Write an interval alone, in brackets."""
    if ci is None:
        return number(None)
    return f"[{number(ci[0], digits)}, {number(ci[1], digits)}]"
