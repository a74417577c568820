"""Answers on each scale, marks, and the times that a browser reports."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from forgery.exceptions import WrongInput
from observers import tokens
from observers.models.protocol import Scale
from observers.models.protocol_texts import FIVE_LABELS, SIX_LABELS
from observers.services.answers import settle
from observers.services.timing import Times, judge
from tests import factories

ORDINAL = factories.tiny_protocol(scale=Scale(kind="ordinal", labels=SIX_LABELS))
FIVE = factories.tiny_protocol(scale=Scale(kind="ordinal", labels=FIVE_LABELS))
BINARY = factories.tiny_protocol(scale=Scale(kind="binary"))
SLIDER = factories.tiny_protocol()
POINTS = factories.tiny_protocol(marks="point")
BOTH = factories.tiny_protocol(marks="both")
FORGED = {"kind": "binary", "decision": "manipulated", "confidence": 81}
POINT = {"kind": "point", "x": 3, "y": 60.126, "confidence": 80}
ELLIPSE = POINT | {"kind": "ellipse", "rx": 4, "ry": 2.5, "angle": -0.5}


def given(answer, score=None, **changes):
    return factories.answer(score, given=answer, **changes)


@pytest.mark.parametrize(
    ("rules", "answer", "score"),
    [
        (SLIDER, {"kind": "slider", "value": 62}, "62"),
        (ORDINAL, {"kind": "ordinal", "level": 0}, "0"),
        (ORDINAL, {"kind": "ordinal", "level": 3}, "60"),
        (FIVE, {"kind": "ordinal", "level": 1}, "25"),
        (
            BINARY,
            {"kind": "binary", "decision": "manipulated", "confidence": 81},
            "90.5",
        ),
        (BINARY, {"kind": "binary", "decision": "original", "confidence": 100}, "0"),
    ],
)
def test_every_scale_is_stored_as_0_to_100(rules, answer, score):
    settled = settle(rules, given(answer))

    assert settled.score == Decimal(score)
    assert settled.answer == answer
    assert settle(rules, given(answer, float(score))).score == Decimal(score)


@pytest.mark.parametrize(
    ("rules", "answer"),
    [
        (SLIDER, {"kind": "slider", "value": 62.5}),
        (SLIDER, {"kind": "slider", "value": "62"}),
        (SLIDER, {"kind": "slider", "value": True}),
        (SLIDER, {"kind": "slider", "value": float("nan")}),
        (SLIDER, {"kind": "ordinal", "level": 1}),
        (ORDINAL, {"kind": "ordinal", "level": 6}),
        (ORDINAL, {"kind": "ordinal", "level": -1}),
        (ORDINAL, {"kind": "ordinal", "level": 1.5}),
        (ORDINAL, {"kind": "ordinal"}),
        (BINARY, {"kind": "binary", "decision": "maybe", "confidence": 5}),
        (BINARY, {"kind": "binary", "decision": "original", "confidence": 101}),
        (BINARY, {}),
    ],
)
def test_answers_off_the_scale_are_refused(rules, answer):
    with pytest.raises(WrongInput):
        settle(rules, given(answer))


def test_score_and_answer_must_say_the_same():
    with pytest.raises(WrongInput, match="different things"):
        settle(ORDINAL, given({"kind": "ordinal", "level": 3}, 61))


def test_a_score_alone_is_enough_on_a_slider_only():
    assert settle(SLIDER, factories.answer(40)).answer == {
        "kind": "slider",
        "value": 40,
    }
    with pytest.raises(WrongInput):
        settle(ORDINAL, factories.answer(40))


def test_a_reason_stands_alone():
    told = factories.answer(None, cannot_rate="Technical fault")

    assert settle(SLIDER, told).answer == {"kind": "cannot-rate"}
    with pytest.raises(WrongInput):
        settle(
            SLIDER,
            given({"kind": "slider", "value": 5}, cannot_rate="Technical fault"),
        )


def test_marks_are_kept_with_two_decimals():
    settled = settle(BOTH, factories.answer(5, marks=[POINT, ELLIPSE]))

    assert settled.marks[0] == POINT | {"x": 3.0, "y": 60.13, "confidence": 80.0}
    assert settled.marks[1]["angle"] == -0.5


@pytest.mark.parametrize(
    ("rules", "marks"),
    [
        (SLIDER, [POINT]),
        (POINTS, [ELLIPSE]),
        (POINTS, [POINT | {"x": 65}]),
        (POINTS, [POINT | {"x": -1}]),
        (POINTS, [POINT | {"confidence": 101}]),
        (POINTS, [POINT | {"more": 1}]),
        (POINTS, [{"kind": "point", "x": 1}]),
        (POINTS, ["point"]),
        (POINTS, [POINT | {"x": float("inf")}]),
        (POINTS, [POINT] * 21),
        (BOTH, [ELLIPSE | {"rx": 0}]),
        (BOTH, [ELLIPSE | {"angle": 7}]),
    ],
)
def test_marks_that_are_not_asked_for_are_refused(rules, marks):
    with pytest.raises(WrongInput):
        settle(rules, factories.answer(5, marks=marks))


def judged(times, served_seconds=60, since_last=None, token=None, item="i" * 22):
    now = timezone.now()
    issued = int((now - timedelta(seconds=served_seconds)).timestamp() * 1000)
    return judge(
        times,
        item=item,
        presentation=tokens.sign_presentation("i" * 22, issued)
        if token is None
        else token,
        received=now,
        last_received=None if since_last is None else now - timedelta(0, since_last),
    )


@pytest.mark.parametrize(
    ("times", "more", "flags"),
    [
        (Times(50_000), {}, []),
        (Times(50_000, active_ms=40_000, idle_ms=10_000), {}, []),
        (Times(50_000, active_ms=40_000), {}, ["does-not-add-up"]),
        (Times(63_000), {}, ["longer-than-served"]),
        (Times(10_000, waited_ms=55_000), {}, ["longer-than-served"]),
        (Times(10_000, paused_ms=45_000), {}, []),
        (Times(10_000), {}, ["unaccounted"]),
        (Times(10_000), {"since_last": 12}, []),
        (Times(10_000), {"token": ""}, ["not-presented"]),
    ],
)
def test_times_are_held_against_the_servers_span(times, more, flags):
    assert judged(times, **more).flags == flags


def test_the_span_is_the_servers_own():
    assert judged(Times(1)).served_ms == pytest.approx(60_000, abs=5)
    assert judged(Times(1), token="").served_ms is None


def test_a_forged_or_foreign_presentation_is_refused():
    own = tokens.sign_presentation("i" * 22, 1)
    late = int(timezone.now().timestamp() * 1000) + 60_000
    for wrong in ("x", own[:-3] + "aaa", own[:-8], "é" * 94):
        with pytest.raises(WrongInput):
            judged(Times(1), token=wrong)
    with pytest.raises(WrongInput):
        judged(Times(1), token=own, item="j" * 22)
    with pytest.raises(WrongInput):
        judged(Times(1), token=tokens.sign_presentation("i" * 22, late))


def test_presentations_are_equally_long_and_survive_a_new_key(settings):
    made = {tokens.sign_presentation(tokens.new_token(), 10**12 + n) for n in range(50)}
    token = made.pop()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"

    assert {len(one) for one in made} == {len(token)}
    assert tokens.read_presentation(token) is not None
    settings.SECRET_KEY_FALLBACKS = []
    assert tokens.read_presentation(token) is None
