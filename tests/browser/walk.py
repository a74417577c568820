"""A walk through every page that somebody can open, and an eye on each."""

from __future__ import annotations

import re
import time
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from tests.architecture.test_access import ALL
from tests.browser import looks
from tests.browser.furnished import House

SIZES = ((1440, 900), (1024, 768))
AXE_AT = {"en": 1440, "ko": 1024}
"""Each language and each size comes to axe's eyes, which take their time."""
PERSONAL = re.compile(
    r'name="csrfmiddlewaretoken"[^>]*|class="who".*?</a>'
    r'|<div class="qr".*?</svg>|<code class="hash">.*?</code>'
    r'|<script id="passkey-data".*?</script>|secret=[A-Z0-9]+',
    re.DOTALL,
)
"""What differs from one person's page to another's, and is nothing to look at."""
RULES = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
}


def logged_in(user: User | None) -> Client:
    """Log in as somebody who has just given the password."""
    client = Client()
    if user is not None:
        client.force_login(user)
        session = client.session
        session["account_authentication_methods_user"] = str(user.pk)
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time(), "reauthenticated": True}
        ]
        session.save()
    return client


def enter(context: BrowserContext, url: str, client: Client, language: str) -> None:
    """Give the browser a login, and a language."""
    context.clear_cookies()
    kept = {"django_language": language}
    if "sessionid" in client.cookies:
        kept["sessionid"] = client.cookies["sessionid"].value
    context.add_cookies(
        [{"name": name, "value": value, "url": url} for name, value in kept.items()]
    )


def pages_of(house: House, client: Client, seen: set[str]) -> list[tuple[str, str]]:
    """Name each page that opens to somebody and is not like one seen before."""
    asked = [
        (address.name, path)
        for address in ALL
        for path in house.addresses(address.name, address.arguments)
    ]
    asked += [("admin", path) for path in admin_pages()]
    found = []
    for name, path in asked:
        response = client.get(path)
        if is_page(response) and (text := PERSONAL.sub("", response.text)) not in seen:
            seen.add(text)
            found.append((name, path))
    return found


def opens(client: Client, path: str) -> bool:
    """Whether somebody gets at an address: a page, data, or that it wants a POST."""
    response = client.get(path)
    if response.status_code == 302:
        return "/login/?next" not in response.headers["Location"]
    return response.status_code in {200, 405}


def is_page(response: Any) -> bool:
    """Whether an answer is a page to look at: no file, no data, no piece of a page."""
    kind = response.headers.get("Content-Type", "")
    is_html = response.status_code == 200 and kind.startswith("text/html")
    return is_html and "<html" in response.text


def admin_pages() -> list[str]:
    """Return the addresses of Django's admin: its front, and each of its lists."""
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    return [reverse("admin:login"), reverse("admin:index"), *lists]


def faults_of(page: Page, name: str, language: str) -> list[str]:
    """Look at the page that is open, in both sizes; say what is wrong with it."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        where = f"{name} at {width}"
        found += [f"{where}: cut off: {text}" for text in looks.clipped(page)]
        found += [f"{where}: no glyph: {one!r}" for one in looks.missing_glyphs(page)]
        if looks.scrolls_sideways(page):
            found.append(f"{where}: scrolls sideways")
        if width == AXE_AT[language]:
            found += [f"{where}: {fault}" for fault in axe_faults(page)]
    return found


def axe_faults(page: Page) -> list[str]:
    """Return what axe finds wrong, each with the elements concerned."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found
        for node in violation["nodes"]
    ]
