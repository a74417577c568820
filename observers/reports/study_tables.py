"""Tables about the study itself as text, the same on the page, in the file, in the PDF.

A table is ``{title, head, rows}``; a row has ``cells`` and a ``mark``: ``macro`` for
the mean over lesions, ``quiet`` for what the paper printed. Numbers are written here
once, so no two formats can round one number to different digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from forgery.selectors.names import reason_name
from observers.reports.cells import NOTHING, fixed, number, with_ends
from observers.selectors.conduct import DEVIATIONS

MACRO = "macro"
QUIET = "quiet"
MEASURES = ("precision", "recall", "f1")
Found = Mapping[str, Any]
Row = dict[str, Any]
Table = dict[str, Any]


def study_tables(result: Found) -> dict[str, Table]:
    """Lay out every table about pool, forgeries, readers and accuracy that has rows."""
    made = {
        "table1": _table1(result),
        "quality": _quality(result),
        "readers": _readers(result),
        "areas": _areas(result),
        "operating": _operating(result),
        "matched": _alone(
            result, "matched", _("Matched view: both classes through the same filters")
        ),
        "unmatched": _alone(
            result, "unmatched", _("Unmatched view: contains the filter shortcut")
        ),
        "table3": _table3(result),
        "deviations": _deviations(result),
    }
    return {key: table for key, table in made.items() if table["rows"]}


def _table(title: str, head: Iterable[str], rows: Iterable[Row]) -> Table:
    return {"title": title, "head": list(head), "rows": list(rows)}


def _row(*cells: str, mark: str = "") -> Row:
    return {"cells": list(cells), "mark": mark}


def _mark(lesion: Found) -> str:
    return MACRO if lesion["key"] == MACRO else ""


def _count(value: Any) -> str:
    return NOTHING if value is None else str(value)


def _area(cell: Found | None) -> str:
    return with_ends(cell["auc"], cell["ci"]) if cell else NOTHING


def _balanced(cell: Found | None) -> str:
    if not cell:
        return NOTHING
    return with_ends(cell["balanced_accuracy"], cell["balanced_accuracy_ci"])


def _cited(result: Found, who: str, lesion: str) -> str:
    return number(result["paper"]["auc"].get(who, {}).get(lesion))


def _table1(result: Found) -> Table:
    rows = []
    for lesion in result["study"]["lesions"]:
        own = result["table1"].get(lesion["key"], {})
        reasons = [
            f"{reason_name(why)} {n}" for why, n in own.get("excluded", {}).items()
        ]
        rows.append(
            _row(
                lesion["name"],
                _count(own.get("included")),
                _count(own.get("paper")),
                ", ".join(reasons) or NOTHING,
            )
        )
    head = (_("Lesion"), _("Included"), _("Paper"), _("Excluded, by reason"))
    return _table("", head, rows)


def _quality(result: Found) -> Table:
    rows = []
    for lesion in result["study"]["lesions"]:
        own = result["quality"].get(lesion["key"], {})
        cited = result["paper"]["table2"].get(lesion["key"], {})
        fid = own.get("fid")
        rows.append(
            _row(
                lesion["name"],
                _count(own.get("n")),
                *(number(own.get(name), 2 + ("ssim" in name)) for name in MEASURED),
                _("not computed") if fid is None else fixed(fid, 1),
                number(own.get("kid"), 4),
                " / ".join(number(cited.get(name), 2) for name in CITED),
            )
        )
    head = (
        *(_("Lesion"), "n", "RMSE", "SSIM", _("RMSE, raw"), _("SSIM, raw")),
        *("FID", "KID", _("Paper: RMSE / SSIM / FID")),
    )
    return _table("", head, rows)


MEASURED = ("rmse", "ssim", "rmse_raw", "ssim_raw")
CITED = ("rmse", "ssim", "fid")


def _readers(result: Found) -> Table:
    rows = [
        _row(
            reader["reader"],
            reader["group_name"],
            fixed(reader["years"], 1),
            str(reader["rated"]),
            str(reader["missing"]),
            _area(result["readers"].get(reader["reader"], {}).get(MACRO)),
        )
        for reader in result["study"]["readers"]
    ]
    head = (
        *(_("Reader"), _("Group"), _("Years"), _("Rated"), _("Missing")),
        _("AUC, mean over lesions"),
    )
    return _table("", head, rows)


def _everyone(result: Found) -> Iterator[tuple[str, str, Found]]:
    # Key, name and accuracy by lesion of each group, then of the detector.
    for group in result["study"]["groups"]:
        yield group["key"], group["name"], result["groups"].get(group["key"], {})
    if result["detector"]["name"]:
        yield "detector", _("Detector"), result["detector"]


def _areas(result: Found) -> Table:
    everyone = list(_everyone(result))
    head = [_("Lesion")]
    for _key, name, _areas_of in everyone:
        head += [name, _("Paper")]
    rows = []
    for lesion in result["rows"]:
        cells = []
        for key, _name, own in everyone:
            cells += [_area(own.get(lesion["key"])), _cited(result, key, lesion["key"])]
        rows.append(_row(lesion["name"], *cells, mark=_mark(lesion)))
    return _table(_("AUC [95 % interval]"), head, rows)


def _operating(result: Found) -> Table:
    rows = []
    for lesion in result["rows"]:
        for key, name, own in _everyone(result):
            cell = own.get(lesion["key"])
            if not cell or not cell["table3"]:
                continue
            rows.append(
                _row(
                    lesion["name"],
                    name,
                    rate(cell, "manipulated", "sensitivity"),
                    rate(cell, "original", "specificity"),
                    _balanced(cell),
                    _cited(result, key, lesion["key"]),
                    mark=_mark(lesion),
                )
            )
    head = (
        *(_("Lesion"), _("Who"), _("Sensitivity"), _("Specificity")),
        *(_("Balanced accuracy"), _("Paper")),
    )
    title = _(
        "Calls at the threshold (balanced accuracy: like for like with the paper)"
    )
    return _table(title, head, rows)


def rate(cell: Found, truth: str, name: str) -> str:
    """Write sensitivity or specificity with its interval."""
    return with_ends(cell["table3"][truth]["recall"], rate_ends(cell, name))


def rate_ends(cell: Found, name: str) -> Any:
    """Give the interval of a rate; earlier results have it of one reader alone."""
    calls = cell.get("calls") or {}
    return cell.get(f"{name}_ci", calls.get(f"{name}_ci"))


def _alone(result: Found, view: str, title: str) -> Table:
    baseline = result["detector"]["baseline"][view]
    rows = []
    for lesion in result["rows"]:
        own = result["detector"][view].get(lesion["key"])
        if own is None:
            continue
        base = baseline.get(lesion["key"], {})
        rows.append(
            _row(
                lesion["name"],
                f"{own['n_original']} + {own['n_manipulated']}",
                _area(own),
                _balanced(own),
                number(base.get("balanced_accuracy")),
                mark=_mark(lesion),
            )
        )
    head = (
        *(_("Lesion"), "n", _("AUC [95 % interval]"), _("Balanced accuracy")),
        _("Baseline: one feature"),
    )
    return _table(title, head, rows)


def _table3(result: Found) -> Table:
    found = result["detector"]["s8"]
    rows = []
    for lesion in result["study"]["lesions"] if found else ():
        own = found.get(lesion["key"]) or {}
        cells = [
            number((own.get(truth) or {}).get(measure), 2)
            for truth in ("original", "manipulated")
            for measure in MEASURES
        ]
        rows.append(_row(lesion["name"], *cells))
        cited = result["paper"]["table3"].get(lesion["key"])
        if cited:
            rows.append(_row(_("Paper"), *(number(x, 2) for x in cited), mark=QUIET))
    head = (
        *(_("Lesion"), _("Original: P"), "R", "F1"),
        *(_("Manipulated: P"), "R", "F1"),
    )
    return _table("", head, rows)


def _deviations(result: Found) -> Table:
    found = result.get("deviations", {})
    kinds = [kind for kind in DEVIATIONS if any(kind in own for own in found.values())]
    rows = [
        _row(reader, *(str(own.get(kind, 0)) for kind in kinds))
        for reader, own in found.items()
    ]
    head = (_("Reader"), *(str(DEVIATIONS[kind]) for kind in kinds))
    return _table(_("Departures from the protocol: how often"), head, rows)
