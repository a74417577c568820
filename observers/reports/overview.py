"""The first screen of a locked study as rows: areas, differences, how made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from observers.reports.cells import fixed, number, p_is, signed, with_ends
from observers.reports.mrmc_tables import lead_names
from observers.reports.study_tables import rate_ends
from observers.reports.texts import said

MACRO = "macro"
FEW = 12
"""With more readers, their operating points are shown over lesions alone."""
Data = Mapping[str, Any]
METHODS = {
    "newcombe5": "Newcombe 2006, method 5",
    "logit_delong": "DeLong, logit",
    "delong": "DeLong",
    "fixed_reader_mover": "MOVER, readers fixed",
    "mover": "MOVER",
}


def comparison_rows(result: Data) -> list[dict[str, Any]]:
    """Give a row a lesion: each group, the detector, and what lies between them."""
    return [
        {
            "key": row["key"],
            "name": row["name"],
            "groups": [
                {
                    "key": group["key"],
                    "area": result["groups"][group["key"]][row["key"]],
                    "paper": result["paper"]["auc"]
                    .get(group["key"], {})
                    .get(row["key"]),
                    "gap": _gap(result, row["key"], group["key"]),
                }
                for group in result["study"]["groups"]
                if group["key"] in result["groups"]
            ],
            "detector": result["detector"].get(row["key"]),
            "paper": result["paper"]["auc"]["detector"].get(row["key"]),
        }
        for row in result["rows"]
    ]


def first_place(result: Data) -> str:
    """Say which row leads: the mean over lesions where there are several."""
    keys = [row["key"] for row in result["rows"]]
    return MACRO if len(keys) != 2 else str(keys[0])  # a lesion, and its own mean


def _part(result: Data, lesion: str) -> Data:
    found: Data = result["mrmc"]
    part: Data = (
        found["pooled"] if lesion == MACRO else found["lesions"].get(lesion, {})
    )
    return part


def _gap(result: Data, lesion: str, group: str) -> dict[str, Any] | None:
    """Find the test of a group against the detector."""
    for row in _part(result, lesion).get("standalone", ()):
        if row["group"] == group and row["difference"] is not None:
            lead = row.get(row.get("leading", ""), {})
            return {
                "difference": row["difference"],
                "text": signed(row["difference"]),
                "ci": lead.get("ci"),
                "p": p_is(lead.get("p")),
                "holm": "" if row.get("p_holm") is None else p_is(row["p_holm"]),
            }
    return None


def how_rows(result: Data, view: Data) -> list[dict[str, str]]:
    """Say of each number how it was computed: method, cases, ties, warnings."""
    names = {group["key"]: group["name"] for group in result["study"]["groups"]}
    return [
        {"lesion": row["name"], "id": f"{row['key']}-{one['who']}", **one}
        for row in result["rows"]
        for one in (
            *_areas(result, view, row["key"], names),
            *_tests(result, row["key"], names),
        )
    ]


def _areas(
    result: Data, view: Data, lesion: str, names: Data
) -> Iterator[dict[str, str]]:
    panel = view.get("panels", {}).get(lesion, {"groups": {}, "detector": None})
    for key, name in names.items():
        area = result["groups"].get(key, {}).get(lesion)
        if area is not None:
            yield _area(key, name, area, panel["groups"].get(key))
    alone = result["detector"].get(lesion)
    if alone is not None:
        yield _area("detector", _("Detector"), alone, panel["detector"])


def _area(key: str, name: str, area: Data, drawn: Data | None) -> dict[str, str]:
    ties = None if drawn is None else drawn["ties"]
    method = str(area["ci_method"])
    return {
        "who": key,
        "name": name,
        "value": with_ends(area["auc"], area["ci"]),
        "method": said(f"{area['definition']}; {METHODS.get(method, method)}"),
        "n": f"{area['n0']} + {area['n1']}",
        "ties": number(None) if ties is None else f"{fixed(100 * ties, 1)} %",
        "notes": "; ".join(
            said(str(note)) for note in (*area["notes"], area["ci_reason"]) if note
        ),
    }


def _tests(result: Data, lesion: str, names: Data) -> Iterator[dict[str, str]]:
    part = _part(result, lesion)
    for row in part.get("standalone", ()):
        if row["group"] in names:
            who = _("{group} against the detector").format(group=names[row["group"]])
            yield _test(row, f"gap-{row['group']}", who, result["run"]["options"])
    for row in part.get("groups", ()):
        who = f"{names.get(row['a'])} \N{MINUS SIGN} {names.get(row['b'])}"
        yield _test(row, f"gap-{row['a']}-{row['b']}", who, {})


def _test(row: Data, key: str, name: str, options: Data) -> dict[str, str]:
    lead = row.get(row.get("leading", "")) or {}
    degrees = lead.get("df", lead.get("ddf"))
    words = [
        lead_names().get(row.get("leading", ""), ""),
        str(options.get("covariance", "")),
        ""
        if degrees is None
        else _("{n} degrees of freedom").format(n=fixed(degrees, 1)),
        "" if lead.get("t") is None else f"t = {fixed(lead['t'], 2)}",
    ]
    readers = row.get("readers")
    return {
        "who": key,
        "name": name,
        "value": with_ends(row["difference"], lead.get("ci")),
        "method": ", ".join(word for word in words if word),
        "n": _("{n} readers").format(
            n=" + ".join(map(str, readers)) if isinstance(readers, list) else readers
        ),
        "ties": number(None),
        "notes": "; ".join(said(str(note)) for note in row.get("notes", ())),
    }


def reader_rows(result: Data) -> list[dict[str, Any]]:
    """Give each reader's areas, lesion by lesion, with the interval."""
    names = {one["reader"]: one["group_name"] for one in result["study"]["readers"]}
    return [
        {
            "name": name,
            "group": names.get(name, part["group"]),
            "areas": [part.get(row["key"]) for row in result["rows"]],
        }
        for name, part in result["readers"].items()
    ]


def operating_rows(result: Data) -> list[dict[str, Any]]:
    """Give the calls at the cut; of many readers, over lesions alone."""
    names = {group["key"]: group["name"] for group in result["study"]["groups"]}
    cited = result["paper"]["auc"]
    is_few = len(result["readers"]) <= FEW
    everyone = [
        *(
            ("group", names.get(key, key), part, cited.get(key, {}))
            for key, part in result["groups"].items()
        ),
        ("detector", _("Detector"), result["detector"], cited.get("detector", {})),
        *(("reader", name, part, {}) for name, part in result["readers"].items()),
    ]
    return [
        {
            "level": level,
            "name": name,
            "lesion": row["name"],
            "sensitivity": part[row["key"]]["table3"]["manipulated"]["recall"],
            "sensitivity_ci": rate_ends(part[row["key"]], "sensitivity"),
            "specificity": part[row["key"]]["table3"]["original"]["recall"],
            "specificity_ci": rate_ends(part[row["key"]], "specificity"),
            "balanced": part[row["key"]]["balanced_accuracy"],
            "ci": part[row["key"]]["balanced_accuracy_ci"],
            "paper": own.get(row["key"]),
        }
        for level, name, part, own in everyone
        for row in result["rows"]
        if level != "reader" or is_few or row["key"] == first_place(result)
        if part.get(row["key"]) and part[row["key"]].get("table3")
    ]
