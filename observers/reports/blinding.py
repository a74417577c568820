"""What a report says about the audit of the study's blinding."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def sentences(audit: dict[str, Any] | None) -> list[str]:
    """Say what the last audit found, or that there was none."""
    if audit is None:
        return [_("Blinding was not audited (audit_blinding).")]
    said = _(
        "Blinding was audited by a program in a reader's place: {answers} answers "
        "about {cases} cases; {invariants} invariants compared between the classes; "
        "permutation p of all classifiers {p:.3f}."
    ).format(**audit)
    if audit["is_blind"]:
        return [said + " " + _("Nothing told the classes apart.")]
    named = ", ".join(audit["named"])
    return [said + " " + _("The classes differed in: {named}.").format(named=named)]
