"""The trace head and the fusion: learned, kept in the bundle, repeated, refused."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from detector.network import configs, metrics, trace_head, traces
from detector.network.examples import Examples
from detector.network.inference import Detector
from detector.network.trace_head import TraceHead, Washed
from detector.network.training import train
from forgery.imaging import checkpoints, laundering
from forgery.imaging.phantom.render import make

SIZE = 128


def smoothed(image):
    """Repaint a photograph: much of its finest detail goes, none of its shape."""
    soft = cv2.bilateralFilter(image, 5, 12, 2)
    return np.where(image.max(axis=2, keepdims=True) > 0, soft, image)


def twins(seeds):
    photographs = [make("normal", seed, size=SIZE).image for seed in seeds]
    n = len(photographs)
    names = np.array([f"p{seed}" for seed in seeds])
    masks = np.zeros((2 * n, SIZE // 4, SIZE // 4), np.uint8)
    masks[n:] = 255
    return Examples(
        images=np.stack([*photographs, *map(smoothed, photographs)]),
        truth=np.arange(2 * n) >= n,
        cluster=np.tile(names, 2),
        lesion=np.full(2 * n, "normal"),
        pair=np.tile(names, 2),
        family=np.repeat(["", "smooth"], n),
        mask=masks,
    )


@pytest.fixture(scope="module")
def learned():
    return twins(range(12))


@pytest.fixture(scope="module")
def unseen():
    return twins(range(50, 60))


@pytest.fixture(scope="module")
def head(learned):
    return trace_head.fit(trace_head.learned(learned, 4, Washed(1)), 1)


def test_head_tells_repainted_photographs_that_it_has_not_seen(head, unseen):
    assert metrics.auc(unseen.truth, head.score(traces.describe(unseen.images))) > 0.9


def test_same_seed_same_head_and_torch_is_left_as_it_was(head, learned):
    import torch

    before = torch.random.get_rng_state()
    again = trace_head.fit(trace_head.learned(learned, 4, Washed(1)), 1)

    assert torch.equal(before, torch.random.get_rng_state())
    for name, tensor in head.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name


def test_twins_are_laundered_alike_and_families_by_themselves_alike(learned):
    every = Washed(1)(learned, 2)
    alone = Washed(1)(learned.take(learned.family == "smooth"), 2)

    assert np.array_equal(every[learned.truth], alone)
    assert not np.array_equal(every, Washed(1)(learned, 3))
    assert not np.array_equal(every, Washed(2)(learned, 2))


def test_local_forgeries_are_left_to_the_network(learned):
    masks = learned.mask.copy()
    masks[:, 4:] = 0
    local = replace(learned, mask=masks)

    assert trace_head.learned(local, 4, Washed(1)) is None
    assert trace_head.learned(learned, 0, Washed(1)) is None


def test_every_kind_of_laundering_is_drawn():
    rng = np.random.default_rng(3)
    drawn = [str(trace_head.draw(rng)) for _ in range(400)]
    cells = {str(cell) for cell in laundering.grid()}

    assert 0.15 < np.mean([one == "-" for one in drawn]) < 0.45
    assert 0.1 < np.mean([one in cells for one in drawn]) < 0.4
    assert np.mean([one.count("+") >= 2 for one in drawn]) > 0.2


@pytest.fixture(scope="module")
def trained(learned, unseen, tmp_path_factory):
    settings = configs.get("default").settings(
        "quick", steps=1, batch_size=2, crop=64, washings=3
    )
    validation = replace(
        unseen, cluster=np.char.add("v", unseen.cluster), pair=unseen.pair
    )
    folder = tmp_path_factory.mktemp("run")
    made = train(learned, validation, settings, workdir=folder, device="cpu")
    return made, validation, settings


def test_detector_of_one_step_tells_by_its_traces(trained):
    made, validation, _ = trained
    detector = Detector.load(made.path, made.sha256, device="cpu")

    assert isinstance(detector.judgement.head, TraceHead)
    assert detector.judgement.novelty.full > detector.judgement.novelty.least
    assert made.metrics["validation_auc"] > 0.9
    scores = detector.score(validation.images)
    assert metrics.auc(validation.truth, scores) == pytest.approx(
        made.metrics["validation_auc"]
    )


def test_training_that_starts_from_such_a_bundle_takes_its_network_alone(
    trained, learned, tmp_path
):
    made, validation, settings = trained
    again = train(
        learned, validation, settings, workdir=tmp_path, start=made.path, device="cpu"
    )
    _, described = checkpoints.load(again.path, again.sha256)

    assert described["started_from"] == made.sha256
    assert described["fusion"]["width"][2] > 0


def test_whoever_remembers_traces_is_asked_for_them(trained, learned, tmp_path):
    made, validation, settings = trained
    asked = []

    def remembered(examples, number):
        asked.append(number)
        return Washed(settings.seed)(examples, number)

    again = train(
        learned,
        validation,
        settings,
        workdir=tmp_path,
        device="cpu",
        describe=remembered,
    )

    assert asked == [0, 1, 2]
    assert again.sha256 == made.sha256


def test_whoever_wants_no_novelty_gets_none(trained, learned, tmp_path):
    _, validation, settings = trained
    plain = replace(settings, novelty=0.0)
    made = train(learned, validation, plain, workdir=tmp_path, device="cpu")
    judgement = Detector.load(made.path, made.sha256, device="cpu").judgement

    assert isinstance(judgement.head, TraceHead)
    assert (judgement.usual, judgement.novelty) == (None, None)
