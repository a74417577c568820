"""Charts of the analysis pages as numbers for SVG templates; nothing here draws.

A page's policy allows no inline style, so colours come from classes: the paper's two
groups keep theirs, any other takes the next free one. Places of what is drawn by the
hundred are text: a template would put each number into the format of the language.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from observers.reports.cells import with_ends

KNOWN = {
    "ophthalmologists": "m-ophthalmologists",
    "general-doctors": "m-general-doctors",
    "detector": "m-detector",
}
OTHERS = ("m-other-0", "m-other-1", "m-other-2", "m-other-3")
"""Classes of further groups."""
LEFT, TOP, SIDE = 30.0, 8.0, 260.0
HIGHEST = 0.6
"""Share of the ratings at which a bar of a histogram touches the top."""
Data = Mapping[str, Any]


def mark_names(groups: Sequence[str]) -> dict[str, str]:
    """Name the class that colours each group, and the detector."""
    free = [key for key in groups if key not in KNOWN]
    return KNOWN | {key: OTHERS[place % len(OTHERS)] for place, key in enumerate(free)}


def legend(result: Data) -> list[dict[str, str]]:
    """Name what the charts show, with the class that colours it."""
    names = {group["key"]: group["name"] for group in result["study"]["groups"]}
    marks = mark_names(list(names))
    if result["detector"]["name"]:
        names["detector"] = _("Detector")
    return [
        {"key": key, "name": name, "mark": marks[key]} for key, name in names.items()
    ]


def roc_charts(result: Data, view: Data) -> list[dict[str, Any]]:
    """Lay out one ROC chart a lesion, and one of the mean over lesions."""
    names = {group["key"]: group["name"] for group in result["study"]["groups"]}
    marks = mark_names(list(names))
    panels = view.get("panels", {})
    return [
        {
            "key": row["key"],
            "name": row["name"],
            "n0": panels[row["key"]]["n0"],
            "n1": panels[row["key"]]["n1"],
            "series": [
                *_paper(result, row["key"], marks),
                *_series(panels[row["key"]], names, marks),
            ],
        }
        for row in result["rows"]
        if row["key"] in panels
    ]


def _series(panel: Data, names: Data, marks: Data) -> Iterable[dict[str, Any]]:
    """Give bands first, then readers, group means, the detector and the calls."""
    drawn = [(key, names.get(key, key), one) for key, one in panel["groups"].items()]
    if panel["detector"] is not None:
        drawn.append(("detector", _("Detector"), panel["detector"]))
    for key, name, one in drawn:
        yield _shape("band", key, marks, name, _outline(one["band"]))
    for one in panel["readers"]:
        label = f"{one['name']} \N{MIDDLE DOT} {_area(one)}"
        yield _shape("reader", one["group"], marks, label, _line(one["points"]))
    for key, name, one in drawn:
        label = f"{name} \N{MIDDLE DOT} {_area(one)}"
        yield _shape("mean", key, marks, label, _line(one["points"]))
    for key, name, one in drawn:
        if one["call"] is not None:
            x, y = one["call"]
            label = _("{name} at the threshold").format(name=name)
            made = _shape("call", key, marks, label, "")
            yield {**made, "x": _across(x), "y": _up(y)}


def _paper(result: Data, lesion: str, marks: Data) -> Iterable[dict[str, Any]]:
    """Draw the line of all points with the balanced accuracy that the paper prints."""
    for key, areas in result["paper"]["auc"].items():
        value = areas.get(lesion)
        if value is not None and key in marks:
            lift = 2 * value - 1
            line = _line([[0, lift], [1 - lift, 1]])
            label = _("The paper's value: {value}").format(value=f"{value:g}")
            yield _shape("paper", key, marks, label, line)


def _shape(kind: str, key: str, marks: Data, label: str, points: str) -> dict[str, Any]:
    mark = marks.get(key, OTHERS[0])
    return {"kind": kind, "key": key, "mark": mark, "label": label, "points": points}


def _area(one: Data) -> str:
    return f"AUC {with_ends(one['auc'], one['ci'])}"


@lru_cache(maxsize=4096)
def _across(x: float) -> str:
    """Place a rate; readers of the same cases have the same few, so each is kept."""
    return f"{round(LEFT + SIDE * x, 1):g}"


@lru_cache(maxsize=4096)
def _up(y: float) -> str:
    return f"{round(TOP + SIDE * (1 - y), 1):g}"


def _line(points: Iterable[Sequence[float]]) -> str:
    return " ".join([f"{_across(x)},{_up(y)}" for x, y in points])


def _outline(band: Sequence[Sequence[float]]) -> str:
    upper = [[x, high] for x, _low, high in band]
    lower = [[x, low] for x, low, _high in reversed(band)]
    return _line([*upper, *lower])


MOST_READERS = 12
"""With more, the forest shows groups alone."""


def forest(result: Data) -> dict[str, Any]:
    """Lay out areas with intervals, lesion by lesion: groups, readers, detector."""
    blocks = [
        {"name": row["name"], "rows": list(_forest_rows(result, row["key"]))}
        for row in result["rows"]
    ]
    ends: list[float] = [
        end
        for block in blocks
        for one in block["rows"]
        for end in (one["area"]["auc"], *(one["area"]["ci"] or ()))
    ]
    low: float = math.floor(min([0.5, *ends]) * 10) / 10

    def x(value: float) -> float:
        return round(150 + 330 * (value - low) / (1 - low), 1)

    y, made = 12, []
    for block in blocks:
        made.append({"kind": "head", "name": block["name"], "y": y + 4})
        for one in block["rows"]:
            y += 16 if one["kind"] == "reader" else 20
            ci = one["area"]["ci"]
            made.append(
                {
                    **one,
                    "y": y,
                    "x": x(one["area"]["auc"]),
                    "ends": None if ci is None else [x(end) for end in ci],
                    "text": with_ends(one["area"]["auc"], ci),
                    "paper": None if one["cited"] is None else x(one["cited"]),
                }
            )
        y += 28
    ticks = [low + k / 10 for k in range(round((1 - low) * 10) + 1)]
    return {
        "rows": made,
        "height": y + 18,
        "foot": y,
        "ticks": [{"x": x(tick), "text": f"{tick:.1f}"} for tick in ticks],
        "half": x(0.5) if low <= 0.5 else None,
    }


def _forest_rows(result: Data, lesion: str) -> Iterable[dict[str, Any]]:
    """Give each group that has an area, its readers if they are few, the detector."""
    names = {group["key"]: group["name"] for group in result["study"]["groups"]}
    marks = mark_names(list(names))
    readers = result["readers"] if len(result["readers"]) <= MOST_READERS else {}
    parts = [
        ("group", key, name, result["groups"].get(key, {}))
        for key, name in names.items()
    ]
    parts.append(("group", "detector", _("Detector"), result["detector"]))
    for kind, key, name, areas in parts:
        own = [("reader", r, of) for r, of in readers.items() if of["group"] == key]
        for sort, label, part in ((kind, name, areas), *own):
            area = part.get(lesion)
            if area is None or area["auc"] is None:
                continue
            cited = result["paper"]["auc"].get(key, {}).get(lesion)
            yield {
                "kind": sort,
                "name": label,
                "mark": marks[key],
                "area": area,
                "cited": cited if sort == "group" else None,
            }


def histograms(result: Data, view: Data) -> list[dict[str, Any]]:
    """Lay out how each group uses the scale, by truth: shares of ten bins."""
    names = {group["key"]: group["name"] for group in result["study"]["groups"]}
    found = view.get("histograms", {})
    return [
        {
            "lesion": row["name"],
            "group": names.get(key, key),
            "sides": [
                {
                    "truth": truth,
                    "n": sum(counts),
                    "bars": _bars(counts, 10.0 * place),
                }
                for place, (truth, counts) in enumerate(
                    zip(("original", "manipulated"), sides, strict=True)
                )
            ],
        }
        for row in result["rows"]
        for key, sides in found.get(row["key"], {}).items()
    ]


def _bars(counts: Sequence[int], shift: float) -> list[dict[str, Any]]:
    total = sum(counts) or 1
    return [
        {
            "x": f"{2 + 22 * place + shift:g}",
            "y": f"{100 - 96 * min(1.0, count / total / HIGHEST):.1f}",
            "height": f"{96 * min(1.0, count / total / HIGHEST):.1f}",
            "label": f"{10 * place} \N{EN DASH} {10 * place + 10}: {count}",
        }
        for place, count in enumerate(counts)
        if count
    ]


def reading_times(result: Data, view: Data) -> list[dict[str, Any]]:
    """Lay out each case's median reading time, by lesion and truth, on a log scale."""
    cases = [case for case in view.get("cases", ()) if case["seconds"]]
    if not cases:
        return []
    low = math.log10(min(case["seconds"] for case in cases))
    span = (math.log10(max(case["seconds"] for case in cases)) - low) or 1.0

    def x(seconds: float) -> str:
        return f"{20 + 1060 * (math.log10(seconds) - low) / span:.1f}"

    ends = (10**low, 10 ** (low + span))
    ticks = [
        {"x": x(tick), "text": f"{tick:g}"}
        for tick in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
        if ends[0] <= tick <= ends[1]
    ]
    made = []
    for row in result["rows"]:
        own = [case for case in cases if case["lesion"] == row["key"]]
        dots = [
            {
                "case": case["case"],
                "truth": "manipulated" if case["truth"] else "original",
                "x": x(case["seconds"]),
                "y": str((38 if case["truth"] else 14) + 5 * (place % 3 - 1)),
                "seconds": str(case["seconds"]),
            }
            for place, case in enumerate(own)
        ]
        if dots:
            made.append({"lesion": row["name"], "dots": dots, "ticks": ticks})
    return made


def dot_plot(case: Data, view: Data, result: Data) -> list[dict[str, Any]]:
    """Lay a case's ratings out as dots, a row a group; the detector's chance below."""
    group_of = {r["reader"]: r["group"] for r in result["study"]["readers"]}
    names = {group["key"]: group["name"] for group in result["study"]["groups"]}
    marks = mark_names(list(names))
    top = float(result["study"]["protocol"]["scale"]["maximum"])
    rows: dict[str, list[float]] = {key: [] for key in names}
    for reader, rating in zip(view["readers"], case["ratings"], strict=True):
        if rating is not None:
            rows[group_of[reader]].append(5 + 190 * rating / top)
    made = [
        {
            "mark": marks[key],
            "name": names[key],
            "path": "".join(f"M{x:.1f} {6 + 8 * place}h0" for x in places),
        }
        for place, (key, places) in enumerate(rows.items())
        if places
    ]
    if case["probability"] is not None:
        x, y = 5 + 190 * case["probability"], 6 + 8 * len(names)
        made.append(
            {
                "mark": marks["detector"],
                "name": _("Detector"),
                "path": f"M{x:.1f} {y}h0",
            }
        )
    return made
