"""Addresses below ``api/`` that start work and watch it; the reading room has its own.

Scripts log in by session, or by a token: ``Authorization: Token ...``, made by
``manage.py drf_create_token USER`` or in the administration.
"""

from django.urls import path

from detector import api as detector
from forgery import api as forgery
from observers import api as observers

app_name = "api"
urlpatterns = [
    path("manipulators/", forgery.TrainingApi.as_view(), name="train-manipulator"),
    path("manipulations/", forgery.ManipulationApi.as_view(), name="manipulate"),
    path("detectors/", detector.TrainingApi.as_view(), name="train-detector"),
    path("detectors/<slug:name>/scores/", detector.ScoringApi.as_view(), name="score"),
    path("studies/<slug:name>/freeze/", observers.FreezeApi.as_view(), name="freeze"),
    path("jobs/<int:pk>/", forgery.JobApi.as_view(), name="job"),
]
