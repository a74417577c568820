"""What a study's analysis tests, said before anybody sees a result.

Part of the protocol, so fixed by its hash when the study is frozen: a run with
these very settings is pre-registered, any other is exploratory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from observers.analysis.covariance import METHODS
from observers.analysis.standalone_verdict import HYPOTHESES
from observers.models.protocol_fields import number, refuse

SUPERIORITY = HYPOTHESES[0]
LEAST_MARGIN, MAX_MARGIN = 1e-6, 0.5


@dataclass(frozen=True)
class AnalysisPlan:
    """The pre-registered comparison of the detector with readers and groups."""

    hypothesis: str = SUPERIORITY
    """What is claimed of the detector: ``superiority``, ``non-inferiority`` or
    ``equivalence``."""
    margin: float = 0.05
    """Largest difference of AUC that does not matter; for superiority, the
    difference that must be exceeded, which may be 0."""
    alpha: float = 0.05
    """Two-sided level; each one-sided test is at half of it."""
    covariance: str = "jackknife"
    """Covariance that leads: ``delong``, ``jackknife`` or ``unbiased``."""
    detector: str = ""
    """Name of the detector that is compared; empty when none is chosen beforehand,
    and its comparison is then exploratory."""

    def __post_init__(self) -> None:
        """Refuse a plan that could not be tested, naming the field."""
        choice("hypothesis", self.hypothesis, HYPOTHESES)
        choice("covariance", self.covariance, METHODS)
        least = 0 if self.hypothesis == SUPERIORITY else LEAST_MARGIN
        number("analysis.margin", self.margin, least, MAX_MARGIN)
        number("analysis.alpha", self.alpha, 1e-6, 0.5)
        if not isinstance(self.detector, str):
            refuse(
                "analysis.detector",
                _("{name!r} is not a name").format(name=self.detector),
            )


def choice(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Refuse anything but one of those there are."""
    if value not in allowed:
        refuse(
            f"analysis.{name}",
            _("{value!r} is not one of {known}").format(
                value=value, known=", ".join(allowed)
            ),
        )
