"""Forms of the coordinator's desk: readers, roles, analysis runs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from detector.services.shipped import NAME
from observers.analysis.covariance import METHODS
from observers.models import Study
from observers.selectors.scores import known_detectors


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


def languages() -> list[tuple[str, str]]:
    """Name each language as its speakers do."""
    codes = [code for code, _name in settings.LANGUAGES]
    return [(code, get_language_info(code)["name_local"]) for code in codes]


class RunForm(forms.Form):
    """How an analysis run differs from the one that the protocol fixed."""

    detector = forms.ChoiceField(label=_("Detector"), required=False)
    covariance = forms.ChoiceField(label=_("Covariance"), required=False)
    left_out = forms.MultipleChoiceField(
        label=_("Leave out (a sensitivity analysis)"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    language = forms.ChoiceField(
        label=_("Language of report and figures"), choices=languages, required=False
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = known_detectors(study)
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
        self.initial.setdefault("language", get_language())
        self.initial.setdefault("covariance", plan.covariance)
        trained = next((name for name in names if name != NAME), "")
        self.initial.setdefault("detector", plan.detector or trained)

    def clean_language(self) -> str:
        """Take the page's language where none is chosen."""
        return self.cleaned_data["language"] or get_language() or ""
