"""Shapes of jobs, pools, manipulators; every field is named, rules are in services."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from forgery.imaging import recipes
from forgery.models import FundusImage, Job, Manipulator, Pool, Reservation


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
    manipulate = serializers.BooleanField(default=False)


class ManipulationSerializer(serializers.Serializer[dict[str, Any]]):
    """Images to manipulate."""

    manipulator = serializers.SlugField(max_length=80)
    roles = serializers.ListField(
        child=serializers.ChoiceField(Reservation.Role.choices), required=False
    )
    seed = serializers.IntegerField(min_value=0, default=1)
    pool = serializers.SlugField(max_length=60, required=False)


class JobSerializer(serializers.Serializer[Any]):
    """How a job stands; see ``selectors.jobs.job_state``."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    waits_in_vain = serializers.BooleanField()
    state = serializers.ChoiceField(Job.State.choices)
    state_text = serializers.CharField()
    is_over = serializers.BooleanField()
    is_cancel_requested = serializers.BooleanField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    message = serializers.CharField(allow_blank=True)
    seconds_left = serializers.IntegerField(allow_null=True)
    attempts = serializers.IntegerField()
    log = serializers.CharField(allow_blank=True)
    url = serializers.CharField()


class JobDetailSerializer(JobSerializer):
    """A job with what came of it: names and numbers, by its kind."""

    result = serializers.DictField()


class PoolSerializer(serializers.ModelSerializer[Pool]):
    """A pool with where its images come from, and under which terms."""

    n_images = serializers.IntegerField()
    n_included = serializers.IntegerField()

    class Meta:
        model = Pool
        fields = [
            "name",
            "domain",
            "source",
            "licence",
            "is_synthetic",
            "data_hash",
            "n_images",
            "n_included",
            "created_at",
        ]
        read_only_fields = fields


class ImageSerializer(serializers.ModelSerializer[FundusImage]):
    """An image of a pool: its labels and its fate."""

    cluster = serializers.CharField(source="cluster.name")
    measures = serializers.DictField(child=serializers.FloatField())
    role = serializers.CharField(allow_blank=True)

    class Meta:
        model = FundusImage
        fields = [
            "id",
            "cluster",
            "lesion",
            "eye",
            "width",
            "height",
            "source_file",
            "patient_id",
            "measures",
            "excluded_because",
            "role",
        ]
        read_only_fields = fields


class ManipulatorSerializer(serializers.ModelSerializer[Manipulator]):
    """A manipulator and how it was made."""

    pool = serializers.CharField(source="pool.name")

    class Meta:
        model = Manipulator
        fields = [
            "name",
            "pool",
            "lesion",
            "target",
            "recipe",
            "preset",
            "seed",
            "held_out_fold",
            "sha256",
            "created_at",
        ]
        read_only_fields = fields


class ImageQuery(serializers.Serializer[Any]):
    """Which images of a pool."""

    lesion = serializers.CharField(max_length=40, required=False)
    eye = serializers.ChoiceField(["right", "left"], required=False)
    excluded_because = serializers.CharField(max_length=40, required=False)
    excluded = serializers.BooleanField(required=False, allow_null=True, default=None)
    role = serializers.ChoiceField(Reservation.Role.choices, required=False)


class JobQuery(serializers.Serializer[Any]):
    """Which jobs."""

    state = serializers.ChoiceField(Job.State.choices, required=False)
    kind = serializers.CharField(max_length=60, required=False)


class PoolQuery(serializers.Serializer[Any]):
    """Which manipulators or detectors: those of a pool."""

    pool = serializers.SlugField(max_length=60, required=False)
