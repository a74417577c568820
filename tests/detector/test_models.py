"""What the tables of detectors promise."""

import pytest
from django.db import IntegrityError, transaction

from detector.models import DetectorScore
from tests import factories

pytestmark = pytest.mark.django_db


def score_of(detector, image, **changes):
    values = {
        "view": DetectorScore.View.MATCHED,
        "content_hash": "a" * 64,
        "score": 1.5,
        "probability": 0.8,
        "detail": 0.1,
    }
    return DetectorScore.objects.create(
        detector=detector, image=image, **(values | changes)
    )


def test_a_name_is_one_detector_a_fold():
    factories.DetectorModelFactory(name="twin", held_out_fold=None)
    factories.DetectorModelFactory(name="twin", held_out_fold=0)
    factories.DetectorModelFactory(name="twin", held_out_fold=1)

    for fold in (None, 0, 1):
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.DetectorModelFactory(name="twin", held_out_fold=fold)


def test_a_detector_is_called_by_name_and_fold():
    assert str(factories.DetectorModelFactory(name="twin")) == "twin"
    folded = factories.DetectorModelFactory(name="twin", held_out_fold=2)
    assert str(folded) == "twin (fold 2)"


def test_the_same_pixels_are_scored_once_by_one_detector():
    detector = factories.DetectorModelFactory()
    image = factories.FundusImageFactory(pool=detector.pool)
    score_of(detector, image)

    with pytest.raises(IntegrityError), transaction.atomic():
        score_of(detector, image)
    score_of(detector, image, view=DetectorScore.View.READER)
    score_of(detector, image, content_hash="b" * 64)
    score_of(factories.DetectorModelFactory(), image)


@pytest.mark.parametrize("probability", [-0.01, 1.01])
def test_probability_lies_in_the_unit_interval(probability):
    detector = factories.DetectorModelFactory()
    image = factories.FundusImageFactory(pool=detector.pool)

    with pytest.raises(IntegrityError), transaction.atomic():
        score_of(detector, image, probability=probability)
