"""The steps of setting a study up; the rules themselves are in the protocol.

Each step decides some entries of the protocol document and leaves the others as they
are, so that a draft is whole after every step.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detector.selectors import detector_names
from detector.services.shipped import NAME
from forgery.imaging import domain
from forgery.models import Pool
from observers.forms.reading import MARKS, SCALES, VIEWS, reminder_field, scale_document
from observers.forms.reading import scale_kind as kind_of
from observers.models import Study
from observers.models.analysis_plan import MAX_MARGIN
from observers.models.protocol import (
    LATIN_SQUARE,
    MATCHED,
    NO_REVIEW,
    REVIEW,
    SAME_ORDER,
    UNEQUAL,
)
from observers.models.protocol_checks import MAX_PRACTICE
from observers.models.protocol_parts import TOOLS
from observers.services import practice

Text = str | Promise
SET_ORDERS = ((LATIN_SQUARE, _("Latin square")), (SAME_ORDER, _("the same for all")))
FILTERS = (
    (MATCHED, _("the same for both classes")),
    (UNEQUAL, _("unequal, as in the paper (betrays the class)")),
)
REVIEWS = (
    (NO_REVIEW, _("no: forward only")),
    (REVIEW, _("yes, until the set is finished")),
)
CLAIMS = (
    ("superiority", _("superiority")),
    ("non-inferiority", _("non-inferiority")),
    ("equivalence", _("equivalence")),
)
TOOL_NAMES: dict[str, Text] = {
    "zoom": _("zoom"),
    "magnifier": _("magnifier"),
    "adjust": _("brightness, contrast, gamma"),
    "red-free": _("red-free"),
    "invert": _("invert"),
}


class StepForm(forms.Form):
    """One step: the entries of the protocol that it decides."""

    entries: ClassVar[tuple[str, ...]] = ()
    """Names of fields that are entries of the protocol as they are."""

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        rules = study.rules
        held = {name: getattr(rules, name) for name in self.entries}
        kwargs["initial"] = held | self.held(study) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.study = study
        self.offer()

    @classmethod
    def held(cls, study: Study) -> dict[str, Any]:  # noqa: ARG003 - for steps to fill
        """Return what the study holds beside plain entries."""
        return {}

    def offer(self) -> None:
        """Fill in the choices that depend on the study."""

    def document(self) -> dict[str, Any]:
        """Return the protocol's entries that the step decides."""
        return {name: self.cleaned_data[name] for name in self.entries}


def several(**kwargs: Any) -> forms.MultipleChoiceField:
    """Make a field of boxes to tick."""
    return forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, **kwargs)


class CasesForm(StepForm):
    """What is read: title, pool, lesions, manipulators, counts, seed."""

    entries = ("lesions", "n_original", "n_manipulated", "manipulators", "seed")
    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("As readers and reports show it.")
    )
    pool = forms.ModelChoiceField(
        label=_("Pool"),
        queryset=Pool.objects.all(),
        to_field_name="name",
        help_text=_("Cases are drawn from its patients kept for readers."),
    )
    lesions = several(label=_("Lesions, one set each"))
    n_original = forms.IntegerField(
        label=_("Original cases per set"), min_value=1, max_value=5000
    )
    n_manipulated = forms.IntegerField(
        label=_("Manipulated cases per set"), min_value=1, max_value=5000
    )
    manipulators = several(
        label=_("Manipulators"),
        required=False,
        help_text=_("None ticked takes the newest that fits each patient."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        help_text=_("Draws the cases and every order; the same seed, the same draw."),
    )
    clusters = forms.CharField(
        label=_("Clusters"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Draw from these alone, one name a line; empty takes all."),
    )

    @classmethod
    def held(cls, study: Study) -> dict[str, Any]:
        """Return title, pool and named clusters."""
        return {
            "title": study.title,
            "pool": study.pool.name,
            "clusters": "\n".join(study.rules.clusters),
        }

    def offer(self) -> None:
        """Offer the subject's lesions, and the manipulators that made images."""
        subject = domain.get(self.study.pool.domain)
        made = self.study.pool.manipulators.filter(manipulations__isnull=False)
        names = made.order_by("name").values_list("name", flat=True).distinct()
        wanted = dict.fromkeys([*names, *self.study.rules.manipulators])
        choices: dict[str, list[tuple[str, Text]]] = {
            "lesions": [(one.key, gettext(one.name)) for one in subject.lesions],
            "manipulators": [(name, name) for name in wanted],
        }
        for name, options in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = options

    def document(self) -> dict[str, Any]:
        """Return the entries; another pool has other manipulators and clusters."""
        found = super().document()
        lines = self.cleaned_data["clusters"].splitlines()
        found["clusters"] = [line.strip() for line in lines if line.strip()]
        if self.cleaned_data["pool"] != self.study.pool:
            found |= {"manipulators": [], "clusters": []}
        return found


class ReadersForm(StepForm):
    """Who reads, in which order; the groups are a formset beside."""

    entries = (
        "set_order",
        "rounds",
        "washout_days",
        "practice",
        "conditions_check",
        "reminder_days",
    )
    set_order = forms.ChoiceField(
        label=_("Order of the sets"),
        choices=SET_ORDERS,
        help_text=_(
            "Latin square: over all readers, each set comes first, second and so on "
            "about equally often, so that neither practice nor tiredness favours one."
        ),
    )
    rounds = forms.IntegerField(
        label=_("Readings of each set"), min_value=1, max_value=3
    )
    washout_days = forms.IntegerField(
        label=_("Days between two readings of a set"), min_value=0, max_value=3650
    )
    practice = forms.IntegerField(
        label=_("Practice cases"), min_value=0, max_value=MAX_PRACTICE
    )
    conditions_check = forms.BooleanField(
        label=_("Check each reader's screen first"), required=False
    )
    reminder_days = reminder_field()

    def offer(self) -> None:
        """Say how many practice cases the pool can give."""
        kept = practice.kept(self.study.pool, self.study.rules)
        text = gettext(
            "Truth is told after each; 0 for none. The import keeps patients of each "
            "lesion for practice: {patients} here, {forged} of them with a manipulated "
            "image, which is enough for {n} cases."
        )
        self.fields["practice"].help_text = text.format(
            patients=kept.patients, forged=kept.forged, n=kept.cases
        )


class RoomForm(StepForm):
    """What the reading room looks like and allows."""

    entries = (
        "question",
        "marks",
        "tools",
        "view",
        "undo_seconds",
        "review",
        "tell_prevalence",
        "filters",
    )
    question = forms.CharField(label=_("Question to the reader"), max_length=200)
    scale_kind = forms.ChoiceField(label=_("Rating scale"), choices=SCALES)
    marks = forms.ChoiceField(label=_("Regions that a reader may mark"), choices=MARKS)
    tools = several(
        label=_("Tools of the viewer"),
        required=False,
        choices=[(name, TOOL_NAMES[name]) for name in TOOLS],
    )
    view = forms.ChoiceField(label=_("From case to case"), choices=VIEWS)
    undo_seconds = forms.IntegerField(
        label=_("Seconds to take the last rating back"), min_value=0, max_value=3600
    )
    review = forms.ChoiceField(
        label=_("Earlier cases may be reviewed"), choices=REVIEWS
    )
    tell_prevalence = forms.BooleanField(
        label=_("Tell readers how many cases are manipulated"), required=False
    )
    filters = forms.ChoiceField(
        label=_("Filters"),
        choices=FILTERS,
        help_text=_("Matched filters are what makes a study blind."),
    )

    @classmethod
    def held(cls, study: Study) -> dict[str, Any]:
        """Return the kind of scale."""
        return {"scale_kind": kind_of(study.rules)}

    def document(self) -> dict[str, Any]:
        """Return the entries; a scale that stays keeps its labels."""
        kind = self.cleaned_data["scale_kind"]
        if kind == kind_of(self.study.rules):
            return super().document()
        return super().document() | {"scale": scale_document(kind)}


class PlanForm(StepForm):
    """What is tested, fixed before anybody sees a result."""

    hypothesis = forms.ChoiceField(
        label=_("Claim about the detector"),
        choices=CLAIMS,
        help_text=_(
            "Superiority: its AUC is above the readers' by more than the margin. "
            "Non-inferiority: not below it by as much. Equivalence: neither above nor "
            "below by as much."
        ),
    )
    margin = forms.FloatField(
        label=_("Margin of the claim, in AUC"),
        min_value=0,
        max_value=MAX_MARGIN,
        help_text=_("Fixed with the protocol, before anybody sees a result."),
    )
    detector = forms.ChoiceField(
        label=_("Detector"),
        required=False,
        help_text=_("Named beforehand, its comparison is pre-registered."),
    )

    @classmethod
    def held(cls, study: Study) -> dict[str, Any]:
        """Return the plan."""
        plan = study.rules.analysis
        names = ("hypothesis", "margin", "detector")
        return {name: getattr(plan, name) for name in names}

    def offer(self) -> None:
        """Offer the detectors that were trained, and the one that the program ships."""
        held = self.study.rules.analysis.detector
        field = self.fields["detector"]
        if isinstance(field, forms.ChoiceField):
            names = dict.fromkeys([*detector_names(), NAME, held])
            comes = gettext("{name} (comes with the program)").format(name=NAME)
            field.choices = [
                ("", _("none named beforehand")),
                *((name, comes if name == NAME else name) for name in names if name),
            ]

    def document(self) -> dict[str, Any]:
        """Return the plan, what the step does not ask kept."""
        kept = self.study.protocol.get("analysis", {})
        names = ("hypothesis", "margin", "detector")
        return {"analysis": kept | {name: self.cleaned_data[name] for name in names}}
