"""Nine weights of ten become zero, the largest stay, and the cost is told."""

from itertools import pairwise

import pytest
import torch

from detector.network import configs, networks, pruning
from detector.network.inference import Detector
from detector.network.training import train
from forgery.imaging.errors import TrainingCancelled
from tests.detector.noise import twins

BRIEF = configs.get("paper-sparse-cnn").settings("pruned", steps=4, batch_size=4)


@pytest.fixture
def network():
    torch.manual_seed(1)
    return networks.build("paper-sparse-cnn")


def test_smallest_weights_go_and_the_others_stay_as_they_were(network):
    before = [weight.clone() for weight in pruning.prunable(network)]

    pruning.cut_smallest(network, 0.9)

    after = pruning.prunable(network)
    assert pruning.zeros(network) == pytest.approx(0.9, abs=2e-3)
    for old, new in zip(before, after, strict=True):
        assert (new == 0).float().mean() >= 0.9  # in every layer
        assert old[new == 0].abs().max() <= old[new != 0].abs().min()
        assert torch.equal(new[new != 0], old[new != 0])


def test_share_rises_to_what_is_wanted_and_stays():
    shares = [pruning.share_at(step, 100, 0.9) for step in range(100)]

    assert all(first <= second for first, second in pairwise(shares))
    assert shares[0] < 0.1
    assert shares[50:] == [0.9] * 50


def test_pruned_detector_is_sparse_in_its_bundle_and_tells_its_cost(tmp_path):
    made = train(twins(4, 1), twins(3, 2), BRIEF, workdir=tmp_path, device="cpu")

    detector = Detector.load(made.path, made.sha256, device="cpu")
    assert pruning.zeros(detector.network) >= 0.9
    assert made.metrics["zeros"] == pruning.zeros(detector.network)
    assert 0 <= made.metrics["validation_auc_dense"] <= 1


def test_pruning_goes_on_after_a_stop_to_the_same_bundle(tmp_path):
    whole = train(twins(4, 1), twins(3, 2), BRIEF, workdir=tmp_path / "a", device="cpu")
    answers = iter([False] * 5 + [True])  # four steps, then one of pruning
    with pytest.raises(TrainingCancelled, match="step 1 of 2"):
        train(
            twins(4, 1),
            twins(3, 2),
            BRIEF,
            workdir=tmp_path / "b",
            should_stop=lambda: next(answers),
            device="cpu",
        )

    resumed = train(
        twins(4, 1), twins(3, 2), BRIEF, workdir=tmp_path / "b", device="cpu"
    )

    assert resumed.sha256 == whole.sha256
