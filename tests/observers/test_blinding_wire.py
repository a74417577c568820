"""Leaks beyond the ten, planted in what goes over the wire: each is caught and named.

Harmless differences, planted in the same way, are not flagged.
"""

from functools import partial

import pytest

from observers.analysis import blinding
from tests.observers import replay, wire, wire_learned

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def few(django_db_setup, django_db_blocker):
    """Six cases of each class: enough for exact comparison."""
    with pytest.MonkeyPatch.context() as patch, replay.world(django_db_blocker):
        return replay.record(6, patch, review="before-finish")


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker):
    """Eighteen cases of each class: enough for the classifiers.

    Of 1,300 columns and 1,000 shuffles one pair separates fourteen of each perfectly
    in every fifteenth recording; eighteen of each in one of thousands.
    """
    with pytest.MonkeyPatch.context() as patch, replay.world(django_db_blocker):
        return replay.record(18, patch)


def test_nothing_is_flagged_where_nothing_was_planted(few, many):
    for recording in (few, many):
        verdict = recording.judged(replay.unchanged)

        assert verdict.named == ()
        assert verdict.n_answers > 50 * verdict.n_cases


@pytest.mark.parametrize("leak", wire.EXACT)
def test_an_exact_difference_is_named(few, monkeypatch, leak):
    change, name = wire.EXACT[leak]
    few_shuffles = partial(blinding.classify, n_shuffles=9)
    monkeypatch.setattr(blinding, "classify", few_shuffles)

    verdict = few.judged(change)

    assert name in verdict.named


@pytest.mark.parametrize("leak", wire_learned.LEARNED)
def test_what_must_be_learned_is_named(many, leak):
    change, name = wire_learned.LEARNED[leak]

    verdict = many.judged(change)

    assert verdict.differences == ()
    assert verdict.classified.p < 0.001
    assert name in verdict.named[-1]


@pytest.mark.parametrize("difference", wire_learned.HARMLESS)
def test_a_harmless_difference_is_not_flagged(few, difference):
    verdict = few.judged(wire_learned.HARMLESS[difference])

    assert verdict.named == ()
