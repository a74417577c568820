"""How readers read, gathered; whether a hypothesis is supported."""

import numpy as np
import pytest

from observers.analysis.agreement import icc
from observers.analysis.analyse import analyse_by_lesion
from observers.analysis.analyse_options import Options
from observers.analysis.calibration import calibrate
from observers.analysis.conduct import conduct
from observers.analysis.readings import Readings
from observers.analysis.standalone_verdict import verdict_rows
from observers.analysis.timing import TimedReading

TRUTH = np.tile(np.arange(20) >= 12, 2)


def study(n_m=1, seed=1, **names):
    rng = np.random.default_rng(seed)
    score = rng.normal(45 + 20 * TRUTH, 12, (3, n_m, 40)).clip(0, 100).round()
    return Readings(
        score=score,
        truth=TRUTH,
        readers=("R1", "R2", "R3"),
        modalities=tuple(f"round {k + 1}" for k in range(n_m)),
        cases=tuple(f"c{k}" for k in range(40)),
        **names,
    )


def timed():
    rng = np.random.default_rng(2)
    return [
        TimedReading(f"R{r}", float(rng.lognormal(2, 0.3)), k % 3 == 0, k % 2 == 0, k)
        for r in range(1, 4)
        for k in range(1, 21)
    ]


def test_each_part_is_that_of_its_own_function():
    readings = study(lesions=("a",) * 20 + ("b",) * 20)
    probability = [0.2 + 0.5 * t for t in TRUTH]

    found = conduct(readings, timed(), probability=probability)

    whole = icc(readings.score[:, 0])["ICC2"].value
    assert found["agreement"]["all"]["icc"]["ICC2"]["value"] == whole
    assert set(found["agreement"]) == {"a", "b", "all"}
    brier = calibrate(TRUTH, readings.score[1, 0]).brier
    assert found["calibration"]["readers"]["R2"]["brier"] == brier
    wanted = calibrate(TRUTH, probability, scale=1.0)
    assert found["calibration"]["detector"]["ece"] == wanted.ece
    assert found["timing"]["n"] == 60
    assert len(found["learning"]) == len(found["fatigue"]) == 3
    assert found["intra_reader"] == []


def test_without_probabilities_or_lesions_the_rest_is_given():
    found = conduct(study(), [], probability=[None] * 40)

    assert found["calibration"]["detector"] is None
    assert set(found["agreement"]) == {"all"}
    assert conduct(study(), [])["calibration"]["detector"] is None
    assert found["timing"]["effects"] == ()


def test_repeated_readings_are_compared_within_the_reader():
    twice = study(n_m=2)
    score = twice.score.copy()
    score[0, 1] = score[0, 0]
    score[1, 1, :5] = np.nan
    twice = Readings(score, TRUTH, twice.readers, twice.modalities, twice.cases)

    rows = conduct(study(), timed(), repeated=twice)["intra_reader"]

    assert [row["n"] for row in rows] == [40, 35, 40]
    assert rows[0]["icc2"]["value"] == pytest.approx(1)
    assert (rows[0]["first"], rows[0]["second"]) == ("round 1", "round 2")
    assert rows[2]["limits"]["lower"] < rows[2]["limits"]["upper"]


def compared(shift, n_lesions=2, constant=False):
    """Four readers, and a detector better than they by some shift."""
    rng = np.random.default_rng(3)
    truth = np.tile(np.arange(80) >= 45, n_lesions)
    score = rng.normal(truth * 1.2, 1.0, (5, 2, truth.size))
    score[4] += shift * truth
    score[:4, 1] = score[4, 0] = np.nan
    if constant:
        score[:4, 0] = score[4, 1] = 1.0
    return Readings(
        score=score,
        truth=truth,
        readers=("R0", "R1", "R2", "R3", "AI"),
        modalities=("unaided", "AI"),
        cases=tuple(f"c{k}" for k in range(truth.size)),
        groups=("a", "a", "a", "a", ""),
        lesions=tuple(f"L{k // 80}" for k in range(truth.size)),
    )


@pytest.mark.parametrize(
    ("shift", "hypothesis", "margin", "is_supported"),
    [
        (1.5, "superiority", 0.0, True),
        (1.5, "superiority", 0.3, False),
        (0.0, "superiority", 0.0, False),
        (0.3, "non-inferiority", 0.2, True),
        (-1.0, "non-inferiority", 0.05, False),
        (0.0, "equivalence", 0.3, True),
        (1.5, "equivalence", 0.1, False),
    ],
)
def test_rule_13_verdict_follows_one_sided_limits_and_the_margin(
    shift, hypothesis, margin, is_supported
):
    found = analyse_by_lesion(compared(shift), Options(standalone="modality:AI"))

    rows = verdict_rows(found, hypothesis, margin, 0.05)

    pooled = next(r for r in rows if r["lesion"] is None and r["group"] == "all")
    assert pooled["is_supported"] is is_supported
    lead = found["pooled"]["standalone"][-1]["rrrc"]
    assert pooled["lower"] == pytest.approx(max(-lead["ci"][1], -1))
    assert pooled["upper"] == pytest.approx(min(-lead["ci"][0], 1))
    assert {row["lesion"] for row in rows} == {None, "L0", "L1"}


def test_without_an_error_there_is_no_verdict():
    found = analyse_by_lesion(
        compared(0, constant=True), Options(standalone="modality:AI")
    )
    one = analyse_by_lesion(compared(0, n_lesions=1), Options(standalone="modality:AI"))

    rows = verdict_rows(found, "superiority", 0.0, 0.05)

    assert {row["is_supported"] for row in rows} == {None}
    assert {row["difference"] for row in rows} == {0}
    assert {row["lesion"] for row in verdict_rows(one, "superiority", 0, 0.05)} == {
        "L0"
    }


def test_what_is_not_compared_has_no_verdict():
    readings = compared(0)
    score = readings.score.copy()
    score[0, 0, 3] = np.nan
    gap = Readings(
        score=score,
        truth=readings.truth,
        readers=readings.readers,
        modalities=readings.modalities,
        cases=readings.cases,
        lesions=readings.lesions,
    )
    found = analyse_by_lesion(gap, Options(standalone="modality:AI"))

    pooled = [r for r in verdict_rows(found, "superiority", 0, 0.05) if not r["lesion"]]

    assert [row["difference"] for row in pooled] == [None]
    assert [row["is_supported"] for row in pooled] == [None]
