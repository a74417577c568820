"""Tables of an analysis run, laid out once for the page, the file and the PDF.

A table is ``{key, title, head, rows}`` with every cell as text; the numbers behind
them are in ``mrmc`` of the same result, in full precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from observers.reports.cells import number, p_is, p_value, signed, with_ends

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
        _agreement(found["conduct"], names),
        _calibration(found["conduct"]),
        _timing(found["conduct"], names["groups"]),
        _intra(found["conduct"]),
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
                    _ends(lead.get("ci")),
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
            _ends(None if row["lower"] is None else (row["lower"], row["upper"])),
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


def _agreement(conduct: Found, names: Mapping[str, Mapping[str, str]]) -> Table:
    rows = []
    for lesion, part in conduct["agreement"].items():
        two, three = part["icc"]["ICC2"], part["icc"]["ICC3"]
        rows.append(
            [
                _("All cases") if lesion == "all" else names["lesions"][lesion],
                with_ends(two["value"], two["ci"]),
                with_ends(three["value"], three["ci"]),
                number(part["krippendorff"]["value"]),
            ]
        )
    return {
        "key": "agreement",
        "title": _("Agreement between readers"),
        "head": [
            _("Lesion"),
            _("ICC(2,1), absolute"),
            _("ICC(3,1), consistency"),
            _("Krippendorff's alpha (interval scale)"),
        ],
        "rows": rows,
    }


def _calibration(conduct: Found) -> Table:
    own = conduct["calibration"]
    everyone = {**own["readers"], _("Detector"): own["detector"]}
    return {
        "key": "calibration",
        "title": _("Calibration of confidence"),
        "head": [
            _("Reader"),
            _("Brier score"),
            _("Brier score of the prevalence"),
            _("Expected calibration error"),
            _("Cases"),
        ],
        "rows": [
            [
                name,
                number(part["brier"]),
                number(part["brier_reference"]),
                number(part["ece"]),
                str(part["n"]),
            ]
            for name, part in everyone.items()
            if part is not None
        ],
    }


def _effect(name: str, groups: Mapping[str, str]) -> str:
    """Say what multiplies the time of reading."""
    one, is_pair, other = name.removeprefix("group ").partition(" to ")
    if is_pair:
        return _("{group}, against {other}").format(
            group=groups.get(one, one), other=groups.get(other, other)
        )
    words = {
        "manipulated": _("the case is manipulated"),
        "correct": _("the call is right"),
        "order_per_10": _("ten cases later in the set"),
    }
    return words.get(name, name)


def _timing(conduct: Found, groups: Mapping[str, str]) -> Table:
    found = conduct["timing"]
    title = _("Active reading time: what it is multiplied by (mixed model of log time)")
    if found["median"] is not None:
        title += " \N{MIDDLE DOT} " + _("median {seconds:.1f} s").format(
            seconds=found["median"]
        )
    return {
        "key": "timing",
        "title": title,
        "head": [_("Effect"), _("Ratio of times"), "p"],
        "rows": [
            [
                _effect(row["name"], groups),
                with_ends(row["ratio"], row["ci"]),
                p_value(row["p"]),
            ]
            for row in found["effects"]
        ],
    }


def _intra(conduct: Found) -> Table:
    return {
        "key": "intra",
        "title": _("Readers who read twice: agreement with themselves"),
        "head": [
            _("Reader"),
            _("Rounds"),
            _("Cases"),
            _("ICC(2,1), absolute"),
            _("Limits of agreement"),
        ],
        "rows": [
            [
                row["reader"],
                f"{row['first']} / {row['second']}",
                str(row["n"]),
                with_ends(row["icc2"]["value"], row["icc2"]["ci"]),
                _ends(
                    None
                    if row["limits"]["lower"] is None
                    else (row["limits"]["lower"], row["limits"]["upper"]),
                    1,
                ),
            ]
            for row in conduct["intra_reader"]
        ],
    }


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


def _ends(ci: Any, digits: int = 3) -> str:
    if ci is None:
        return number(None)
    return f"[{number(ci[0], digits)}, {number(ci[1], digits)}]"


def _pair(part: Found | None) -> str:
    if part is None:
        return number(None)
    return f"{_ends(part['ci'])}, {p_is(part['p'])}"
