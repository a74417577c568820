"""The sentences of a report, made from what was really computed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from observers.models import Study
from observers.reports import blinding
from observers.reports.mrmc_tables import hypothesis_name

MACRO = "macro"


def for_result(study: Study, result: dict[str, Any]) -> dict[str, Any]:
    """Write summary, methods, notes and the provenance table."""
    return {
        "summary": _summary(study),
        "differences_text": _differences(result),
        "methods": [
            *_methods(study, result),
            *blinding.sentences(result["blinding"]),
        ],
        "quality_note": _quality_note(result),
        "s8_note": _(
            "The paper's own test: the study's cases as shown, and as many at random "
            "from the test clusters (45 originals and 5 manipulated a lesion, or what "
            "there is)."
        ),
        "provenance_rows": _provenance(result),
    }


def said(text: str) -> str:
    """Say a text of the analysis, part by part, where its words are known."""
    return "; ".join(_(part) if part else part for part in text.split("; "))


def _summary(study: Study) -> list[str]:
    """Say the protocol in a few lines."""
    rules = study.rules
    lines = [
        _(
            "{sets} OPT sets, one a lesion, of {original} original and {manipulated} "
            "manipulated images, mixed at random."
        ).format(
            sets=len(rules.lesions),
            original=rules.n_original,
            manipulated=rules.n_manipulated,
        ),
        _("Question: {question}").format(question=_(rules.question)),
        _("Readers rate from {low} to {high}; higher means manipulated.").format(
            low=rules.scale.minimum, high=rules.scale.maximum
        ),
        _("Readers are told how many images are manipulated.")
        if rules.tell_prevalence
        else _("Readers are not told how many images are manipulated."),
        _("Both classes pass one rendering: {size} pixels, the same filters.").format(
            size=rules.reader_profile.size
        ),
        _("Seed of the draw and of every reading order: {seed}.").format(
            seed=rules.seed
        ),
    ]
    return [*lines, *_planned(study), *rules.warnings]


def _planned(study: Study) -> list[str]:
    """Say what was fixed beforehand: readers, rounds, the test of the detector."""
    rules, plan = study.rules, study.rules.analysis
    groups = [
        _("{n} {group} (at least {years:g} years)").format(
            n=group.n_readers, group=_(group.name), years=group.min_years
        )
        for group in rules.groups
    ]
    lines = [_("Planned readers: {groups}.").format(groups=", ".join(groups))]
    if rules.rounds > 1:
        lines.append(
            _("Each set is read {n} times, {days} days apart.").format(
                n=rules.rounds, days=rules.washout_days
            )
        )
    if "analysis" in study.protocol:
        lines.append(
            _(
                "Planned test of the detector ({detector}): {hypothesis}, margin "
                "{margin:g}, two-sided level {alpha:g}, {covariance} covariance."
            ).format(
                detector=plan.detector or _("none was named"),
                hypothesis=hypothesis_name(plan.hypothesis),
                margin=plan.margin,
                alpha=plan.alpha,
                covariance=plan.covariance,
            )
        )
    lines.append(
        _("Ratings were locked on {day}.").format(
            day=study.lock.created_at.date().isoformat()
        )
    )
    return lines


def _differences(result: dict[str, Any]) -> list[str]:
    """Compare the detector with each group over all lesions, in words."""
    lines = []
    for group in result["study"]["groups"]:
        gap = result["differences"].get(group["key"], {}).get(MACRO)
        if gap is None or gap["auc"] is None:
            continue
        ends = gap["percent_points_ci"]
        interval = "" if ends is None else f" [{ends[0]:+.1f}, {ends[1]:+.1f}]"
        lines.append(
            _(
                "Detector minus {group}, mean AUC over lesions, for these very readers "
                "(only cases random): {points:+.1f} per cent points{interval}."
            ).format(
                group=group["name"], points=gap["percent_points"], interval=interval
            )
        )
    return lines


def _definition_names() -> dict[str, str]:
    """Name what the analysis defines, as tables call it."""
    return {
        "auc": _("AUC"),
        "ci": _("Intervals of single areas and of means"),
        "groups": _("A group's value"),
        "macro": _("Mean over lesions"),
        "balanced_accuracy": _("Balanced accuracy"),
        "table3": _("Table 3"),
        "differences": _("Difference"),
    }


def _methods(study: Study, result: dict[str, Any]) -> list[str]:
    """Describe how every number was made."""
    names = _definition_names()
    lines = [
        f"{names.get(name, name)}: {said(text)}."
        for name, text in result["definitions"].items()
    ]
    lines.append(
        _(
            "The detector's score is its logit less its validation threshold, divided "
            "by its validation temperature, so that it calls an image manipulated at 0 "
            "and above. Readers call one manipulated above {cut}."
        ).format(cut=study.rules.scale.maximum // 2)
    )
    lines.append(
        _(
            "Test twins: each photograph of a cluster that no training saw, and its "
            "manipulated image. Matched view: both classes through the same filters. "
            "Unmatched view: originals skip the last blur, as in the paper, so it "
            "contains the filter shortcut. The baseline is one feature, the mean "
            "absolute Laplacian inside the field of view, its cut from validation."
        )
    )
    lines.append(
        _("The paper's values are quoted from: {citation}").format(
            citation=result["paper"]["citation"]
        )
    )
    return lines


def _quality_note(result: dict[str, Any]) -> str:
    """Say against what the forgeries were measured, and why FID is missing."""
    note = _(
        "RMSE on 0 to 255 and SSIM (Gaussian window 11, sigma 1.5) against the equally "
        "processed original, and against the raw one. KID on EfficientNet-Lite0 "
        "features. Distances of distributions are biased upwards in small samples."
    )
    missing = [row for row in result["quality"].values() if row.get("fid") is None]
    if missing:
        note += " FID " + str(missing[0].get("fid_text") or "")
    return note.strip()


def _provenance(result: dict[str, Any]) -> list[list[str]]:
    """Lay provenance out as rows of a table."""
    found = result["provenance"]
    rows = [
        [_("Data hash of the pool"), found["data_hash"]],
        [_("Protocol hash"), found["protocol_hash"]],
        [_("Hash of the locked ratings"), found["lock_hash"]],
        [_("Hash of the rows compared"), found["rows_hash"]],
        [_("Code version"), found["code_version"]],
    ]
    rows += [[name, digest] for name, digest in found["model_hashes"].items()]
    rows += [
        [_("Seed: {name}").format(name=n), str(s)] for n, s in found["seeds"].items()
    ]
    rows += [[name, number] for name, number in found["versions"].items()]
    return rows
