"""Questions about pools, manipulators and jobs; nothing here writes."""

from __future__ import annotations

from forgery.exceptions import WrongInput
from forgery.models import Manipulator, Pool


def pool_called(name: str) -> Pool:
    """Find a pool by name, or say which there are."""
    try:
        return Pool.objects.get(name=name)
    except Pool.DoesNotExist:
        known = ", ".join(Pool.objects.values_list("name", flat=True)) or "none yet"
        raise WrongInput(f"No pool {name!r}; there are: {known}.") from None


def manipulator_called(name: str) -> Manipulator:
    """Find a manipulator by name, or say which there are."""
    try:
        return Manipulator.objects.select_related("pool").get(name=name)
    except Manipulator.DoesNotExist:
        names = Manipulator.objects.values_list("name", flat=True)
        known = ", ".join(names) or "none yet; train one with train_manipulator"
        raise WrongInput(f"No manipulator {name!r}; there are: {known}.") from None
