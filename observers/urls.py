"""Addresses of studies, the reading room and its API: tokens and names only."""

from django.urls import path

from observers import api
from observers.views import (
    audit,
    before,
    cases,
    check,
    home,
    join,
    making,
    people,
    preview,
    reader,
    readers,
    reading,
    results,
    studies,
    wizard,
)

app_name = "observers"

urlpatterns = [
    path("api/reading/token/", api.TokenApi.as_view(), name="api-token"),
    path("api/reading/<str:session>/", api.StateApi.as_view(), name="api-state"),
    path("api/reading/<str:session>/undo/", api.UndoApi.as_view(), name="api-undo"),
    path(
        "api/reading/<str:session>/finish/", api.FinishApi.as_view(), name="api-finish"
    ),
    path(
        "api/reading/<str:session>/<str:item>/image/",
        api.ImageApi.as_view(),
        name="api-image",
    ),
    path(
        "api/reading/<str:session>/<str:item>/rating/",
        api.RatingApi.as_view(),
        name="api-rating",
    ),
    path(
        "api/reading/<str:session>/<str:item>/review/",
        api.ReviewApi.as_view(),
        name="api-review",
    ),
    path("", home.home, name="home"),
    path("join/<str:token>/", join.join, name="join"),
    path("read/<str:session>/", reading.room, name="room"),
    path("read/<str:session>/begin/", reading.begin, name="begin"),
    path("read/<str:session>/finished/", reading.finished, name="finished"),
    path("read/<str:session>/debrief/", reading.debrief, name="debrief"),
    path("check/", check.check, name="check"),
    path("check/<int:pk>/", check.check_result, name="check-result"),
    path("check/<int:pk>/<str:file>", check.check_part, name="check-part"),
    path("studies/new/", wizard.create, name="create"),
    path("studies/<slug:name>/", studies.study, name="study"),
    path("studies/<slug:name>/consent/", before.consent, name="consent"),
    path("studies/<slug:name>/withdraw/", before.withdraw, name="withdraw"),
    path("studies/<slug:name>/conditions/", before.conditions, name="conditions"),
    path("studies/<slug:name>/setup/<slug:step>/", wizard.setup, name="setup"),
    path("studies/<slug:name>/preview/", preview.preview, name="preview"),
    path("studies/<slug:name>/preview/api/", preview.state, name="preview-state"),
    path(
        "studies/<slug:name>/preview/api/case-<int:n>/image/",
        preview.image,
        name="preview-image",
    ),
    path(
        "studies/<slug:name>/preview/api/case-<int:n>/rating/",
        preview.rating,
        name="preview-rating",
    ),
    path(
        "studies/<slug:name>/preview/api/finish/",
        preview.finish,
        name="preview-finish",
    ),
    path("studies/<slug:name>/hint/", wizard.hint, name="hint"),
    path("studies/<slug:name>/amend/", wizard.amend, name="amend"),
    path("studies/<slug:name>/copy/", wizard.copy, name="copy"),
    path("studies/<slug:name>/protocol/", studies.protocol, name="protocol"),
    path("studies/<slug:name>/move/<slug:state>/", studies.move, name="move"),
    path("studies/<slug:name>/readers/", readers.readers, name="readers"),
    path("studies/<slug:name>/readers.csv", readers.readers_csv, name="readers-csv"),
    path("studies/<slug:name>/readers/due/", readers.due, name="due"),
    path("studies/<slug:name>/readers/remind/", readers.remind, name="remind"),
    path("studies/<slug:name>/readers/<slug:pseudonym>/", reader.reader, name="reader"),
    path("studies/<slug:name>/invite-many/", readers.invite_many, name="invite-many"),
    path(
        "studies/<slug:name>/readers/<slug:pseudonym>/exclude/",
        reader.exclude,
        name="exclude",
    ),
    path(
        "studies/<slug:name>/readers/<slug:pseudonym>/replace/",
        reader.replace,
        name="replace",
    ),
    path("studies/<slug:name>/enrol/", people.enrol, name="enrol"),
    path("studies/<slug:name>/invite/", people.invite, name="invite"),
    path(
        "studies/<slug:name>/readers/<slug:pseudonym>/send/",
        people.send_again,
        name="send-again",
    ),
    path(
        "studies/<slug:name>/readers/<slug:pseudonym>/end/",
        people.end_invitation,
        name="end-invitation",
    ),
    path(
        "studies/<slug:name>/readers/<slug:pseudonym>/remove/",
        people.remove,
        name="remove-reader",
    ),
    path("studies/<slug:name>/truth/", studies.break_glass, name="break-glass"),
    path("studies/<slug:name>/trail/", audit.trail, name="trail"),
    path("studies/<slug:name>/results/", results.results, name="results"),
    path("studies/<slug:name>/results/conduct/", results.conduct, name="conduct"),
    path("studies/<slug:name>/results/report/", results.report, name="report"),
    path("studies/<slug:name>/results/cases/", cases.cases, name="cases"),
    path("studies/<slug:name>/results/cases/<slug:code>/", cases.case, name="case"),
    path(
        "studies/<slug:name>/results/cases/<slug:code>/<slug:kind>.png",
        cases.picture,
        name="case-picture",
    ),
    path("studies/<slug:name>/results/make/", making.make_report, name="make-report"),
    path(
        "studies/<slug:name>/results/making/", making.report_state, name="report-state"
    ),
    path(
        "studies/<slug:name>/results/<int:report>/<path:file>",
        results.result_file,
        name="result-file",
    ),
    path("studies/<slug:name>/roles/", people.give_role, name="give-role"),
]
