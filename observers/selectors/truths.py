"""A case of a locked study with its truth: for those who may see results."""

from __future__ import annotations

from django.http import Http404

from observers.models import CaseTruth


def truth_of(name: str, code: str) -> CaseTruth:
    """Find a case of a study with its truth, or say there is none."""
    found = (
        CaseTruth.objects.filter(case__opt_set__study__name=name, case__code=code)
        .select_related(
            "case__opt_set",
            "image",
            "manipulation__manipulator",
            "manipulation__source",
        )
        .first()
    )
    if found is None:
        raise Http404
    return found
