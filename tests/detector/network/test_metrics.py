import numpy as np
import pytest

from detector.network import metrics


def test_paper_figures_are_reproduced_from_its_confusion_matrices():
    """Glaucoma: 2 of 90 and 1 of 10 wrong give .939 and the printed Table 3."""
    truth = np.array([False] * 90 + [True] * 10)
    called = truth.copy()
    called[:2], called[-1] = True, False

    rows = metrics.table3(truth, called)

    assert metrics.balanced_accuracy(truth, called) == pytest.approx(0.9389, abs=5e-5)
    manipulated, original = rows["manipulated"], rows["original"]
    assert (manipulated.precision, manipulated.recall, manipulated.f1) == pytest.approx(
        (0.818, 0.900, 0.857), abs=5e-4
    )
    assert (original.precision, original.recall, original.f1) == pytest.approx(
        (0.989, 0.978, 0.983), abs=5e-4
    )


def test_area_of_a_single_call_is_its_balanced_accuracy():
    rng = np.random.default_rng(1)
    truth, called = rng.random(50) < 0.4, rng.random(50) < 0.5

    assert metrics.auc(truth, called) == pytest.approx(
        metrics.balanced_accuracy(truth, called)
    )


def test_state_that_was_never_called_has_no_precision():
    row = metrics.table3([0, 1], [0, 0])["manipulated"]

    assert np.isnan(row.precision)
    assert (row.recall, row.f1) == (0, 0)


def test_threshold_maximises_balanced_accuracy():
    rng = np.random.default_rng(2)
    truth = np.repeat([False, True], [60, 20])
    score = rng.normal(truth * 1.5, 1)

    best = metrics.best_threshold(truth, score)

    reached = metrics.balanced_accuracy(truth, score >= best)
    assert all(
        metrics.balanced_accuracy(truth, score >= cut) <= reached + 1e-12
        for cut in np.linspace(score.min() - 1, score.max() + 1, 400)
    )


def test_threshold_of_useless_scores_stays_finite():
    assert np.isfinite(metrics.best_threshold([0, 1], [3.0, 3.0]))


def test_few_false_calls_are_kept_when_asked_for():
    rng = np.random.default_rng(4)
    truth = np.repeat([False, True], 200)
    score = rng.normal(truth * 1.0, 1)

    cut = metrics.best_threshold(truth, score, most_false=0.05)

    assert (score[~truth] >= cut).mean() <= 0.05
    assert (score[truth] >= cut).mean() > 0.15
    assert metrics.best_threshold([0, 1], [3.0, 3.0], most_false=0.0) > 3.0


def test_calibration_finds_offset_and_scale_of_the_logits():
    rng = np.random.default_rng(3)
    z = rng.normal(0, 3, 8000)
    truth = rng.random(8000) < 1 / (1 + np.exp(-z))

    offset, temperature = metrics.best_calibration(truth, 5 * z + 2)

    assert offset == pytest.approx(2, abs=0.5)
    assert temperature == pytest.approx(5, rel=0.1)


def test_calibration_does_not_depend_on_how_many_of_each_there_are():
    rng = np.random.default_rng(5)
    truth = np.repeat([False, True], [4000, 1000])
    score = rng.normal(truth * 2.0, 1)

    offset, temperature = metrics.best_calibration(truth, score)

    assert offset == pytest.approx(1, abs=0.1)
    assert temperature == pytest.approx(0.5, rel=0.15)


def test_temperature_of_separated_scores_does_not_vanish():
    truth = np.repeat([False, True], 20)

    _, found = metrics.best_calibration(truth, np.where(truth, 4.0, -4.0))

    assert 0.3 < found < 2


@pytest.mark.parametrize("function", [metrics.auc, metrics.best_threshold])
def test_one_truth_state_is_refused(function):
    with pytest.raises(ValueError, match="both original and manipulated"):
        function([1, 1], [0.1, 0.2])


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="truth has shape"):
        metrics.auc([0, 1], [1, 2, 3])
