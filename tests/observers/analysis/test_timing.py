"""Reading time: effects that were put in are found."""

import numpy as np

from observers.analysis.timing import (
    TimedReading,
    fatigue_curves,
    learning_curves,
    model_time,
)


def session(seed=0, n=60, readers="ABCDEF"):
    """Manipulated cases take 1.5 times as long, ten readings 0.9 times."""
    rng = np.random.default_rng(seed)
    found = []
    for k, reader in enumerate(readers):
        speed = rng.normal(0, 0.3)
        for position in range(1, n + 1):
            manipulated, correct = rng.random() < 0.3, rng.random() < 0.8
            log = 3 + speed + np.log(1.5) * manipulated + np.log(0.9) * position / 10
            log += np.log(1.3) * (k >= len(readers) / 2) - 0.2 * correct
            group = "G" if k < len(readers) / 2 else "O"
            seconds = float(np.exp(log + rng.normal(0, 0.2)))
            found.append(
                TimedReading(reader, seconds, manipulated, correct, position, group)
            )
    return found


def test_effects_that_were_put_in_are_found():
    result = model_time(session())

    effects = {effect.name: effect for effect in result.effects}
    assert abs(effects["manipulated"].ratio - 1.5) < 0.08
    assert abs(effects["order_per_10"].ratio - 0.9) < 0.02
    assert effects["correct"].ci[0] < np.exp(-0.2) < effects["correct"].ci[1]
    assert effects["manipulated"].p < 1e-6
    assert "group O to G" in effects
    assert abs(result.residual_sd - 0.2) < 0.03
    assert (result.n, result.n_readers) == (360, 6)


def test_times_of_zero_are_left_out_and_counted():
    result = model_time([*session(), TimedReading("A", 0.0, True, True, 61)])

    assert result.n == 360
    assert "1 readings without a time above 0" in result.notes[0]


def test_what_does_not_vary_is_left_out_with_a_note():
    same = [
        TimedReading(one.reader, one.seconds, False, True, one.position)
        for one in session()
    ]

    result = model_time(same)

    assert [effect.name for effect in result.effects] == ["order_per_10"]
    assert len(result.notes) == 2


def test_too_little_gives_a_median_and_a_reason():
    one = model_time(session(readers="A"))
    none = model_time([])

    assert one.effects == ()
    assert one.median > 0
    assert "needs >= 2 readers" in one.notes[0]
    assert (none.median, none.n) == (None, 0)


def test_readers_get_faster():
    trends = learning_curves(session(n=200))

    assert [trend.reader for trend in trends] == list("ABCDEF")
    for trend in trends:
        assert abs(trend.slope - 0.9) < 0.03
        assert trend.p < 0.05


def test_a_tiring_reader_is_seen():
    rng = np.random.default_rng(3)
    readings = [
        TimedReading("A", 5.0, True, bool(rng.random() < 1 - k / 120), k)
        for k in range(1, 101)
    ]

    (trend,) = fatigue_curves(readings)

    assert trend.slope < 0
    assert trend.p < 0.001


def test_trends_without_change_or_readings_say_so():
    alike = [TimedReading("A", 5.0, True, True, k) for k in range(5)]

    assert (fatigue_curves(alike)[0].slope, fatigue_curves(alike)[0].p) == (0.0, 1.0)
    assert learning_curves(alike)[0].slope == 1.0
    assert "needs >= 3" in learning_curves(alike[:2])[0].note


def test_a_model_that_cannot_be_fitted_gives_times_and_a_reason(monkeypatch):
    def fail(*_args, **_given):
        raise np.linalg.LinAlgError

    monkeypatch.setattr("observers.analysis.timing.MixedLM", fail)

    result = model_time(session())

    assert (result.effects, result.reader_sd) == ((), None)
    assert result.median > 0
    assert any("did not converge" in note for note in result.notes)
