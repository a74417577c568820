"""A plain report of an analysis: tables as CSV, and a page in Markdown."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_TABLES = ("auc", "modalities", "pairs", "readers", "groups", "standalone")
_SMALLEST = 1e-300


def write_report(found: Mapping[str, Any], folder: Path) -> None:
    """
    Write an analysis as tables and a page of text.

    Parameters
    ----------
    found : mapping
        What `analyse` gave.
    folder : pathlib.Path
        Folder for ``report.md`` and one CSV per table, in full precision.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in _TABLES:
        if found.get(name):
            _write_table(folder / f"{name}.csv", [flat(row) for row in found[name]])
    (folder / "report.md").write_text(page(found), encoding="utf-8")


def flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """
    Lay a nested row flat.

    Parameters
    ----------
    row : mapping
        Nested mappings and lists.
    prefix : str, optional
        What each name begins with.

    Returns
    -------
    dict
        Names joined by dots; lists of text joined by ``; ``.
    """
    cells: dict[str, Any] = {}
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            cells |= flat(value, f"{name}.")
        elif key == "ci" and value is not None:
            cells |= {f"{name}.lower": value[0], f"{name}.upper": value[1]}
        elif isinstance(value, list | tuple):
            cells[name] = "; ".join(str(part) for part in value)
        else:
            cells[name] = value
    return cells


def page(found: Mapping[str, Any]) -> str:
    """
    Write the report's page.

    Parameters
    ----------
    found : mapping
        What `analyse` gave.

    Returns
    -------
    str
        Markdown: design, areas, comparisons, and every note once.
    """
    counts = found["counts"]
    lines = [
        "# Reader study",
        "",
        f"Design: {found['design']}; {counts['readers']} readers, "
        f"{counts['modalities']} modalities, {counts['n0']} original and "
        f"{counts['n1']} manipulated cases, {counts['missing']} scores missing.",
        "",
        *_areas(found),
        *_pairs(found["pairs"]),
        *_standalone(found.get("standalone", ())),
        *_notes(found),
    ]
    for name, part in found.get("lesions", {}).items():
        lines += ["", f"## {name}", "", *_areas(part), *_pairs(part["pairs"])]
    return "\n".join(lines) + "\n"


def number(value: float | None, digits: int = 4) -> str:
    """
    Write a number for reading.

    Parameters
    ----------
    value : float or None
        The number.
    digits : int, optional
        Decimal places.

    Returns
    -------
    str
        The number, or ``not defined``.
    """
    return "not defined" if value is None else f"{value:.{digits}f}"


def p_value(value: float | None) -> str:
    """
    Write a p-value for reading.

    Parameters
    ----------
    value : float or None
        The p-value.

    Returns
    -------
    str
        Four decimals, a power of ten where smaller, a bound where it is one.
    """
    if value is None:
        return "not defined"
    if value <= _SMALLEST:
        return "< 1e-300"
    return f"{value:.4f}" if value >= 1e-4 else f"{value:.1e}"


def _write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _interval(ci: Sequence[float] | None) -> str:
    return "not defined" if ci is None else f"{ci[0]:.4f} to {ci[1]:.4f}"


def _areas(found: Mapping[str, Any]) -> list[str]:
    level = f"{100 * (1 - found['options']['alpha']):g}%"
    lines = [
        f"| modality | reader | AUC | {level} interval | method |",
        "|---|---|---|---|---|",
    ]
    for row in found["auc"]:
        method = row["ci_leading"]
        lines.append(
            f"| {row['modality']} | {row['reader']} | {number(row['auc'])} | "
            f"{_interval(row['ci'].get(method))} | {method} |"
        )
    return [*lines, ""]


def _pairs(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return []
    lines = ["| pair | difference | p | p (Holm) | led by |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['a']} - {row['b']} | {number(row['difference'])} | "
        f"{p_value(row['p'])} | {p_value(row['p_holm'])} | {row['leading']} |"
        for row in rows
    ]
    return [*lines, ""]


def _standalone(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return []
    lines = [
        "| readers | minus detector | interval | p | led by |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        lead = row[row["leading"]]
        lines.append(
            f"| {row['group']} ({row['readers']}) | {number(row['difference'])} | "
            f"{_interval(lead['ci'])} | {p_value(lead['p'])} | {row['leading']} |"
        )
    return [*lines, ""]


def _notes(found: Mapping[str, Any]) -> list[str]:
    notes = dict.fromkeys(
        note
        for name in _TABLES
        for row in found.get(name, ())
        for note in row.get("notes", ())
    )
    return ["Notes", "", *(f"- {note}" for note in notes)] if notes else []
