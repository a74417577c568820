"""What was asked, what was measured, met or missed: computed from the report alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detector.services.bundles import WHOLE
from detector.services.judges import DEFAULT
from observers.services.evaluation.tables import MACRO

Report = dict[str, Any]
NAMED_TARGETS = {"random": 0.85, "jpeg:70": 0.87, "blur:1": 0.92, "resize:0.5": 0.92}
LOCAL_TARGETS = {
    "lesion-insert": 0.85,
    "lesion-remove": 0.93,
    "inpaint": 0.80,
    "splice": 0.70,
}
PLACE_TARGETS = {"lesion-insert": 0.90, "lesion-remove": 0.95}
SMALLEST = "microaneurysms"


def verdicts(report: Report) -> list[dict[str, Any]]:
    """List every figure that was asked for, as far as it is known."""
    found: list[dict[str, Any]] = []
    for part in (_matched, _local, _families, _sources, _grid, _baselines):
        found += part(report)
    return found


def _verdict(
    what: str, target: float, figure: dict[str, Any], *, most: bool = False
) -> dict[str, Any]:
    value = figure.get("auc", figure.get("value"))
    is_met = value is not None and (value <= target if most else value >= target)
    return {
        "what": what,
        "target": f"{'at most' if most else 'at least'} {target:g}",
        "value": value,
        "lower": figure.get("lower"),
        "upper": figure.get("upper"),
        "n": figure.get("n_manipulated", figure.get("n", "")),
        "met": bool(is_met),
    }


def _row(rows: list[dict[str, Any]], **wanted: str) -> Iterator[dict[str, Any]]:
    asked = {"judge": DEFAULT} | wanted
    for row in rows:
        if all(row[name] == value for name, value in asked.items()):
            yield row


def _matched(report: Report) -> list[dict[str, Any]]:
    """Item 1: whole-image families, lossless."""
    found = []
    for family in WHOLE:
        for row in _row(report.get("T0", []), family=family, target="", lesion=MACRO):
            found.append(_verdict(f"T0 {family}, macro AUC", 0.99, row))
            accuracy = {
                "value": row["balanced_accuracy"],
                "n": row["n_manipulated"],
            }
            name = f"T0 {family}, balanced accuracy at the threshold"
            found.append(_verdict(name, 0.95, accuracy))
        cells = [
            row
            for row in _row(report.get("T0", []), family=family)
            if row["lesion"] != MACRO
        ]
        if cells:
            worst = min(cells, key=lambda row: row["auc"])
            shown = f" to {worst['target']}" if worst["target"] else ""
            name = f"T0 {family}, worst cell ({worst['lesion']}{shown}) AUC"
            found.append(_verdict(name, 0.98, worst))
    return found


def _local(report: Report) -> list[dict[str, Any]]:
    """Item 2: local families, lossless, by finding, and where the map points."""
    found = []
    rows = report.get("T0", [])
    for family, target in LOCAL_TARGETS.items():
        for row in _row(rows, family=family, lesion=MACRO):
            shown = f" ({row['target']})" if row["target"] else ""
            if row["target"] and family != "lesion-insert":
                continue
            apart = ", apart" if row["target"] == SMALLEST else ""
            found.append(_verdict(f"T0 {family}{shown}{apart}, AUC", target, row))
    for row in report.get("places", []):
        if row["family"] in PLACE_TARGETS and not row["target"]:
            name = f"Pixels of {row['family']}"
            area = row["auc"] | {"n": row["n"]}
            found.append(_verdict(f"{name}, AUC", PLACE_TARGETS[row["family"]], area))
            found.append(_verdict(f"{name}, F1", 0.35, row["f1"] | {"n": row["n"]}))
    together = report.get("together", {}).get(DEFAULT)
    if together:
        figure = {
            "value": together["calibration_error"],
            "n": together["n_manipulated"],
        }
        name = "Calibration error, T0, all learned families"
        found.append(_verdict(name, 0.05, figure, most=True))
    return found


def _families(report: Report) -> list[dict[str, Any]]:
    """Item 2: one family left out."""
    areas = {}
    for family in report.get("learned", []):
        for row in _row(report.get("T1", {}).get(family, []), lesion=MACRO):
            areas[family] = row
    if not areas:
        return []
    worst = min(areas, key=lambda family: areas[family]["auc"])
    mean = report["T1 differences"]["mean"][DEFAULT]
    return [
        _verdict("T1 mean over the families left out, AUC", 0.85, mean),
        _verdict(f"T1 worst ({worst}), AUC", 0.75, areas[worst]),
    ]


def _sources(report: Report) -> list[dict[str, Any]]:
    """Item 2: one camera left out."""
    found = []
    for source, part in report.get("T2", {}).items():
        judge = DEFAULT if DEFAULT in part["whole"] else next(iter(part["whole"]))
        if part["whole"][judge]:
            name = f"T2 without {source}, whole-image families, AUC ({judge})"
            found.append(_verdict(name, 0.98, part["whole"][judge]))
        area = part["originals"][judge]["calibrated"]
        row = _verdict(f"T2 originals of {source} against others ({judge})", 0.35, area)
        is_met = area["value"] is not None and 0.35 <= area["value"] <= 0.65
        n = part["originals"][judge]["n"]
        found.append(row | {"target": "0.35 to 0.65", "met": is_met, "n": n})
    return found


def _grid(report: Report) -> list[dict[str, Any]]:
    """Item 1 and 2: laundered; T4: originals against laundered originals."""
    found = []
    for view, target in NAMED_TARGETS.items():
        rows = report.get("T3", {}).get(view, [])
        for family in WHOLE:
            name = f"T3 {view}, {family}, macro AUC"
            found += [
                _verdict(name, target, row)
                for row in _row(rows, family=family, lesion=MACRO)
            ]
    rows = report.get("T3", {}).get("jpeg:70", [])
    found += [
        _verdict("T3 jpeg:70, lesion-insert, AUC", 0.75, row)
        for row in _row(rows, family="lesion-insert", lesion=MACRO)
    ]
    alike = report.get("T4", {}).get(DEFAULT)
    if alike:
        name = "T4 originals against laundered originals, AUC"
        figure = alike["originals against laundered originals"]
        found.append(_verdict(name, 0.60, figure, most=True))
    return found


def _baselines(report: Report) -> list[dict[str, Any]]:
    """Item 3: the lower limit of the paired difference."""
    found = []
    for part in ("T1", "T3"):
        for judge, row in report.get(f"{part} differences", {}).items():
            if judge == "mean":
                continue
            figure = row["difference"]
            verdict = _verdict(f"{part} mean, default less {judge}", 0, figure)
            is_met = figure["lower"] is not None and figure["lower"] > 0
            lost = f"{len(row['lost'])} of {row['cells']} cells lost"
            asked = "lower limit above 0"
            found.append(verdict | {"target": asked, "met": is_met, "n": lost})
    return found
