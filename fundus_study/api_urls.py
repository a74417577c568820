"""Addresses below ``api/`` that start work and watch it; the reading room has its own.

Scripts log in by session, or by a token: ``Authorization: Token ...``, made by
``manage.py drf_create_token USER`` or in the administration.
"""

from django.urls import path

from detector import api as detector
from forgery import api as forgery
from fundus_study import api_docs
from observers import api as observers
from observers.api import results, studies

app_name = "api"
urlpatterns = [
    path("manipulators/", forgery.TrainingApi.as_view(), name="train-manipulator"),
    path("manipulations/", forgery.ManipulationApi.as_view(), name="manipulate"),
    path("detectors/", detector.TrainingApi.as_view(), name="train-detector"),
    path("detectors/<slug:name>/scores/", detector.ScoringApi.as_view(), name="score"),
    path("studies/", studies.StudiesApi.as_view(), name="studies"),
    path("studies/<slug:name>/", studies.StudyApi.as_view(), name="study"),
    path("studies/<slug:name>/state/", studies.StateApi.as_view(), name="state"),
    path("studies/<slug:name>/readers/", studies.ReadersApi.as_view(), name="readers"),
    path(
        "studies/<slug:name>/simulation/",
        studies.SimulationApi.as_view(),
        name="simulation",
    ),
    path("studies/<slug:name>/events/", studies.EventsApi.as_view(), name="events"),
    path("studies/<slug:name>/runs/", results.RunsApi.as_view(), name="runs"),
    path("studies/<slug:name>/reports/", results.ReportsApi.as_view(), name="reports"),
    path(
        "studies/<slug:name>/reports/<int:pk>/",
        results.ReportApi.as_view(),
        name="report",
    ),
    path(
        "studies/<slug:name>/reports/<int:pk>/curves/",
        results.CurvesApi.as_view(),
        name="curves",
    ),
    path(
        "studies/<slug:name>/reports/<int:pk>/cases/",
        results.CasesApi.as_view(),
        name="cases",
    ),
    path(
        "studies/<slug:name>/reports/<int:pk>/files/<path:file>",
        results.FileApi.as_view(),
        name="file",
    ),
    path("studies/<slug:name>/freeze/", observers.FreezeApi.as_view(), name="freeze"),
    path("pools/", forgery.PoolsApi.as_view(), name="pools"),
    path("pools/<slug:name>/images/", forgery.ImagesApi.as_view(), name="images"),
    path("schema/", api_docs.Schema.as_view(), name="schema"),
    path("docs/", api_docs.docs, name="docs"),
    path("jobs/", forgery.JobsApi.as_view(), name="jobs"),
    path("jobs/<int:pk>/", forgery.JobApi.as_view(), name="job"),
]
