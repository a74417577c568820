"""Who may look at detectors, and who may train them."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from detector import policies
from forgery.exceptions import BlindedReader
from tests import factories

pytestmark = pytest.mark.django_db


def allowed(rule, user) -> bool:
    request = RequestFactory().get("/models/")
    request.user = user
    try:
        rule(request)
    except PermissionDenied:
        return False
    return True


@pytest.mark.parametrize(
    ("permissions", "looks", "trains"),
    [
        ((), False, False),
        (("forgery.import_pool",), True, False),
        (("forgery.train_manipulator",), True, False),
        (("observers.create_study",), True, False),
        (("detector.train_detector",), True, True),
    ],
)
def test_rights_by_permission(make_user, permissions, looks, trains):
    user = make_user("someone", *permissions)

    assert allowed(policies.looks, user) is looks
    assert allowed(policies.trains, user) is trains


def test_nobody_unknown_looks_or_trains():
    assert not allowed(policies.looks, AnonymousUser())
    assert not allowed(policies.trains, AnonymousUser())


def test_a_reader_of_a_running_study_neither_looks_nor_trains(make_user):
    user = make_user("both", "detector.train_detector")
    study = factories.StudyFactory()
    factories.enrol(study, user)

    assert not allowed(policies.looks, user)
    with pytest.raises(BlindedReader):
        policies.check_can_train(user)
