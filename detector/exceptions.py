"""What this app refuses; the text is one sentence for the user."""

from forgery.exceptions import WrongInput


class NothingToTrainOn(WrongInput):
    """The pool lacks images or manipulators that a detector needs."""


class NoSuchDetector(WrongInput):
    """No detector of that name has been trained, and no such bundle file exists."""
