"""Who may open what: one line an address, for the study that is being read (open).

``own`` stands for the roles in the study whose objects the address names. An address
that this table lacks fails the test: add it on purpose.
"""

ANONYMOUS = "anonymous"
SOMEBODY = "somebody"  # logged in, no part in anything
READER = "reader"  # whose session it is
COLLEAGUE = "colleague"  # another reader of the same study
OTHER_READER = "other reader"  # reads in another open study
COORDINATOR = "coordinator"
OTHER_COORDINATOR = "other coordinator"
ANALYST = "analyst"
OTHER_ANALYST = "other analyst"

ROLES = (
    ANONYMOUS,
    SOMEBODY,
    READER,
    COLLEAGUE,
    OTHER_READER,
    COORDINATOR,
    OTHER_COORDINATOR,
    ANALYST,
    OTHER_ANALYST,
)
EVERYONE = frozenset(ROLES)
SIGNED_IN = EVERYONE - {ANONYMOUS}
NOBODY: frozenset[str] = frozenset()
MAKERS = frozenset({COORDINATOR, OTHER_COORDINATOR})  # rights of the whole site
DESKS = frozenset({COORDINATOR, OTHER_COORDINATOR, ANALYST, OTHER_ANALYST})
OWN = frozenset({COORDINATOR})
OWN_TEAM = frozenset({COORDINATOR, ANALYST})
THE_READER = frozenset({READER})
READERS = frozenset({READER, COLLEAGUE})

HOUSE = {
    "login": EVERYONE,
    "logout": EVERYONE,
    "set_language": EVERYONE,
    "live": EVERYONE,
    "ready": EVERYONE,
    "account_login": EVERYONE,
    "mfa_authenticate": EVERYONE,
    "mfa_login_webauthn": EVERYONE,
} | dict.fromkeys(
    (
        "mfa_index",
        "account_password",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_activate_totp",
        "mfa_generate_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
    ),
    SIGNED_IN,
)
HOUSE |= {
    "mfa_remove_webauthn": NOBODY,  # the key is another person's
    "mfa_deactivate_totp": NOBODY,  # nobody here has an app
    "mfa_view_recovery_codes": NOBODY,
}
FORGERY = dict.fromkeys(
    (
        "forgery:pools",
        "forgery:import",
        "forgery:upload",
        "forgery:problems",
        "forgery:problems-csv",
        "forgery:pool",
        "forgery:images",
        "forgery:duplicates",
        "forgery:bounds",
        "forgery:origin",
        "forgery:reserve",
        "forgery:table1",
        "forgery:sheet",
        "forgery:thumbnail",
        "forgery:image",
        "forgery:view",
        "forgery:manipulators",
        "forgery:compare",
        "forgery:job-sheet",
        "forgery:train",
        "forgery:prepare",
        "forgery:manipulator",
        "forgery:manipulate",
        "forgery:quality",
        "forgery:manipulation",
        "forgery:side",
        "forgery:jobs",
        "forgery:tray",
        "forgery:job",
        "forgery:job-state",
        "forgery:cancel",
        "forgery:retry",
    ),
    MAKERS,
)
DETECTOR = {
    "detector:models": MAKERS,
    "detector:compare": MAKERS,
    "detector:train": MAKERS,
    "detector:model": MAKERS,
    "detector:score": MAKERS,
    "detector:scores": MAKERS,
}
OBSERVERS = {
    "observers:join": EVERYONE,
    "observers:invite": NOBODY,
    "observers:send-again": OWN,
    "observers:end-invitation": OWN,
    "observers:home": SIGNED_IN,
    "observers:room": THE_READER,
    "observers:begin": THE_READER,
    "observers:finished": THE_READER,
    "observers:debrief": NOBODY,  # before the lock
    "observers:consent": READERS,
    "observers:withdraw": READERS,
    "observers:conditions": READERS,
    "observers:api-token": SIGNED_IN,
    "observers:api-state": THE_READER,
    "observers:api-undo": THE_READER,
    "observers:api-finish": THE_READER,
    "observers:api-image": THE_READER,
    "observers:api-rating": THE_READER,
    "observers:api-review": NOBODY,  # this protocol allows undo only
    "observers:create": MAKERS,
    "observers:study": OWN_TEAM,
    "observers:setup": NOBODY,  # open: no longer a draft
    "observers:hint": NOBODY,
    "observers:copy": OWN,
    "observers:amend": OWN,
    "observers:preview": OWN,
    "observers:preview-state": OWN,
    "observers:preview-image": OWN,
    "observers:preview-rating": OWN,
    "observers:preview-finish": OWN,
    "observers:protocol": OWN_TEAM,
    "observers:move": OWN,
    "observers:readers": OWN,
    "observers:reader": OWN,
    "observers:readers-csv": OWN,
    "observers:due": OWN,
    "observers:remind": OWN,
    "observers:exclude": OWN,
    "observers:replace": OWN,
    "observers:invite-many": NOBODY,
    "observers:enrol": NOBODY,
    "observers:remove-reader": NOBODY,
    "observers:break-glass": NOBODY,  # superusers alone
    "observers:give-role": OWN,
    "observers:trail": OWN,
    "observers:check": DESKS,
    "observers:check-result": OWN,  # whose check it is
    "observers:check-part": OWN,
}
API = dict.fromkeys(
    (
        "api:pools",
        "api:pool",
        "api:upload",
        "api:folders",
        "api:images",
        "api:image",
        "api:problems",
        "api:leave-out",
        "api:reservations",
        "api:bounds",
        "api:duplicates",
        "api:train-manipulator",
        "api:manipulator",
        "api:quality",
        "api:manipulate",
        "api:side",
        "api:train-detector",
        "api:detector",
        "api:score",
        "api:jobs",
        "api:job",
        "api:retry",
        "api:job-sheet",
    ),
    MAKERS,
) | {
    "api:schema": SIGNED_IN,
    "api:docs": SIGNED_IN,
    "api:checks": DESKS,
    "api:check": OWN,  # whose check it is
    "api:check-file": OWN,
    "api:studies": SIGNED_IN,  # each sees those with a role of theirs
    "api:study": OWN_TEAM,
    "api:checklist": NOBODY,  # open: no longer a draft
    "api:hint": NOBODY,
    "api:copy": OWN,
    "api:state": OWN,
    "api:freeze": NOBODY,  # frozen already
    "api:amendments": OWN_TEAM,
    "api:roles": OWN_TEAM,
    "api:simulation": OWN,
    "api:events": OWN,
    "api:readers": OWN_TEAM,
    "api:invitations": OWN,
    "api:conduct": OWN,
    "api:due": OWN,
    "api:reminders": OWN,
    "api:reader": NOBODY,  # removed from drafts alone
    "api:invitation": OWN,
    "api:exclusion": OWN,
    "api:replacement": OWN,
}
RESULTS = {
    "api:runs": OWN_TEAM,
    "api:reports": OWN_TEAM,
    "api:report": OWN_TEAM,
    "api:curves": OWN_TEAM,
    "api:cases": OWN_TEAM,
    "api:file": OWN_TEAM,
    "api:case-picture": OWN_TEAM,
    "observers:results": OWN_TEAM,
    "observers:conduct": OWN_TEAM,
    "observers:report": OWN_TEAM,
    "observers:cases": OWN_TEAM,
    "observers:case": OWN_TEAM,
    "observers:case-picture": OWN_TEAM,
    "observers:result-file": OWN_TEAM,
    "observers:make-report": OWN_TEAM,
    "observers:report-state": OWN_TEAM,
}
"""Once the study is locked; before that, nobody's."""
TABLE = HOUSE | FORGERY | DETECTOR | OBSERVERS | API | dict.fromkeys(RESULTS, NOBODY)
WRITES = {
    "api:pools": MAKERS,
    "api:pool": MAKERS,
    "api:problems": MAKERS,
    "api:reservations": MAKERS,
    "api:bounds": NOBODY,  # a study took cases from the pool: fixed
    "api:manipulate": MAKERS,
    "api:train-manipulator": MAKERS,
    "api:train-detector": MAKERS,
    "api:score": MAKERS,
    "api:checks": DESKS,
    "api:studies": MAKERS,
    "api:study": NOBODY,  # open: no longer a draft
    "api:amendments": OWN,
    "api:roles": OWN,
    "api:readers": NOBODY,
    "api:invitations": NOBODY,
    "api:job": MAKERS,
}
"""Who may change what, where an address is also read."""
