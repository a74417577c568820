"""Few patients of one lesion: cross-fitted from reservation to a study's scores."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from detector.models import DetectorModel, DetectorScore
from detector.network import configs
from forgery.imaging import recipes
from forgery.models import Manipulator, Reservation
from observers.models import CaseTruth
from tests import factories

pytestmark = pytest.mark.django_db
FOLDS = {0, 1, 2}
PRACTICE = 2
SPARSE = ("--recipe", "paper-sparse-cnn", "--preset", "quick")


@pytest.fixture(autouse=True)
def tiny_presets(monkeypatch):
    """Let the preset ``quick`` take two steps."""
    for module, key in ((recipes, "paper-unet"), (configs, "paper-sparse-cnn")):
        recipe = module.RECIPES[key]
        quick = replace(recipe.presets["quick"], steps=2, batch_size=2)
        tiny = replace(recipe, presets={**recipe.presets, "quick": quick})
        monkeypatch.setitem(module.RECIPES, key, tiny)


def run(*arguments) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def folds_seen(model) -> set[int]:
    return set(model.clusters.values_list("reservation__fold", flat=True))


def make_pool(n: int) -> None:
    """Every cluster but the practice ones is cross-fitted."""
    pool = factories.PoolFactory(name="small")
    for _ in range(n):
        factories.FundusImageFactory(pool=pool)
    told = run("reserve", "small")
    assert f"glaucoma: crossfit {n - PRACTICE}, practice {PRACTICE}" in told


def forge() -> dict[int, Manipulator]:
    """A manipulator a fold: it never saw that fold, and forges nothing else."""
    run("train_manipulator", "small", "--lesion", "glaucoma", "--preset", "quick")
    makers = {maker.held_out_fold: maker for maker in Manipulator.objects.all()}
    assert set(makers) == FOLDS
    run("manipulate", *(maker.name for maker in makers.values()), "--role", "crossfit")
    for fold, maker in makers.items():
        assert folds_seen(maker) == FOLDS - {fold}
        forged = maker.manipulations.values_list(
            "source__cluster__reservation__fold", flat=True
        )
        assert set(forged) == {fold}
    return makers


def detect(makers: dict[int, Manipulator]) -> None:
    """A detector a fold, trained on forgeries by that fold's manipulator."""
    told = run("train_detector", "--pool", "small", *SPARSE)
    assert told.count("detector small-detector (fold") == len(FOLDS)
    for model in DetectorModel.objects.all():
        assert folds_seen(model) == FOLDS - {model.held_out_fold}
        assert list(model.manipulators.all()) == [makers[model.held_out_fold]]
    free = Reservation.objects.filter(role="crossfit", is_pinned=False)
    assert not free.exists()


def freeze(folder: Path, n_original: int, n_manipulated: int) -> None:
    """A study drawn from cross-fitted clusters, each forged by its own fold's."""
    document = {
        "lesions": ["glaucoma"],
        "n_original": n_original,
        "n_manipulated": n_manipulated,
        "reader_profile": {"name": "reader", "version": 1, "size": 256},
    }
    path = folder / "protocol.json"
    path.write_text(json.dumps(document))
    run(
        *("create_study", "--pool", "small", "--name", "folded", "--freeze"),
        *("--protocol", str(path)),
    )
    truths = CaseTruth.objects.filter(case__opt_set__study__name="folded")
    assert truths.count() == n_original + n_manipulated
    for truth in truths.exclude(manipulation=None):
        maker = truth.manipulation.manipulator
        assert maker.held_out_fold == truth.image.cluster.reservation.fold


@pytest.mark.parametrize("n", [12, pytest.param(30, marks=pytest.mark.slow)])
def test_few_patients_of_a_lesion_from_reservation_to_scores(n, tmp_path):
    make_pool(n)
    detect(forge())
    freeze(tmp_path, n_original=n // 2, n_manipulated=3)

    run("score_study", "folded", "--detector", "small-detector")

    shown = DetectorScore.objects.filter(view="reader")
    assert shown.count() == n // 2 + 3
    assert {one.detector.held_out_fold for one in shown} == FOLDS
    for one in DetectorScore.objects.all():
        assert one.detector.held_out_fold == one.image.cluster.reservation.fold
    twins = DetectorScore.objects.filter(view="matched")
    assert twins.count() == 2 * (n - PRACTICE)

    # a family that lacks a member is refused by name
    DetectorModel.objects.exclude(held_out_fold=0).delete()
    before = DetectorScore.objects.count()
    with pytest.raises(CommandError, match=r"has the role crossfit \(fold [12]\)"):
        run("score_study", "folded", "--detector", "small-detector")
    with pytest.raises(CommandError, match=r"has the role crossfit \(fold [12]\)"):
        run("score_pool", "small", "--detector", "small-detector")
    assert DetectorScore.objects.count() == before
