"""Who may do what with studies, in sentences and in pairs.

Creating a study needs the permission ``observers.create_study``, and is closed to
readers of studies that are not locked; whoever creates one coordinates it, and may
copy its protocol to a new draft.
Coordinators of a study edit its protocol and enrol readers while it is a draft, and
move it along its states; a superuser stands in for a coordinator. Analysts and
coordinators see results once the study is locked. They may ask a detector about
images of their own, unless they read in a study that is not locked.

A reader sees nothing but the reading room. Nobody is both reader and coordinator
or analyst of one study, and whoever reads in a study that is not yet locked sees
no results of any study: the images may be the same.

A reader may start a session once the consent that the study asks for is given, while
the study is open, the earlier sessions of the order are finished and the washout since
the last reading of the set is over. Who withdraws consent reads no more. The newest
page that a reader opened holds the session: an older one rates nothing new. A reader
may see the image of the case whose turn it is and of the
next ones only; and may rate only the case whose turn it is. A further version of a
rating is possible only for the case that was reopened: by undo (the last rating,
within the protocol's seconds), or by review (any rating until the session is
finished, where the protocol allows it). Practice, where truth is told after each
answer, is neither taken back nor reviewed.
"""

from observers.policies.people import (
    Role,
    State,
    User,
    can,
    check_can_be_reader,
    check_can_take_role,
    has_role,
    has_way_in,
    is_blinded,
    is_reader,
    runs_studies,
)
from observers.policies.reading import (
    can_start,
    check_can_consent,
    check_can_debrief,
    check_can_read,
    check_can_review,
    check_can_see_image,
    check_can_start,
    check_can_undo,
    check_can_withdraw,
    check_consent,
    check_holds,
    check_is_enrolled,
    check_own_session,
    check_study_open,
    has_earlier_unfinished,
    lacks_consent,
    washout_ends,
)
from observers.policies.studies import (
    TRANSITIONS,
    can_amend,
    can_check_images,
    can_coordinate,
    can_copy,
    can_create,
    can_edit,
    can_move,
    can_see_results,
    can_see_study,
    check_can_amend,
    check_can_break_glass,
    check_can_check_images,
    check_can_coordinate,
    check_can_copy,
    check_can_create,
    check_can_edit,
    check_can_move,
    check_can_see_results,
    check_can_see_study,
    check_is_draft,
    check_transition,
    states_diagram,
)

__all__ = [
    "TRANSITIONS",
    "Role",
    "State",
    "User",
    "can",
    "can_amend",
    "can_check_images",
    "can_coordinate",
    "can_copy",
    "can_create",
    "can_edit",
    "can_move",
    "can_see_results",
    "can_see_study",
    "can_start",
    "check_can_amend",
    "check_can_be_reader",
    "check_can_break_glass",
    "check_can_check_images",
    "check_can_consent",
    "check_can_coordinate",
    "check_can_copy",
    "check_can_create",
    "check_can_debrief",
    "check_can_edit",
    "check_can_move",
    "check_can_read",
    "check_can_review",
    "check_can_see_image",
    "check_can_see_results",
    "check_can_see_study",
    "check_can_start",
    "check_can_take_role",
    "check_can_undo",
    "check_can_withdraw",
    "check_consent",
    "check_holds",
    "check_is_draft",
    "check_is_enrolled",
    "check_own_session",
    "check_study_open",
    "check_transition",
    "has_earlier_unfinished",
    "has_role",
    "has_way_in",
    "is_blinded",
    "is_reader",
    "lacks_consent",
    "runs_studies",
    "states_diagram",
    "washout_ends",
]
