"""Training, scoring, heat maps: the bundle, resume, calibration from validation."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from detector.network import configs, metrics
from detector.network.examples import ClusterOverlap
from detector.network.inference import Detector
from detector.network.training import train
from forgery.imaging import checkpoints
from forgery.imaging.errors import ChecksumMismatch, TrainingCancelled
from tests.detector.noise import twins

BRIEF = configs.get("paper-sparse-cnn").settings("quick", steps=2, batch_size=4)


@pytest.fixture(scope="module")
def data():
    return twins(4, 1), twins(3, 2)


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    return train(*data, BRIEF, workdir=tmp_path_factory.mktemp("run"), device="cpu")


@pytest.fixture(scope="module")
def detector(trained):
    return Detector.load(trained.path, trained.sha256, device="cpu")


def test_bundle_says_what_it_is(trained, data):
    metadata = checkpoints.metadata(trained.path)

    assert metadata["kind"] == "detector"
    assert metadata["recipe"] == "paper-sparse-cnn"
    assert metadata["threshold"] == trained.threshold
    assert metadata["temperature"] == trained.temperature
    assert metadata["clusters"]["train"] == sorted(set(data[0].cluster.tolist()))
    assert metadata["clusters"]["validation"] == sorted(set(data[1].cluster.tolist()))
    assert metadata["data_sha256"]["train"] == data[0].digest


def test_threshold_and_temperature_come_from_validation(trained, detector, data):
    _, validation = data
    scores = detector.score(validation.images)

    assert trained.threshold == metrics.best_threshold(validation.truth, scores)
    calibrated = metrics.best_calibration(validation.truth, scores)
    assert (detector.offset, trained.temperature) == calibrated
    assert trained.metrics["validation_auc"] == metrics.auc(validation.truth, scores)


def test_training_starts_from_the_weights_it_is_given(trained, data, tmp_path):
    still = replace(BRIEF, steps=1, learning_rate=1e-9)

    made = train(*data, still, workdir=tmp_path, start=trained.path, device="cpu")

    before, _ = checkpoints.load(trained.path)
    after, said = checkpoints.load(made.path)
    assert said["started_from"] == trained.sha256
    learned = [key for key in before if key.endswith(("weight", "bias"))]
    assert all(torch.allclose(before[k], after[k], atol=1e-5) for k in learned)
    other = configs.get("default").settings("quick", steps=1, batch_size=2)
    with pytest.raises(ValueError, match="holds weights of paper-sparse-cnn"):
        train(*data, other, workdir=tmp_path, start=trained.path, device="cpu")


def test_cancelled_training_continues_to_the_same_bundle(trained, data, tmp_path):
    answers = iter([False, True])
    with pytest.raises(TrainingCancelled):
        train(
            *data,
            BRIEF,
            workdir=tmp_path,
            should_stop=lambda: next(answers),
            device="cpu",
        )

    resumed = train(*data, BRIEF, workdir=tmp_path, device="cpu")

    assert resumed.sha256 == trained.sha256


@pytest.mark.slow
def test_training_learns_a_plain_difference(data, tmp_path):
    settings = configs.get("paper-sparse-cnn").settings(
        "quick", steps=40, batch_size=4, ema=0.9
    )

    learned = train(*data, settings, workdir=tmp_path, device="cpu")

    assert learned.metrics["validation_auc"] > 0.9
    losses = [value for _, value in learned.loss_curve]
    half = len(losses) // 2
    assert np.mean(losses[half:]) < np.mean(losses[:half])


def test_shared_cluster_is_refused_before_any_work(data, tmp_path):
    with pytest.raises(ClusterOverlap, match="patient cluster 1-0 and 3 more"):
        train(data[0], data[0], BRIEF, workdir=tmp_path, device="cpu")
    assert not list(tmp_path.iterdir())


def test_scores_do_not_depend_on_the_company(detector, data):
    images = np.concatenate([data[0].images, data[1].images])

    together = detector.score(images)
    alone = [detector.score(image[None])[0] for image in images]

    assert together.shape == (len(images),)
    assert together == pytest.approx(np.array(alone), abs=1e-4)


def test_probability_is_one_half_at_the_offset(detector):
    scores = detector.offset + detector.temperature * np.array([-2.0, 0.0, 1.0])

    assert detector.probability(scores) == pytest.approx(
        [0.1192, 0.5, 0.7311], abs=1e-4
    )
    assert np.isfinite(detector.probability([-1e6, 1e6])).all()


def test_calls_are_made_at_the_threshold(detector):
    scores = detector.threshold + np.array([-1.0, 0.0, 1.0])

    assert detector.decide(scores).tolist() == [False, True, True]


def test_heat_maps_say_where_the_score_comes_from(detector, data):
    images = data[1].images[:2]

    heat = detector.heatmap(images)

    assert heat.shape == (2, 256, 256)
    bias = float(detector.network.head.bias.detach())
    # bilinear growth by 16 keeps the mean but at the rim
    assert heat.sum((1, 2)) / 256 + bias == pytest.approx(
        detector.score(images), abs=0.05
    )


def test_nothing_to_score_gives_nothing(detector):
    none = np.zeros((0, 256, 256, 3), np.uint8)

    assert detector.score(none).shape == (0,)
    assert detector.heatmap(none).shape == (0, 256, 256)


@pytest.mark.parametrize(
    "images", [np.zeros((1, 64, 64, 3), np.uint8), np.zeros((1, 256, 256, 3))]
)
def test_images_of_another_kind_are_refused(detector, images):
    with pytest.raises(ValueError, match="the detector scores uint8 images"):
        detector.score(images)


def test_wrong_digest_is_refused(trained):
    with pytest.raises(ChecksumMismatch):
        Detector.load(trained.path, "0" * 64)


def test_bundle_of_a_manipulator_is_refused(tmp_path):
    checkpoints.save(tmp_path / "m.safetensors", {}, {"kind": "manipulator"})

    with pytest.raises(checkpoints.UnreadableCheckpoint, match="bundle of no detector"):
        Detector.load(tmp_path / "m.safetensors")
