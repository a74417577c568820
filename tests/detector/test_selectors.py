"""Families, members, manipulators, model cards."""

import pytest

from detector import selectors
from detector.exceptions import NoSuchDetector, NothingToTrainOn
from tests import factories

pytestmark = pytest.mark.django_db


def test_without_any_detector_the_answer_says_how_to_train_one():
    with pytest.raises(NoSuchDetector, match="train one first"):
        selectors.detector_family(None)
    with pytest.raises(NoSuchDetector, match="train one first"):
        selectors.detector_family("any")


def test_an_unknown_name_is_answered_with_those_there_are():
    factories.DetectorModelFactory(name="first")
    factories.DetectorModelFactory(name="second", held_out_fold=0)
    factories.DetectorModelFactory(name="second", held_out_fold=1)

    with pytest.raises(NoSuchDetector, match=r"'third'; there are: first, second\.$"):
        selectors.detector_family("third")


def test_no_name_takes_the_newest_with_all_its_folds():
    factories.DetectorModelFactory(name="old")
    folds = [
        factories.DetectorModelFactory(name="new", held_out_fold=fold)
        for fold in (1, 0)
    ]

    assert selectors.detector_family(None) == folds[::-1]


def test_a_cluster_is_scored_by_the_member_that_held_its_fold_out():
    family = [
        factories.DetectorModelFactory(name="new", held_out_fold=fold)
        for fold in (0, 1, 2)
    ]
    pool = family[0].pool
    folded = factories.image_with_role(pool, "crossfit", fold=2).cluster
    plain = factories.image_with_role(pool, "opt").cluster
    free = factories.PatientClusterFactory()

    assert selectors.model_for(family, folded) == family[2]
    assert selectors.model_for(family, plain) == family[0]
    assert selectors.model_for(family, free) == family[0]
    assert selectors.model_for(family[:2], folded) == family[0]


def test_the_newest_manipulator_of_each_lesion_and_recipe_forges():
    pool = factories.PoolFactory()
    make = factories.ManipulatorFactory
    make(pool=pool, lesion="glaucoma")
    newer = make(pool=pool, lesion="glaucoma")
    cycle = make(pool=pool, lesion="glaucoma", recipe="cyclegan")
    other = make(pool=pool, lesion="normal")
    folded = make(pool=pool, lesion="normal", held_out_fold=1)

    found = selectors.manipulators_of(pool, None)
    assert found == {"glaucoma": (cycle, newer), "normal": (other,)}
    found = selectors.manipulators_of(pool, 1)
    assert found == {"glaucoma": (cycle, newer), "normal": (folded,)}
    found = selectors.manipulators_of(pool, 2)
    assert found == {"glaucoma": (cycle, newer), "normal": (other,)}


def test_a_pool_without_manipulators_is_told_to_train_one():
    pool = factories.PoolFactory(name="bare")

    with pytest.raises(NothingToTrainOn, match="Pool bare has no manipulator:"):
        selectors.manipulators_of(pool, None)
    with pytest.raises(NothingToTrainOn, match="held fold 1 out: train one"):
        selectors.manipulators_of(pool, 1)


def test_only_good_photographs_train_by_lesion_then_content():
    pool = factories.PoolFactory()
    images = [
        factories.image_with_role(pool, "detector-train", lesion=lesion)
        for lesion in ("normal", "glaucoma", "glaucoma", "other")
    ]
    poor = factories.FundusImageFactory(
        pool=pool, cluster=images[1].cluster, is_trainable=False
    )
    elsewhere = factories.FundusImageFactory(cluster=images[1].cluster)

    found = selectors.images_of(
        pool, [image.cluster for image in images], ["glaucoma", "normal"]
    )

    by_content = sorted(images[1:3], key=lambda image: image.content_hash)
    assert list(found) == [*by_content, images[0]]
    assert poor not in found
    assert elsewhere not in found


def test_a_card_shows_roles_figures_and_the_curve():
    detector = factories.DetectorModelFactory(
        metrics={"validation_auc": 0.75, "baseline": {"matched": {}}},
        loss_curve=[[1, 2.0], [3, 1.0]],
    )
    for role in ("detector-train", "detector-train", "validation"):
        image = factories.image_with_role(detector.pool, role)
        detector.clusters.add(image.cluster)

    card = selectors.model_card(detector)

    assert card["clusters"] == [("detector-train", 2), ("validation", 1)]
    assert card["figures"] == {"validation_auc": 0.75}
    assert card["curve"].last_step == 3
    assert (card["curve"].highest, card["curve"].lowest) == (2.0, 1.0)


def test_recipes_without_weights_are_never_trained_on():
    pool = factories.PoolFactory.create()
    trained = factories.ManipulatorFactory.create(pool=pool, lesion="glaucoma")
    factories.ManipulatorFactory.create(pool=pool, lesion="glaucoma", recipe="splice")

    assert selectors.manipulators_of(pool, None) == {"glaucoma": (trained,)}
