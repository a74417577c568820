"""What the room's page is made of besides words: its tools, keys and modules."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils.translation import get_language

from observers.models import Session
from observers.views.room_words import room_words
from observers.visibility import room_payload

FOLDER = "observers"
OTHER_PAGES = {"conditions.js", "home_outbox.js"}
"""Modules of that folder which the room does not load."""

TOOLS = (
    # name, icon, key, what the protocol must allow, whether it stays on
    ("fit", "fit", "f", "zoom", False),
    ("exact", "exact", "x", "zoom", False),
    ("out", "minus", "-", "zoom", False),
    ("in", "plus", "+", "zoom", False),
    ("lens", "zoom", "l", "magnifier", True),
    ("green", "green", "g", "red-free", True),
    ("invert", "invert", "i", "invert", True),
    ("adjust", "settings", "b c y", "adjust", True),
    ("reset", "reset", "r", None, False),
)
SCALE_KEYS = {
    "slider": (
        ("help_tens", "0-9"),
        ("help_fine", "← →"),
        ("help_ends", "Home End"),
    ),
    "ordinal": (("help_levels", "1-{n}"), ("help_fine_levels", "← →")),
    "binary": (
        ("help_decision", "← →"),
        ("help_sure", "0-9"),
        ("help_sure_fine", "↑ ↓"),
    ),
}
TOOL_KEYS = (
    ("help_zoom", "+ -", "zoom"),
    ("help_fit", "F X", "zoom"),
    ("help_pan", "W A S D", "zoom"),
    ("help_lens", "L", "magnifier"),
    ("help_green", "G", "red-free"),
    ("help_invert", "I", "invert"),
    ("help_adjust", "B C Y", "adjust"),
)


def room_page(session: Session) -> dict[str, Any]:
    """Return what the template of the room is filled with."""
    room = room_payload(session)
    words = room_words(session)
    w = words[get_language() or "en"]
    return {
        "room": room,
        "at": addresses(session),
        "words": words,
        "w": w,
        "modules": modules(),
        "tools": tools(room, w),
        "levels": [named(w, f"level{i}") for i in range(len(room["scale"]["labels"]))],
        "reasons": [
            {**named(w, f"reason{i}"), "value": reason}
            for i, reason in enumerate(room["cannot_rate"])
        ],
        "keys": {"rating": rating_keys(room, w), "viewing": viewing_keys(room, w)},
    }


def addresses(session: Session) -> dict[str, str]:
    """Name where the page asks, and where it leads."""
    return {
        "api": reverse("observers:api-state", args=[session.token]),
        "finished": reverse("observers:finished", args=[session.token]),
        "leave": reverse("observers:home"),
        "room": reverse("observers:room", args=[session.token]),
    }


def named(words: dict[str, str], key: str) -> dict[str, str]:
    """Return a word beside the key under which the page finds it again."""
    return {"key": key, "word": words[key]}


def tools(room: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    """List the viewing tools that the protocol allows, in their order."""
    return [
        {"name": name, "icon": icon, "key": key, "word": words[name], "toggles": stays}
        for name, icon, key, right, stays in TOOLS
        if right is None or right in room["tools"]
    ]


def rating_keys(room: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    """List the keys that rate and go on."""
    scale, marks = room["scale"], room["marks"]
    found = [
        (name, keys.format(n=len(scale["labels"])))
        for name, keys in SCALE_KEYS[scale["kind"]]
    ]
    optional = (
        ("help_enter", "Enter", True),
        ("help_cannot", "N", room["cannot_rate"]),
        ("help_point", "T", marks in {"point", "both"}),
        ("help_ellipse", "E", marks in {"ellipse", "both"}),
        ("help_delete", "Delete", marks != "none"),
        ("help_undo", "U", room["undo_seconds"]),
        ("help_review", "V", room["can_review"]),
        ("help_pause", "P", True),
        ("help_this", "?", True),
    )
    found += [(name, keys) for name, keys, is_there in optional if is_there]
    return [entry(name, keys, words) for name, keys in found]


def viewing_keys(room: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    """List the keys of the allowed viewing tools."""
    found = [(name, keys) for name, keys, right in TOOL_KEYS if right in room["tools"]]
    return [entry(name, keys, words) for name, keys in [*found, ("help_reset", "R")]]


def entry(name: str, keys: str, words: dict[str, str]) -> dict[str, Any]:
    """Return one line of the help."""
    return {"name": name, "keys": keys.split(), "word": words[name]}


@cache
def modules() -> list[str]:
    """List the room's modules, so that the browser fetches them side by side."""
    found = finders.find(f"{FOLDER}/reading_room.js")
    folder = Path(str(found)).parent
    return sorted(
        f"{FOLDER}/{path.name}"
        for path in folder.glob("*.js")
        if path.name not in OTHER_PAGES
    )
