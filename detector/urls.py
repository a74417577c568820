"""Addresses below ``models/``."""

from django.urls import path

from detector import views

app_name = "detector"
urlpatterns = [
    path("", views.models, name="models"),
    path("compare/", views.compare, name="compare"),
    path("train/", views.train, name="train"),
    path("<int:pk>/", views.model, name="model"),
    path("<int:pk>/score/", views.score, name="score"),
    path("<int:pk>/scores.csv", views.scores, name="scores"),
]
