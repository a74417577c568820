"""What a report says of its analysis run: numbers, tables, methods and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from observers.models import AnalysisRun
from observers.reports.mrmc_tables import hypothesis_name, tables
from observers.reports.sentences import sentences

Found = Mapping[str, Any]
FAMILIES = ("auc", "standalone", "groups")


def add_run(result: dict[str, Any], run: AnalysisRun) -> dict[str, Any]:
    """Complete a report's result by those of its run."""
    names = {
        "lesions": {row["key"]: row["name"] for row in result["rows"]},
        "groups": {
            **{group["key"]: group["name"] for group in result["study"]["groups"]},
            "detector": _("Detector"),
        },
    }
    left_out = run.options["left_out"]
    found = in_order(run.result, list(names["lesions"]))
    return {
        **result,
        "run": {
            "kind": run.kind,
            "kind_text": kind_text(run),
            "options": run.options,
            "result_hash": run.result_hash,
            "data_hash": run.data_hash,
        },
        "mrmc": run.result,
        "sentences": sentences(result, found, names["lesions"]),
        "mrmc_tables": tables(found, names),
        "methods": [*methods(run), *result["methods"]],
        "warnings": [
            *_warnings(run),
            *result["warnings"],
            *notes(found, names["lesions"]),
        ],
        "provenance_rows": [
            *result["provenance_rows"],
            [_("Hash of the analysis"), run.result_hash],
            [_("Readers left out"), ", ".join(left_out) or "\N{EN DASH}"],
        ],
    }


def kind_text(run: AnalysisRun) -> str:
    """Say what the run may be called, and what of it was chosen afterwards."""
    text = str(run.get_kind_display())
    if run.has_late_detector:
        return _("{kind}, but for the detector, which was chosen afterwards").format(
            kind=text
        )
    return text


def in_order(found: Found, lesions: Sequence[str]) -> Found:
    """Bring lesions into the protocol's order: a database keeps no order of keys."""
    conduct = found["conduct"]
    agreement = conduct["agreement"]
    others = [key for key in agreement if key not in lesions]  # all cases together
    return {
        **found,
        "lesions": {
            key: found["lesions"][key] for key in lesions if key in found["lesions"]
        },
        "conduct": {
            **conduct,
            "agreement": {
                key: agreement[key] for key in (*lesions, *others) if key in agreement
            },
        },
    }


def methods(run: AnalysisRun) -> list[str]:
    """Describe the analysis that was made, and nothing else."""
    found, options = run.result, run.options
    lines = [
        _("This analysis is {kind}.").format(kind=kind_text(run)),
        _areas(found),
    ]
    standalone = [row for part in _parts(found) for row in part.get("standalone", ())]
    if standalone:
        lines.append(_against(standalone, options))
        lines.append(
            _(
                "Hypothesis of the detector: {name} with margin {margin:g}, each "
                "one-sided test at {level:g} %."
            ).format(
                name=hypothesis_name(options["hypothesis"]),
                margin=options["margin"],
                level=50 * options["alpha"],
            )
        )
    lines += _over_lesions(found)
    lines += _groups(found)
    lines.append(_conduct(found["conduct"]))
    lines.append(
        _("Seed of what is drawn in the analysis: {seed}.").format(seed=options["seed"])
    )
    return lines


def notes(found: Found, lesions: Mapping[str, str]) -> list[str]:
    """Gather each note of the run once, with the lesions that it stands for."""
    where: dict[str, list[str]] = {}
    for key, part in found["lesions"].items():
        for note in _notes(part):
            where.setdefault(note, []).append(lesions.get(key, key))
    several = len(found["lesions"]) > 1
    for note in _notes(found["pooled"]) if several else ():
        where.setdefault(note, []).append(_("Mean over lesions"))
    conduct = dict.fromkeys(found["conduct"]["timing"]["notes"])
    return [
        *(f"{note} ({', '.join(dict.fromkeys(at))})" for note, at in where.items()),
        *(f"{_('Reading time')}: {note}" for note in conduct),
    ]


def _notes(part: Found) -> Iterable[str]:
    return dict.fromkeys(
        note
        for family in FAMILIES
        for row in part.get(family, ())
        for note in row.get("notes", ())
    )


def _warnings(run: AnalysisRun) -> list[str]:
    lines = []
    if run.options["left_out"]:
        lines.append(
            _(
                "Sensitivity: {readers} left out of this run; their ratings are kept."
            ).format(readers=", ".join(run.options["left_out"]))
        )
    if run.kind == AnalysisRun.Kind.EXPLORATORY:
        lines.append(
            _("Exploratory: these settings are not those that the protocol fixed.")
        )
    if run.has_late_detector:
        lines.append(
            _(
                "The protocol named no detector: which one is compared was chosen "
                "afterwards."
            )
        )
    return lines


def _parts(found: Found) -> list[Found]:
    return [*found["lesions"].values(), found["pooled"]]


def _areas(found: Found) -> str:
    used = {
        row["ci_leading"]
        for part in found["lesions"].values()
        for row in part["auc"]
        if row["ci"][row["ci_leading"]] is not None
    }
    text = {
        "newcombe5": _(
            "Newcombe's method 5 (a class of fewer than 10 cases, or an area beyond "
            "0.95)"
        ),
        "logit_delong": _("DeLong's variance on the logit scale"),
    }
    named = " / ".join(text[name] for name in sorted(used))
    return _(
        "Areas are empirical, ties one half, never flipped; intervals of single areas: "
        "{methods}."
    ).format(methods=named or _("none is defined"))


def _against(rows: list[Any], options: Found) -> str:
    leading = {row.get("leading") for row in rows}
    text = _(
        "Readers against the detector: the differences of each reader's area and the "
        "detector's as one modality (Hillis), {covariance} covariance."
    ).format(covariance=options["covariance"])
    if "rrrc" in leading:
        text += " " + _(
            "Readers and cases are random, degrees of freedom are Hillis's, "
            "real-valued."
        )
    if "frrc" in leading:
        text += " " + _(
            "Where a group has one or two readers, the analysis of these very readers "
            "leads."
        )
    return text + " " + _holm(rows)


def _holm(rows: list[Any]) -> str:
    n = sum(row.get("p_holm") is not None for row in rows)
    if not n:
        return ""
    return _("Holm's adjustment is over {n} tests (lesions and rows).").format(n=n)


def _over_lesions(found: Found) -> list[str]:
    if len(found["lesions"]) < 2:
        return []
    covariance = {
        row["covariance"]
        for row in found["pooled"]["standalone"]
        if "covariance" in row
    }
    text = _(
        "Over lesions: each reader's areas are averaged, lesions with equal weight; "
        "their covariance adds over lesions, the readers being the same."
    )
    if "delong_by_patient" in covariance:
        text += " " + _("A patient in several lesions counts as one.")
    return [text]


def _groups(found: Found) -> list[str]:
    rows = [row for part in found["lesions"].values() for row in part["groups"]]
    if not rows:
        return []
    text = _(
        "Group against group: readers nested in group; random readers by the "
        "U-statistic's variance with its own degrees of freedom (BDG), these readers "
        "by DeLong's contrast."
    )
    return [f"{text} {_holm(rows)}".strip()]


def _conduct(conduct: Found) -> str:
    text = _(
        "Agreement: intraclass correlations of Shrout and Fleiss and Krippendorff's "
        "alpha. Calibration: ten bins of equal width, Brier score."
    )
    if conduct["timing"]["effects"]:
        text += " " + _("Reading time: a mixed model of its logarithm, readers random.")
    return text
