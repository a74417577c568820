"""Tables of how readers read: agreement, calibration, time, reading twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from observers.reports.cells import ends, number, p_value, with_ends

Table = dict[str, Any]
Found = Mapping[str, Any]


def conduct_tables(
    conduct: Found, names: Mapping[str, Mapping[str, str]]
) -> list[Table]:
    """Lay out the tables; ``names`` are of lesions and groups."""
    return [
        _agreement(conduct, names),
        _calibration(conduct),
        _timing(conduct, names["groups"]),
        _intra(conduct),
    ]


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
                ends(
                    None
                    if row["limits"]["lower"] is None
                    else (row["limits"]["lower"], row["limits"]["upper"]),
                    1,
                ),
            ]
            for row in conduct["intra_reader"]
        ],
    }
