"""How good a manipulator's images are (paper, Table 2): torch; tasks and commands.

Each figure is taken against two originals: the *raw* one, only brought to working
size, and the *processed* one, which went through all that a manipulation goes
through but the forging. Distances of sets stand beside their floor: what two sets
of real photographs give at the same n.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from forgery.exceptions import WrongInput
from forgery.imaging import features, fid, profiles, quality
from forgery.imaging.distances import Features, frechet_distance, kernel_distance
from forgery.imaging.fundus import Image
from forgery.models import FundusImage, Manipulator, QualityScore
from forgery.selectors import manipulator_called, matched_pairs
from forgery.services.jobs import JobContext
from forgery.services.rendering import (
    finished_manipulated,
    finished_original,
    pixels,
    profile_of_manipulator,
)

LEAST = 8
"""Fewest pairs that are measured."""
SEED = 1
"""Of bootstraps and half splits."""
VIEWS = ("raw", "processed")


@dataclass
class Sets:
    """Images of one manipulator: originals two ways, manipulations, more originals."""

    raw: list[Image]
    processed: list[Image]
    manipulated: list[Image]
    others: list[Image]
    """Processed originals beyond the pairs, for the floor."""

    def originals(self, view: str) -> list[Image]:
        """Give the originals of a view."""
        return self.raw if view == "raw" else self.processed


def quality_work(context: JobContext) -> dict[str, Any]:
    """Measure a manipulator's images: the work of ``forgery.quality_report``."""
    given = context.job.arguments
    manipulator = manipulator_called(given["manipulator"])
    sets = _read(manipulator, given, context)
    metrics = measure(sets, context)
    metrics["role"] = given["role"]
    QualityScore.objects.update_or_create(
        manipulator=manipulator, defaults={"metrics": metrics}
    )
    return {"manipulator": manipulator.name, "metrics": metrics}


def _read(
    manipulator: Manipulator, given: Mapping[str, Any], context: JobContext
) -> Sets:
    pairs = list(matched_pairs(manipulator, given["role"]).order_by("source_id"))
    if len(pairs) < LEAST:
        role = given["role"] or _("any")
        raise WrongInput(
            _(
                "Manipulator {manipulator} has {n} manipulations (role: {role}), at "
                "least {least} are needed: manipulate images first."
            ).format(manipulator=manipulator.name, n=len(pairs), role=role, least=LEAST)
        )
    sources = {pair.source_id for pair in pairs}
    others = _others(manipulator, sources, len(pairs))
    total = len(pairs) + len(others)
    profile = profile_of_manipulator(manipulator)
    plain = profiles.Profile("plain", 1, profile.size, sharpen=False, blur_sigma=0)
    sets = Sets([], [], [], [])
    for done, pair in enumerate(pairs, start=1):
        context.stop_if_asked()
        sets.raw.append(profiles.prepare(pixels(pair.source), plain))
        sets.processed.append(finished_original(pair.source, profile))
        sets.manipulated.append(finished_manipulated(pair))
        context.progress(done, total, _("reading pairs"))
    for done, image in enumerate(others, start=len(pairs) + 1):
        context.stop_if_asked()
        sets.others.append(finished_original(image, profile))
        context.progress(done, total, _("reading originals"))
    return sets


def _others(manipulator: Manipulator, sources: set[int], n: int) -> list[FundusImage]:
    """Find up to n further originals of the lesion, for the floor."""
    found = FundusImage.objects.filter(
        pool=manipulator.pool, lesion=manipulator.lesion, is_trainable=True
    )
    return list(found.exclude(pk__in=sources).order_by("content_hash")[:n])


def measure(sets: Sets, context: JobContext) -> dict[str, Any]:
    """Take every figure of a manipulator's images, each under its true name."""
    made = features.lite0_features(sets.manipulated)
    processed = features.lite0_features(sets.processed)
    described = {"raw": features.lite0_features(sets.raw), "processed": processed}
    pool = np.concatenate([processed, features.lite0_features(sets.others)])
    views = {}
    for view in VIEWS:
        context.stop_if_asked()
        views[view] = _paired(sets, view) | _distances(described[view], made)
        views[view] |= _fid(sets, view)
    floor_n = min(len(made), len(pool) // 2)
    return {
        # Table 2 compares with the original, so the raw view stands for the whole.
        **{name: views["raw"][name] for name in ("rmse", "ssim", "fid", "kid")},
        "n": len(made),
        "features": features.NAME,
        "views": views,
        "floor": _floor(pool, floor_n),
        "at_floor_n": _subsampled(described, made, floor_n),
    }


def _paired(sets: Sets, view: str) -> dict[str, float]:
    paired = quality.paired(sets.originals(view), sets.manipulated)
    finite = paired.psnr[np.isfinite(paired.psnr)]
    return {
        "rmse": float(paired.rmse.mean()),
        "psnr": float(finite.mean()) if finite.size else float("nan"),
        "ssim": float(paired.ssim.mean()),
    }


def _distances(originals: Features, made: Features) -> dict[str, float]:
    kid = quality.kid(originals, made, seed=SEED, twins=True)
    return {
        "kid": kid.value,
        "kid_low": kid.low,
        "kid_high": kid.high,
        "frechet": frechet_distance(originals, made),
    }


def _fid(sets: Sets, view: str) -> dict[str, Any]:
    weights = getattr(settings, "FID_INCEPTION_WEIGHTS", "") or os.environ.get(
        "FID_INCEPTION_WEIGHTS"
    )
    named = fid.fid(sets.originals(view), sets.manipulated, weights=weights)
    return {"fid": named.value, "fid_text": named.text}


def _floor(pool: Features, n: int) -> dict[str, float]:
    if n < 2:
        return {"n": n}
    kid = quality.half_split(kernel_distance, pool, seed=SEED, n=n)
    frechet = quality.half_split(frechet_distance, pool, seed=SEED, n=n)
    return {
        "n": n,
        "kid": kid.mean,
        "kid_sd": kid.sd,
        "frechet": frechet.mean,
        "frechet_sd": frechet.sd,
    }


def _subsampled(
    described: Mapping[str, Features], made: Features, n: int
) -> dict[str, dict[str, float]]:
    """Take the distances at the floor's n, so that they compare with it."""
    if n < 2:
        return {}
    found = {}
    for view in VIEWS:
        pair = (described[view], made)
        found[view] = {
            "kid": quality.subsampled(kernel_distance, *pair, n=n, seed=SEED).mean,
            "frechet": quality.subsampled(frechet_distance, *pair, n=n, seed=SEED).mean,
        }
    return found
