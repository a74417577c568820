"""What a page measures of a screen, and what the reader tells apart on it."""

from __future__ import annotations

from django import forms

GREY_STEPS, DARK_PATCHES = 11, 8
MAX_PIXELS = 100_000


def pixels() -> forms.IntegerField:
    """Make a hidden field that the page measures itself."""
    return forms.IntegerField(
        min_value=1, max_value=MAX_PIXELS, widget=forms.HiddenInput
    )


def ratio() -> forms.DecimalField:
    """Make a hidden field for a ratio."""
    return forms.DecimalField(
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        widget=forms.HiddenInput,
    )


class ConditionsForm(forms.Form):
    """What the page measured and what the reader could tell apart."""

    screen_width = pixels()
    screen_height = pixels()
    window_width = pixels()
    window_height = pixels()
    pixel_ratio = ratio()
    zoom = ratio()
    grey_steps = forms.IntegerField(min_value=0, max_value=GREY_STEPS)
    dark_patches = forms.IntegerField(min_value=0, max_value=DARK_PATCHES)
