"""Judges of an evaluation: kept by content, and whole again after kill -9."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from detector.network import configs, training
from detector.network.examples import Examples
from detector.services import judges
from detector.services.judges import Desk
from forgery.exceptions import WrongInput
from forgery.imaging.errors import TrainingCancelled
from forgery.imaging.profiles import PLAIN

BRIEF = replace(
    configs.get("paper-sparse-cnn").settings("quick", steps=12, batch_size=2),
    checkpoint_seconds=0.0,
)


def twins(n, seed):
    rng = np.random.default_rng(seed)
    originals = rng.normal(120, 20, (n, 256, 256, 3)).clip(0, 255).astype(np.uint8)
    forged = np.stack([cv2.GaussianBlur(image, (0, 0), 0.8) for image in originals])
    pair = np.array([f"{seed}-{i}/{PLAIN.name}" for i in range(n)] * 2)
    truth = np.repeat([False, True], n)
    return Examples(
        np.concatenate([originals, forged]),
        truth,
        pair,
        np.full(2 * n, "normal"),
        pair,
        np.where(truth, "paper-unet", ""),
    )


def desk(folder, progress=lambda *_: None):
    return Desk(folder, progress, lambda: False)


def train(folder, progress=lambda *_: None):
    made = judges.network(
        twins(2, 1), twins(2, 2), BRIEF, desk(folder, progress), label="test"
    )
    return made.sha256


def die_at_the_seventh_step(folder):
    def progress(step, _total, _message):
        if step == 7:
            os.kill(os.getpid(), signal.SIGKILL)

    train(folder, progress)


@pytest.mark.slow
def test_a_training_that_was_killed_ends_with_the_same_weights(root, tmp_path):
    whole = train(tmp_path / "whole")
    code = (
        "import sys, django; django.setup(); from pathlib import Path; "
        "from tests.detector import test_judges; "
        "test_judges.die_at_the_seventh_step(Path(sys.argv[1]))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "killed")], cwd=root, check=False
    )
    assert child.returncode == -signal.SIGKILL

    steps = []
    again = train(tmp_path / "killed", lambda step, *_: steps.append(step))

    assert again == whole
    assert steps[0] > 6  # it went on, it did not begin anew


def test_a_network_is_trained_once_for_its_data_and_read_afterwards(tmp_path):
    few = replace(BRIEF, steps=2)
    parts = twins(2, 1), twins(2, 2)
    first = judges.network(*parts, few, desk(tmp_path), label="test")
    heard = []

    again = judges.network(
        *parts, few, desk(tmp_path, lambda *said: heard.append(said)), label="test"
    )

    assert (again.sha256, heard) == (first.sha256, [])
    started = judges.network(
        *parts, few, desk(tmp_path), start=first.path, label="test"
    )
    assert started.path != first.path


def test_linear_baselines_learn_and_leave_a_family_out(tmp_path):
    train_, validation = twins(6, 1), twins(6, 2)

    found = judges.linear([(train_, validation)], desk(tmp_path))

    residual = found[judges.RESIDUAL]
    scores = residual.score(validation.images, desk(tmp_path))
    assert scores[validation.truth].min() > scores[~validation.truth].max()
    assert ((residual.margin(scores) >= 0) == (scores >= residual.threshold)).all()
    assert (residual.probability(scores)[validation.truth] > 0.5).all()
    with pytest.raises(ValueError, match="class"):
        judges.linear([(train_, validation)], desk(tmp_path), "paper-unet")


def test_a_killed_writer_leaves_no_array(tmp_path):
    def fail():
        raise TrainingCancelled("stopped")

    with pytest.raises(TrainingCancelled):
        judges.kept(tmp_path / "a.npy", fail)

    assert not list(tmp_path.iterdir())
    assert judges.kept(tmp_path / "a.npy", lambda: np.ones(2)).sum() == 2
    assert judges.kept(tmp_path / "a.npy", fail).sum() == 2


def test_a_start_that_has_seen_the_family_left_out_is_refused(tmp_path):
    clean = twins(2, 1)
    clean = replace(clean, family=np.where(clean.truth, "residual-unet", ""))
    train(tmp_path)
    (start,) = tmp_path.glob("networks/*/*.safetensors")

    assert training.families_of(start) == ["paper-unet"]
    judges.check_left_out(clean, start, "cyclegan")
    for family in ("paper-unet", "residual-unet"):
        with pytest.raises(WrongInput, match="left out"):
            judges.check_left_out(clean, start, family)


def test_what_a_start_has_learned_is_told_by_what_goes_on_from_it(tmp_path):
    train(tmp_path)
    (start,) = tmp_path.glob("networks/*/*.safetensors")
    other = twins(2, 1)
    other = replace(other, family=np.where(other.truth, "residual-unet", ""))

    made = judges.network(
        other, twins(2, 2), BRIEF, desk(tmp_path), start=start, label="next"
    )

    assert training.families_of(made.path) == ["paper-unet", "residual-unet"]
