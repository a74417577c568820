"""Tables as CSV: one tidy row a line, formulas defused, full precision."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from detector.services.tables import write_table


def to_csv(rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> str:
    """Write rows under ``columns``; None becomes an empty cell, line ends are LF."""
    text = io.StringIO()
    write_table(text, columns, ([row.get(name) for name in columns] for row in rows))
    return text.getvalue()
