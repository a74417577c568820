"""Addresses below ``pools/``."""

from django.urls import path

from forgery.views import browsing, jobs, manipulators, pools, uploads

app_name = "forgery"
urlpatterns = [
    path("", pools.pools, name="pools"),
    path("import/", pools.import_pool, name="import"),
    path("upload/", uploads.upload, name="upload"),
    path("images/<int:pk>.png", pools.thumbnail, name="thumbnail"),
    path("images/<int:pk>/", pools.image, name="image"),
    path("images/<int:pk>/<slug:kind>.png", pools.view, name="view"),
    path("manipulators/", manipulators.manipulators, name="manipulators"),
    path("manipulators/compare/", manipulators.compare, name="compare"),
    path("manipulators/train/", manipulators.train, name="train"),
    path("manipulators/<slug:name>/", manipulators.manipulator, name="manipulator"),
    path(
        "manipulators/<slug:name>/manipulate/",
        manipulators.manipulate,
        name="manipulate",
    ),
    path("manipulators/<slug:name>/quality/", manipulators.quality, name="quality"),
    path("manipulations/<int:pk>/", manipulators.manipulation, name="manipulation"),
    path("manipulations/<int:pk>/<slug:side>.png", manipulators.side, name="side"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/tray.json", jobs.tray, name="tray"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/state.json", jobs.state, name="job-state"),
    path("jobs/<int:pk>/sheet.png", jobs.sheet, name="job-sheet"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="cancel"),
    path("jobs/<int:pk>/retry/", jobs.retry, name="retry"),
    path("<slug:name>/", pools.pool, name="pool"),
    path("<slug:name>/images/", browsing.images, name="images"),
    path("<slug:name>/near-duplicates/", browsing.duplicates, name="duplicates"),
    path("<slug:name>/bounds/", browsing.bounds, name="bounds"),
    path("<slug:name>/origin/", browsing.origin, name="origin"),
    path("<slug:name>/problems/", uploads.problems, name="problems"),
    path("<slug:name>/problems.csv", uploads.problems_csv, name="problems-csv"),
    path("<slug:name>/prepare/", manipulators.prepare, name="prepare"),
    path("<slug:name>/reserve/", pools.reserve, name="reserve"),
    path("<slug:name>/table1.csv", pools.table1, name="table1"),
    path("<slug:name>/sheets/<slug:lesion>.png", pools.sheet, name="sheet"),
]
"""Pools cannot be named as an address above: ``services.import_checks.TAKEN_NAMES``."""
