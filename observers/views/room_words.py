"""The reading room's words, in every language of the site at once.

The page carries them all, so that switching the language asks the server for
nothing and loses nothing, also without a network. A new language needs its
catalogue and no change here.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from observers.models import Session
from observers.visibility import room_payload

WORDS = {
    "site": _("Fundus Study"),
    # The bar
    "leave": _("Leave; your ratings are kept"),
    "cases_rated": _("Cases rated"),
    "simulated": _("simulated readers"),
    "practice": _("practice"),
    "place": _("case {n} of {total}"),
    "place_practice": _("practice case {n} of {total}"),
    "loading": _("Loading"),
    "saving": _("Saving"),
    "saved": _("Saved"),
    "offline": _("No connection; trying again"),
    "offline_kept": _("No connection; kept here: {n}"),
    "login": _("Logged out"),
    "login_kept": _("Logged out; kept here: {n}"),
    "other": _("Another login"),
    "other_kept": _("Another login; kept here: {n}"),
    "relogin": _("Log in"),
    "pause": _("Pause"),
    "resume": _("Go on"),
    "help": _("Help"),
    "language": _("Language"),
    "review": _("Earlier cases"),
    # The panel
    "panel": _("Your rating"),
    "none": _("no rating yet"),
    "cannot": _("Cannot rate?"),
    "can": _("I can rate it"),
    "original": _("Original"),
    "manipulated": _("Manipulated"),
    "confidence": _("How sure are you?"),
    "unsure": _("not sure"),
    "sure": _("quite sure"),
    "next": _("Next"),
    "finish": _("Finish this set"),
    "done": _("Every case of this set is rated. Finish the set to hand it in."),
    "undo": _("Undo last rating"),
    "your_answer": _("Your answer: {said}"),
    "act_offline": _("No connection. Nothing was changed; try again in a moment."),
    "not_kept": _("This browser could not keep the rating. Try again."),
    # Marks
    "marks": _("Suspected regions"),
    "mark_point": _("Mark a point"),
    "mark_ellipse": _("Mark a region"),
    "point": _("point"),
    "ellipse": _("region"),
    "mark_confidence": _("confidence, 0 to 100"),
    "marks_open": _("Give each mark its confidence."),
    "marks_hint": _("Arrows move, + - size, [ ] shape, , . turn. Enter sets it."),
    "delete": _("Delete"),
    # Tools
    "tools": _("Viewing tools"),
    "fit": _("Fit"),
    "exact": _("1:1"),
    "in": _("Zoom in"),
    "out": _("Zoom out"),
    "lens": _("Magnifier"),
    "green": _("Red-free"),
    "invert": _("Invert"),
    "adjust": _("Adjust"),
    "brightness": _("Brightness"),
    "contrast": _("Contrast"),
    "gamma": _("Gamma"),
    "reset": _("Reset"),
    # In the place of the image
    "loading_title": _("One moment"),
    "loading_text": _("The image is on its way."),
    "waiting_title": _("Waiting for the connection"),
    "waiting_text": _(
        "Ratings kept on this computer: {n}. They are sent by themselves as soon as "
        "the server answers, also if you close this window and come back in the "
        "same browser."
    ),
    "waiting_image": _(
        "The next image comes as soon as the server answers. Everything you rated "
        "is stored."
    ),
    "login_title": _("You are logged out"),
    "login_text": _(
        "Ratings kept on this computer: {n}. Log in here or in another tab, and you "
        "go on where you are."
    ),
    "other_title": _("Somebody else is logged in"),
    "other_text": _(
        "Ratings kept on this computer for you: {n}. They are sent only under your "
        "own login."
    ),
    "paused_title": _("Paused"),
    "paused_text": _("The image is hidden and the clock stands still."),
    "taken_title": _("This set is open in another window"),
    "taken_text": _(
        "The newest window goes on reading, so that no case is rated twice. Your "
        "ratings are safe."
    ),
    "take_back": _("Go on here instead"),
    "complete_title": _("Every case is rated"),
    "complete_text": _("Finish the set to hand it in."),
    "error_title": _("This set cannot be read now"),
    "error_text": _(
        "The study may have been closed, or an earlier set comes first. Everything "
        "marked as saved is stored."
    ),
    "reload": _("Try again"),
    "home": _("My sets"),
    # Refused ratings
    "refused_title": _("Not taken by the server"),
    "refused_text": _("Everything else is stored. Please read why, then go on."),
    "refused_row": _("{set}, case {n}: {said}"),
    "refused_seen": _("I have seen it"),
    "review_title": _("Look at an earlier case again"),
    "review_text": _("A changed rating is kept beside the earlier one."),
    "review_case": _("case {n}"),
    "close": _("Close"),
    # Help
    "help_title": _("How to read"),
    "go_on": _("Go on reading"),
    "help_tens": _("set the rating in tens"),
    "help_fine": _("fine-tune; with Shift in fives"),
    "help_ends": _("lowest and highest rating"),
    "help_levels": _("choose an answer"),
    "help_fine_levels": _("one answer down or up"),
    "help_decision": _("original or manipulated"),
    "help_sure": _("how sure you are, in tens"),
    "help_sure_fine": _("fine-tune how sure; with Shift in fives"),
    "help_cannot": _("to the reasons why a case cannot be rated"),
    "help_enter": _("save and go on"),
    "help_undo": _("take the last rating back, within {s} seconds"),
    "help_pause": _("pause: hides the image and stops the clock"),
    "help_review": _("earlier cases"),
    "help_this": _("this help"),
    "help_zoom": _("zoom; also wheel or two fingers"),
    "help_fit": _("whole image; one pixel on one pixel"),
    "help_pan": _("move the image; also drag it"),
    "help_lens": _("magnifier at the pointer"),
    "help_green": _("red-free: the green channel alone"),
    "help_invert": _("invert"),
    "help_adjust": _("brightness, contrast, gamma; less with Shift"),
    "help_reset": _("all viewing tools as they were"),
    "help_point": _("mark a point: arrows move it, Enter sets it, Escape leaves"),
    "help_ellipse": _(
        "mark a region: also + - size, [ ] shape, comma and full stop turn"
    ),
    "help_delete": _("delete the mark whose confidence is being set"),
    "shortcuts": _("Single keys do this"),
    "shortcuts_off": _("Switch off if you dictate or touch keys by accident."),
}


def room_words(session: Session) -> dict[str, dict[str, str]]:
    """Return every word of the room by language and key."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            fixed = {key: str(text) for key, text in WORDS.items()}
            found[code] = fixed | words_of(room_payload(session))
    return found


def words_of(room: dict[str, Any]) -> dict[str, str]:
    """Return the words that the protocol chooses, in the active language."""
    scale, total, n = room["scale"], room["total"], room["n_manipulated"]
    chosen = {
        "set_name": room["set_name"],
        "question": gettext(room["question"]),
        "told": room["instructions"] and gettext(room["instructions"]),
        "low": gettext(scale["low"]),
        "middle": gettext(scale["middle"]),
        "high": gettext(scale["high"]),
        "help_intro": gettext(
            "Say how confident you are that the image is manipulated. "
            "There is no hurry."
        ),
        "prevalence": ngettext(
            "{n} of the {total} images of this set is manipulated.",
            "{n} of the {total} images of this set are manipulated.",
            n or 0,
        ).format(n=n, total=total),
    }
    chosen["help_undo"] = str(WORDS["help_undo"]).format(s=room["undo_seconds"])
    chosen |= {f"level{i}": gettext(text) for i, text in enumerate(scale["labels"])}
    chosen |= {
        f"reason{i}": gettext(text) for i, text in enumerate(room["cannot_rate"])
    }
    return chosen
