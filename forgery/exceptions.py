"""What this app refuses, each class for one meaning; the text is for the user.

A refusal of rights or of reservations subclasses ``PermissionDenied``, so pages
and API answer 403 without a handler; wrong input subclasses ``ValueError``.
"""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied


class AlreadyReserved(PermissionDenied):
    """A cluster is wanted for one role but is set aside for another."""


class TrainedOn(PermissionDenied):
    """A model would score an image whose cluster it has seen in training."""


class PoolFixed(PermissionDenied):
    """A pool's selection would change although models or studies rest on it."""


class BlindedReader(PermissionDenied):
    """A reader of an open study asks for pages that could tell the truth."""


class WrongInput(ValueError):  # noqa: N818 - named as the glossary would
    """An option, row or file that cannot be used; the text says what to do."""


class NothingImported(WrongInput):
    """An import in which every row or file had a problem."""

    def __init__(self, text: str, problems: Sequence[object]) -> None:
        super().__init__(text)
        self.problems = problems


class JobBusy(WrongInput):
    """The same work is already running elsewhere."""


class JobCancelled(Exception):  # noqa: N818 - an event, not an error
    """Somebody asked the job to stop; its checkpoint is kept."""


SENTENCES = (PermissionDenied, ValueError, OSError)
"""Errors whose text is one clear sentence, fit to show as it is."""
