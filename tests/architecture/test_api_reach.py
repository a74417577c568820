"""What a page can do, a script can: each page is named with its address in the API.

A new page without a line here fails: give it an address in the API, or say why none.
"""

from django.conf import settings
from django.urls import get_resolver

from tests.architecture.test_access import addresses

READERS = "a reader reads in the room, and nowhere else"
ROOM = "the room's own: its page alone speaks to it"
LOOK = "a picture of what the API gives as data"
REACHED = {
    "forgery:pools": "api:pools",
    "forgery:import": "api:pools",
    "forgery:upload": "api:upload",
    "forgery:thumbnail": "api:image",
    "forgery:image": "api:images",
    "forgery:view": "api:image",
    "forgery:manipulators": "api:train-manipulator",
    "forgery:train": "api:train-manipulator",
    "forgery:prepare": "api:train-manipulator",
    "forgery:manipulator": "api:manipulator",
    "forgery:manipulate": "api:manipulate",
    "forgery:quality": "api:quality",
    "forgery:manipulation": "api:manipulate",
    "forgery:side": "api:side",
    "forgery:jobs": "api:jobs",
    "forgery:tray": "api:jobs",
    "forgery:job": "api:job",
    "forgery:job-state": "api:job",
    "forgery:job-sheet": "api:job-sheet",
    "forgery:cancel": "api:job",
    "forgery:retry": "api:retry",
    "forgery:pool": "api:pool",
    "forgery:images": "api:images",
    "forgery:duplicates": "api:duplicates",
    "forgery:bounds": "api:bounds",
    "forgery:origin": "api:pool",
    "forgery:problems": "api:problems",
    "forgery:problems-csv": "api:problems",
    "forgery:reserve": "api:reservations",
    "forgery:table1": "api:pool",
    "detector:models": "api:train-detector",
    "detector:train": "api:train-detector",
    "detector:model": "api:detector",
    "detector:score": "api:score",
    "detector:scores": "api:score",
    "observers:home": "api:studies",
    "observers:create": "api:studies",
    "observers:study": "api:study",
    "observers:setup": "api:study",
    "observers:protocol": "api:amendments",
    "observers:hint": "api:hint",
    "observers:amend": "api:amendments",
    "observers:copy": "api:copy",
    "observers:move": "api:state",
    "observers:readers": "api:conduct",
    "observers:reader": "api:conduct",
    "observers:readers-csv": "api:conduct",
    "observers:due": "api:due",
    "observers:remind": "api:reminders",
    "observers:invite-many": "api:invitations",
    "observers:invite": "api:invitations",
    "observers:send-again": "api:invitation",
    "observers:end-invitation": "api:invitation",
    "observers:exclude": "api:exclusion",
    "observers:replace": "api:replacement",
    "observers:enrol": "api:readers",
    "observers:remove-reader": "api:reader",
    "observers:trail": "api:events",
    "observers:give-role": "api:roles",
    "observers:check": "api:checks",
    "observers:check-result": "api:check",
    "observers:check-part": "api:check-file",
    "observers:results": "api:curves",
    "observers:conduct": "api:report",
    "observers:report": "api:reports",
    "observers:cases": "api:cases",
    "observers:case": "api:cases",
    "observers:case-picture": "api:case-picture",
    "observers:make-report": "api:runs",
    "observers:report-state": "api:job",
    "observers:result-file": "api:file",
}
PAGES_ALONE = {
    "forgery:compare": LOOK,
    "forgery:sheet": LOOK,
    "detector:compare": LOOK,
    "observers:preview": "a look at the room, for people",
    "observers:break-glass": "a person answers for it with a reason, on a page",
    "observers:join": READERS,
    "observers:room": READERS,
    "observers:begin": READERS,
    "observers:finished": READERS,
    "observers:debrief": READERS,
    "observers:consent": READERS,
    "observers:withdraw": READERS,
    "observers:conditions": READERS,
} | {
    f"observers:{name}": ROOM
    for name in (
        "preview-state",
        "preview-image",
        "preview-rating",
        "preview-finish",
        "api-token",
        "api-state",
        "api-undo",
        "api-finish",
        "api-image",
        "api-rating",
        "api-review",
    )
}
APPS = ("forgery:", "detector:", "observers:")
ALL = {one.name for one in addresses(get_resolver(settings.ROOT_URLCONF).url_patterns)}


def test_each_page_is_within_a_scripts_reach_or_says_why_not():
    pages = {name for name in ALL if name.startswith(APPS)}

    assert set(REACHED) | set(PAGES_ALONE) == pages
    assert not set(REACHED) & set(PAGES_ALONE)


def test_each_address_so_named_is_there_and_none_is_for_nothing():
    api = {name for name in ALL if name.startswith("api:")}
    beside = {"api:docs", "api:schema", "api:folders", "api:checklist"}
    beside |= {"api:leave-out"}  # ticked on the page of rows to mend
    beside |= {"api:freeze", "api:simulation"}  # commands and steps of a page

    assert set(REACHED.values()) - api == set()
    assert api - set(REACHED.values()) == beside
