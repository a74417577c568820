"""The strip above a study: what is done, told by what there is."""

import pytest

from observers.selectors.studies import pipeline, progress
from tests import factories

pytestmark = pytest.mark.django_db


def strip(study):
    return {one.key: one for one in pipeline(study, progress(study))}


def test_manipulating_is_done_once_every_lesion_of_the_study_has_images():
    pool = factories.tiny_pool(("glaucoma",)).pool
    study = factories.StudyFactory.create(pool=pool)

    step = strip(study)["manipulate"]

    assert (step.state, str(step.text)) == ("now", "1 of 2 lesions")
    study.protocol |= {"lesions": ["glaucoma"]}
    assert strip(study)["manipulate"].state == "done"


def test_sets_are_counted_once_they_are_drawn():
    draft = factories.StudyFactory.create()
    frozen = factories.frozen_study()

    assert str(strip(draft)["freeze"].text) == "drawn when frozen"
    assert str(strip(frozen)["freeze"].text) == "2 sets drawn"
