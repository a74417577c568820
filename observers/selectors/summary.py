"""The newest report of a study as a table for the terminal."""

from __future__ import annotations

from typing import Any

from observers.models import Report, Study


def summary_lines(study: Study) -> list[str]:
    """Lay out AUC by lesion for groups and detector, simulated readers named so."""
    report = Report.objects.filter(study=study).first()
    if report is None:
        return []
    result = report.result
    groups = result["study"]["groups"]
    is_simulated = result["simulated_readers"]
    names = [f"{g['name']}{' (simulated)' if is_simulated else ''}" for g in groups]
    head = ["AUC [95 %]", *names, "Detector", "Detector, matched twins"]
    rows = [head]
    for row in result["rows"]:
        key = row["key"]
        cells = [_cell(result["groups"][g["key"]].get(key)) for g in groups]
        own = result["detector"]
        twins = own["matched"].get(key)
        rows.append([row["name"], *cells, _cell(own.get(key)), _balanced(twins)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]


def _cell(part: dict[str, Any] | None) -> str:
    """Write an area with its interval."""
    if not part or part["auc"] is None:
        return "-"
    ends = part["ci"]
    interval = "" if ends is None else f" [{ends[0]:.2f}, {ends[1]:.2f}]"
    return f"{part['auc']:.3f}{interval}"


def _balanced(part: dict[str, Any] | None) -> str:
    """Write the balanced accuracy of test twins with its interval."""
    if not part or part["balanced_accuracy"] is None:
        return "-"
    low, high = part["balanced_accuracy_ci"]
    return f"balanced accuracy {part['balanced_accuracy']:.3f} [{low:.2f}, {high:.2f}]"
