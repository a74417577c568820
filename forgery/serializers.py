"""Shapes of the API's input; every field is named, and rules are in the services."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from forgery.imaging import recipes
from forgery.models import Reservation


class TrainingSerializer(serializers.Serializer[dict[str, Any]]):
    """A manipulator to train."""

    pool = serializers.SlugField(max_length=60)
    lesion = serializers.CharField(max_length=40)
    recipe = serializers.ChoiceField(
        list(recipes.RECIPES), default=recipes.PAPER_UNET.key
    )
    preset = serializers.ChoiceField(list(recipes.PRESETS), default="full")
    target = serializers.CharField(max_length=40, required=False)
    seed = serializers.IntegerField(min_value=0, default=1)
    held_out_fold = serializers.IntegerField(
        min_value=0, max_value=2, required=False, allow_null=True
    )
    clusters = serializers.ListField(
        child=serializers.CharField(max_length=120), default=list
    )
    name = serializers.SlugField(max_length=80, required=False)


class ManipulationSerializer(serializers.Serializer[dict[str, Any]]):
    """Images to manipulate."""

    manipulator = serializers.SlugField(max_length=80)
    roles = serializers.ListField(
        child=serializers.ChoiceField(Reservation.Role.choices), required=False
    )
    seed = serializers.IntegerField(min_value=0, default=1)
    pool = serializers.SlugField(max_length=60, required=False)
