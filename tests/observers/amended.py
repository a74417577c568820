"""Amending a protocol as a browser does, or as a service is asked to."""

from django.urls import reverse

from observers.services import amending
from tests import factories

REASON = "The ethics board asked for the telephone number."


def opened(owner):
    """Open a small study whose consent is one sentence."""
    consent = "I agree to read."
    return factories.open_study(
        owner=owner, protocol=factories.tiny_protocol(consent=consent)
    )


def at(name, study):
    return reverse(f"observers:{name}", args=[study.name])


def filled(client, study):
    """Fill the form as a browser does, and do not send it yet."""
    form = client.get(at("amend", study)).context["form"]
    held = {
        name: form.get_initial_for_field(f, name) for name, f in form.fields.items()
    }
    return {k: v for k, v in held.items() if v is not None and v is not False}


def amend(study, user, **entries):
    """Amend from the version that holds."""
    return amending.amend(
        study=study,
        user=user,
        reason=REASON,
        entries=entries,
        begun_from=study.version,
    )
