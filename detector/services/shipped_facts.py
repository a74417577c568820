"""What pages tell of the shipped detector: data, licences, families, figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from detector.services.shipped import card

NAMES = {"hygd": "HYGD", "idrid": "IDRiD"}
"""How the data sets call themselves; phantoms are named by the page."""
LOSSLESS = "lossless"
"""The view that comes first: nothing was done to the images."""


@dataclass(frozen=True)
class FamilyFigures:
    """How well forgeries of one family were told from their originals."""

    family: str
    was_learned: bool
    aucs: list[float]
    """One a kind of processing, in the order of `ShippedFacts.views`."""


@dataclass(frozen=True)
class ShippedFacts:
    """The shipped detector's card, as a page shows it."""

    name: str
    recipe: str
    preset: str
    sha256: str
    data: list[tuple[str, str]]
    """Each source of photographs with its licence."""
    metrics: dict[str, Any]
    """On validation."""
    views: list[str]
    """How the test photographs were processed."""
    families: list[FamilyFigures]
    false_positives: list[float]
    """Share of test originals that were called manipulated, one a view."""
    n_test: int
    """Photographs of clusters that no training saw."""


def shipped_facts() -> ShippedFacts:
    """Read the card for a page."""
    known = card()
    views = sorted(known["test"], key=lambda view: (view != LOSSLESS, view))
    tests: list[dict[str, Any]] = [known["test"][view] for view in views]
    first = tests[0]
    learned = set(known["families"])
    families = [key for key, value in first.items() if isinstance(value, dict)]
    return ShippedFacts(
        name=known["name"],
        recipe=known["recipe"],
        preset=known["preset"],
        sha256=known["sha256"],
        data=[(NAMES.get(key, key), text) for key, text in known["data"].items()],
        metrics=known["metrics"],
        views=views,
        families=[
            FamilyFigures(
                family=key,
                was_learned=key in learned,
                aucs=[one[key]["auc"] for one in tests],
            )
            for key in sorted(families, key=lambda key: (key not in learned, key))
        ],
        false_positives=[one["false_positive_rate"] for one in tests],
        n_test=first["n_original"],
    )
