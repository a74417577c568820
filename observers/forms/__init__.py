"""Forms of the coordinator's desk; the rules themselves are in the protocol."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from detector.models import DetectorModel
from forgery.imaging import domain
from forgery.models import Pool
from observers.analysis.covariance import METHODS
from observers.exceptions import WrongProtocol
from observers.forms.reading import ReadingForm
from observers.models import Study
from observers.models.analysis_plan import MAX_MARGIN, AnalysisPlan
from observers.models.protocol import (
    LATIN_SQUARE,
    MATCHED,
    NO_REVIEW,
    PAPER_GROUPS,
    REVIEW,
    SAME_ORDER,
    UNEQUAL,
    Protocol,
)
from observers.services.protocol import default_protocol

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
SCALARS = (
    "n_original",
    "n_manipulated",
    "question",
    "set_order",
    "tell_prevalence",
    "filters",
    "undo_seconds",
    "review",
    "seed",
)


class ProtocolForm(ReadingForm):
    """A study's title and protocol, with the paper's values as defaults."""

    field_order: tuple[str, ...] = ("title", "n_original", "n_manipulated", "question")
    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("As readers and reports show it.")
    )
    n_original = forms.IntegerField(
        label=_("Original cases per set"), min_value=1, max_value=5000, initial=45
    )
    n_manipulated = forms.IntegerField(
        label=_("Manipulated cases per set"), min_value=1, max_value=5000, initial=5
    )
    question = forms.CharField(
        label=_("Question to the reader"),
        max_length=200,
        initial=domain.FUNDUS.question,
    )
    set_order = forms.ChoiceField(label=_("Order of the sets"), choices=SET_ORDERS)
    tell_prevalence = forms.BooleanField(
        label=_("Tell readers how many cases are manipulated"), required=False
    )
    filters = forms.ChoiceField(
        label=_("Filters"),
        choices=FILTERS,
        help_text=_("Matched filters are what makes a study blind."),
    )
    undo_seconds = forms.IntegerField(
        label=_("Seconds to take the last rating back"),
        min_value=0,
        max_value=3600,
        initial=10,
    )
    review = forms.ChoiceField(
        label=_("Earlier cases may be reviewed"), choices=REVIEWS
    )
    hypothesis = forms.ChoiceField(
        label=_("Claim about the detector"), choices=CLAIMS, required=False
    )
    margin = forms.FloatField(
        label=_("Margin of the claim, in AUC"),
        min_value=0,
        max_value=MAX_MARGIN,
        initial=AnalysisPlan.margin,
        required=False,
        help_text=_("Fixed with the protocol, before anybody sees a result."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        initial=1,
        help_text=_("Draws the cases and every order; the same seed, the same draw."),
    )
    clusters = forms.CharField(
        label=_("Clusters"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Draw from these alone, one name a line; empty takes all."),
    )

    def document(self) -> dict[str, Any]:
        """Return the protocol's entries that the form decides."""
        lines = self.cleaned_data["clusters"].splitlines()
        clusters = [line.strip() for line in lines if line.strip()]
        plan = {name: self.cleaned_data[name] for name in ("hypothesis", "margin")}
        return (
            {name: self.cleaned_data[name] for name in SCALARS}
            | self.reading_document()
            | {
                "clusters": clusters,
                "analysis": {k: v for k, v in plan.items() if v not in (None, "")},
            }
        )


class NewStudyForm(ProtocolForm):
    """The same with the name and the pool, which never change afterwards."""

    name = forms.SlugField(
        label=_("Name"),
        max_length=60,
        help_text=_("Short, for addresses and files: letters, digits, hyphens."),
    )
    pool = forms.ModelChoiceField(
        label=_("Pool"),
        queryset=Pool.objects.all(),
        to_field_name="name",
        help_text=_("Cases are drawn from its clusters set aside for OPT sets."),
    )
    field_order = ("name", "title", "pool", "n_original", "n_manipulated", "question")

    def clean_name(self) -> str:
        """Refuse a name that is taken or is not in lower case."""
        name: str = self.cleaned_data["name"].lower()
        if slugify(name) != name:
            raise forms.ValidationError(_("Use letters, digits and hyphens."))
        if Study.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is a study of this name already."))
        return name


class GroupForm(forms.Form):
    """One group of readers; an empty name leaves it out."""

    name = forms.CharField(label=_("Group"), max_length=100, required=False)
    n_readers = forms.IntegerField(
        label=_("Readers planned"), min_value=0, max_value=500, initial=0
    )
    min_years = forms.FloatField(
        label=_("Least years of experience"), min_value=0, max_value=80, initial=0
    )
    key = forms.SlugField(widget=forms.HiddenInput, required=False)

    def entry(self) -> dict[str, Any] | None:
        """Return the group as the protocol has it."""
        data = self.cleaned_data
        if not data.get("name"):
            return None
        return {
            "key": data.get("key") or slugify(data["name"])[:40] or "group",
            "name": data["name"],
            "n_readers": data["n_readers"],
            "min_years": data["min_years"],
        }


GroupFormSet = forms.formset_factory(GroupForm, extra=1, max_num=8)


def group_rows(protocol: Protocol | None = None) -> list[dict[str, Any]]:
    """Fill in the rows of the groups: the protocol's, else the paper's."""
    groups = protocol.groups if protocol else PAPER_GROUPS
    return [
        {
            "key": group.key,
            "name": group.name,
            "n_readers": group.n_readers,
            "min_years": group.min_years,
        }
        for group in groups
    ]


def protocol_of(
    form: ProtocolForm, groups: Any, pool: Pool, base: dict[str, Any]
) -> Protocol | None:
    """Build the protocol from valid forms; what it refuses becomes a form error."""
    entries = [entry for entry in (g.entry() for g in groups) if entry]
    document = {**base, **form.document(), "groups": entries}
    document["analysis"] = {**base.get("analysis", {}), **document["analysis"]}
    try:
        return default_protocol(pool, document)
    except WrongProtocol as fault:
        form.add_error(None, str(fault))
        return None


class ReaderForm(forms.Form):
    """A reader to enrol: an existing account, or a new one with a password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("Of an existing account; an unknown name makes a new one."),
    )
    email = forms.EmailField(label=_("E-mail of a new account"), required=False)
    group = forms.ChoiceField(label=_("Group"))
    years = forms.DecimalField(
        label=_("Years of experience"),
        min_value=0,
        max_value=80,
        max_digits=4,
        decimal_places=1,
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["group"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(group.key, group.name) for group in study.rules.groups]


class InvitationForm(ReaderForm):
    """A reader to invite by e-mail."""

    email = forms.EmailField(label=_("E-mail"), max_length=150)
    field_order = ("email", "group", "years")

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, study=study, **kwargs)
        del self.fields["username"]


class RoleForm(forms.Form):
    """Somebody who is to coordinate or analyse the study."""

    username = forms.CharField(label=_("User name"), max_length=150)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=(("analyst", _("analyst")), ("coordinator", _("coordinator"))),
    )


class RunForm(forms.Form):
    """How an analysis run differs from the one that the protocol fixed."""

    detector = forms.ChoiceField(label=_("Detector"), required=False)
    covariance = forms.ChoiceField(label=_("Covariance"), required=False)
    left_out = forms.MultipleChoiceField(
        label=_("Leave out (a sensitivity analysis)"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trained = DetectorModel.objects.filter(pool=study.pool).order_by("-created_at")
        names = dict.fromkeys(trained.values_list("name", flat=True))
        plan = study.rules.analysis
        readers = study.enrolments.values_list("pseudonym", flat=True)
        choices: dict[str, list[tuple[str, Any]]] = {
            "detector": [*((name, name) for name in names), ("", _("none"))],
            "covariance": [
                (name, _("{name} (protocol)").format(name=name))
                if name == plan.covariance
                else (name, name)
                for name in METHODS
            ],
            "left_out": [(name, name) for name in readers],
        }
        for name, options in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = options
        self.initial.setdefault("covariance", plan.covariance)
        self.initial.setdefault("detector", plan.detector or next(iter(names), ""))
