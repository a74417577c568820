"""Tables of an analysis run, laid out once for the page, the file and the PDF.

A table is ``{key, title, head, rows}`` with every cell as text; the numbers behind
them are in ``mrmc`` of the same result, in full precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from observers.reports.cells import ends, number, p_is, p_value, signed, with_ends
from observers.reports.mrmc_conduct import conduct_tables

Table = dict[str, Any]
Found = Mapping[str, Any]
DETECTOR = "detector"


def tables(found: Found, names: Mapping[str, Mapping[str, str]]) -> list[Table]:
    """Lay out every table that has rows; ``names`` are of lesions and groups."""
    made = [
        _areas(found, names),
        _against(found, names),
        _groups(found, names),
        _hypothesis(found, names),
        *conduct_tables(found["conduct"], names),
        _missing(found, names),
    ]
    return [table for table in made if table["rows"]]


def lead_names() -> dict[str, str]:
    """Name the analyses in words."""
    return {
        "rrrc": _("readers and cases random"),
        "random": _("readers and cases random"),
        "frrc": _("these readers, cases random"),
        "fixed": _("these readers, cases random"),
    }


def _parts(found: Found, names: Mapping[str, Mapping[str, str]]) -> Iterator[Any]:
    # Each lesion by name, then the mean over lesions where there are several.
    for key, part in found["lesions"].items():
        yield names["lesions"].get(key, key), part
    if len(found["lesions"]) > 1:
        yield _("Mean over lesions"), found["pooled"]


def _areas(found: Found, names: Mapping[str, Mapping[str, str]]) -> Table:
    lesions = list(found["lesions"])
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for lesion in lesions:
        for row in found["lesions"][lesion]["auc"]:
            group = names["groups"].get(row["group"], row["group"] or "")
            text = with_ends(row["auc"], row["ci"][row["ci_leading"]])
            cells.setdefault((row["reader"], group), {})[lesion] = text
    return {
        "key": "areas",
        "title": _("AUC of each reader and of the detector [interval]"),
        "head": [_("Reader"), _("Group"), *(names["lesions"][k] for k in lesions)],
        "rows": [
            [
                _reader(reader),
                group,
                *(row.get(lesion, number(None)) for lesion in lesions),
            ]
            for (reader, group), row in _detector_last(cells)
        ],
    }


def _against(found: Found, names: Mapping[str, Mapping[str, str]]) -> Table:
    leads = lead_names()
    rows = []
    for lesion, part in _parts(found, names):
        for row in part.get("standalone", ()):
            lead = row.get(row.get("leading", ""), {})
            rows.append(
                [
                    lesion,
                    f"{_group(row['group'], names)} ({row['readers']})",
                    number(row.get("readers_auc")),
                    number(row.get("standalone_auc")),
                    signed(row["difference"]),
                    ends(lead.get("ci")),
                    p_value(lead.get("p")),
                    p_value(row.get("p_holm")),
                    leads.get(row.get("leading", ""), number(None)),
                ]
            )
    return {
        "key": "standalone",
        "title": _("Readers against the detector: mean AUC, readers minus detector"),
        "head": [
            _("Lesion"),
            _("Group (readers)"),
            _("Readers"),
            _("Detector"),
            _("Difference"),
            _("Interval"),
            "p",
            _("p, Holm"),
            _("Led by"),
        ],
        "rows": rows,
    }


def _groups(found: Found, names: Mapping[str, Mapping[str, str]]) -> Table:
    leads = lead_names()
    rows = [
        [
            lesion,
            f"{_group(row['a'], names)} \N{MINUS SIGN} {_group(row['b'], names)}",
            signed(row["difference"]),
            *(_pair(row.get(key)) for key in ("random", "fixed")),
            p_value(row.get("p_holm")),
            leads.get(row.get("leading", ""), number(None)),
        ]
        for lesion, part in _parts(found, names)
        for row in part["groups"]
    ]
    return {
        "key": "groups",
        "title": _("Group against group: difference of mean AUC"),
        "head": [
            _("Lesion"),
            _("Groups"),
            _("Difference"),
            _("Readers random: interval, p"),
            _("These readers: interval, p"),
            _("p, Holm"),
            _("Led by"),
        ],
        "rows": rows,
    }


def _hypothesis(found: Found, names: Mapping[str, Mapping[str, str]]) -> Table:
    words = {True: _("supported"), False: _("not supported"), None: _("not defined")}
    places = {key: place for place, key in enumerate(names["lesions"])}
    rows = [
        [
            _("Mean over lesions")
            if row["lesion"] is None
            else names["lesions"].get(row["lesion"], row["lesion"]),
            _group(row["group"], names),
            signed(row["difference"]),
            ends(None if row["lower"] is None else (row["lower"], row["upper"])),
            words[row["is_supported"]],
        ]
        for row in sorted(
            found["hypothesis"], key=lambda row: places.get(row["lesion"], len(places))
        )
    ]
    title = ""
    if found["hypothesis"]:
        first = found["hypothesis"][0]
        title = _("Hypothesis of the detector: {name}, margin {margin:g}").format(
            name=hypothesis_name(first["hypothesis"]), margin=first["margin"]
        )
    return {
        "key": "hypothesis",
        "title": title,
        "head": [
            _("Lesion"),
            _("Group"),
            _("Detector minus readers"),
            _("One-sided limits"),
            _("Verdict"),
        ],
        "rows": rows,
    }


def hypothesis_name(key: str) -> str:
    """Name a hypothesis in words."""
    return {
        "superiority": _("superiority"),
        "non-inferiority": _("non-inferiority"),
        "equivalence": _("equivalence"),
    }[key]


def _missing(found: Found, names: Mapping[str, Mapping[str, str]]) -> Table:
    lesions = list(found["lesions"])
    counts: dict[str, dict[str, int]] = {}
    for lesion in lesions:
        part = found["lesions"][lesion]
        total = part["counts"]["cases"]
        for row in part["auc"]:
            gap = total - row["n0"] - row["n1"]
            counts.setdefault(row["reader"], {})[lesion] = gap
    return {
        "key": "missing",
        "title": _("Missing scores (cannot rate, or not read)"),
        "head": [_("Reader"), *(names["lesions"][k] for k in lesions), _("Together")],
        "rows": [
            [
                _reader(reader),
                *(str(row.get(lesion, number(None))) for lesion in lesions),
                str(sum(row.values())),
            ]
            for reader, row in _detector_last(counts)
        ],
    }


def _reader(name: str) -> str:
    return _("Detector") if name == DETECTOR else name


# Rows by reader as they are, the detector's after them.
def _detector_last(rows: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return sorted(rows.items(), key=lambda one: DETECTOR in (one[0], one[0][0]))


def _group(key: str, names: Mapping[str, Mapping[str, str]]) -> str:
    return _("all readers") if key == "all" else names["groups"].get(key, key)


def _pair(part: Found | None) -> str:
    if part is None:
        return number(None)
    return f"{ends(part['ci'])}, {p_is(part['p'])}"
