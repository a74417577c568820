"""The tests of a run as sentences that a doctor can read, lesion by lesion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from observers.reports.cells import p_is, with_ends

MACRO = "macro"
DIGITS = 2
LEVEL = 0.05
"""Of the two-sided tests, after Holm's adjustment where there are several."""
Found = Mapping[str, Any]


def sentences(result: Found, found: Found, lesions: Mapping[str, str]) -> list[str]:
    """Write one sentence a comparison: the mean over lesions first, then each."""
    return [one["text"] for one in compared(result, found, lesions)]


def compared_in(result: Found) -> list[dict[str, str]]:
    """Write the sentences of a stored result anew, in the language of the page."""
    lesions = {row["key"]: row["name"] for row in result["rows"]}
    return compared(result, result["mrmc"], lesions)


def compared(
    result: Found, found: Found, lesions: Mapping[str, str]
) -> list[dict[str, str]]:
    """Write each comparison with the lesion it belongs to."""
    places = [
        (key, found["lesions"][key]) for key in lesions if key in found["lesions"]
    ]
    if len(places) > 1:
        places.insert(0, (MACRO, found["pooled"]))
    names = {group["key"]: group["name"] for group in result["study"]["groups"]}
    return [
        {"lesion": lesion, "text": text}
        for lesion, part in places
        for said in (_against, _between)
        for text in said(_Place(result, lesion, lesions[lesion], names), part)
    ]


class _Place:
    """Where a sentence is said: a lesion with the areas that the page shows."""

    def __init__(
        self, result: Found, lesion: str, name: str, groups: Mapping[str, str]
    ) -> None:
        self.result, self.lesion, self.name, self.groups = result, lesion, name, groups

    def name_of(self, key: str) -> str:
        """Name a group."""
        return self.groups.get(key, key)

    def group(self, key: str) -> str:
        """Name a group and give its area."""
        area = self.result["groups"][key][self.lesion]
        return f"{self.name_of(key)} {_area(area)}"

    def detector(self) -> str:
        """Give the detector's area."""
        return _area(self.result["detector"][self.lesion])


def _against(place: _Place, part: Found) -> Iterator[str]:
    for row in part.get("standalone", ()):
        if row["group"] not in place.groups:
            continue
        lead = row.get(row.get("leading", ""), {})
        yield _(
            "{lesion}: {group} against the detector {detector}: {difference}."
        ).format(
            lesion=place.name,
            group=place.group(row["group"]),
            detector=place.detector(),
            difference=_difference(
                row, lead, (place.groups[row["group"]], _("the detector"))
            ),
        )


def _between(place: _Place, part: Found) -> Iterator[str]:
    for row in part.get("groups", ()):
        lead = row.get(row.get("leading", "")) or {}
        yield _("{lesion}: {group} against {other}: {difference}.").format(
            lesion=place.name,
            group=place.group(row["a"]),
            other=place.group(row["b"]),
            difference=_difference(
                row, lead, (place.name_of(row["a"]), place.name_of(row["b"]))
            ),
        )


def _area(area: Found) -> str:
    return with_ends(area["auc"], area["ci"], DIGITS)


def _difference(row: Found, lead: Found, sides: tuple[str, str]) -> str:
    if row["difference"] is None or lead.get("p") is None:
        return _("no test is defined")
    value = with_ends(row["difference"], lead.get("ci"), _digits(lead.get("ci")))
    p = p_is(lead["p"])
    verdict = _verdict(row, lead).format(name=sides[row["difference"] < 0])
    if row.get("p_holm") is None:
        text = _("difference {value}, {p}: {verdict}")
        return text.format(value=value, p=p, verdict=verdict)
    return _("difference {value}, {p} ({holm} after Holm): {verdict}").format(
        value=value, p=p, holm=p_is(row["p_holm"]), verdict=verdict
    )


def _digits(ci: Sequence[float] | None) -> int:
    # One digit more where an end would be printed as a zero with a sign.
    return DIGITS + any(0 < abs(end) < 0.5 * 0.1**DIGITS for end in ci or ())


def _verdict(row: Found, lead: Found) -> str:
    holm = row.get("p_holm")
    if (lead["p"] if holm is None else holm) < LEVEL:
        return _("a difference is shown, in favour of {name}")
    if lead["p"] < LEVEL:
        return _("none is shown once all comparisons are allowed for")
    return _("no difference is shown")
