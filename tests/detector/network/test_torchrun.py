"""Two gloo processes learn what one learns; parts of a batch add up to the whole."""

import cv2
import numpy as np
import pytest
import torch

from detector.network import configs, networks, torchrun
from detector.network.curriculum import Twins
from detector.network.examples import Examples
from detector.network.losses import ForensicLoss, own_part
from detector.network.training import train
from forgery.imaging import checkpoints, parallel
from forgery.imaging.errors import TrainingCancelled
from forgery.imaging.parallel import Team
from forgery.imaging.seeding import seeded
from forgery.imaging.training import Run, Trainer

SETTINGS = configs.get("default").settings(
    "quick",
    steps=5,
    batch_size=8,
    crop=64,
    clean_share=0.2,
    precision="fp32",
    learning_rate=3.3e-5,  # what the warm-up of `full` gives its fifth step
)


def twins(n=6, side=64, seed=1):
    rng = np.random.default_rng(seed)
    originals = rng.normal(120, 20, (n, side, side, 3)).clip(0, 255).astype(np.uint8)
    forged = originals.copy()
    masks = np.zeros((2 * n, side // 4, side // 4), np.uint8)
    for place, image in enumerate(forged):
        image[16:40, 16:40] = cv2.GaussianBlur(image, (0, 0), 1.5)[16:40, 16:40]
        masks[n + place, 4:10, 4:10] = 255
    name = np.array([f"{seed}-{i}" for i in range(n)] * 2)
    return Examples(
        np.concatenate([originals, forged]),
        np.repeat([False, True], n),
        name,
        np.full(2 * n, "normal"),
        name,
        np.repeat(["", "lesion-insert"], n),
        masks,
    )


def alone(folder):
    with seeded(SETTINGS.seed):
        network = networks.build("default")
    data = twins()
    trainer = Trainer(network, SETTINGS, Run(folder, device="cpu"), data.digest)
    trainer.fit(ForensicLoss(data, SETTINGS, trainer.device))
    return checkpoints.load_state(folder / "resume.pt")


def test_two_processes_learn_what_one_learns(tmp_path, monkeypatch):
    monkeypatch.setenv("FUNDUS_DEVICE", "cpu")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    heard = []
    run = Run(tmp_path / "two", lambda *news: heard.append(news[0]), device="cpu")

    torchrun.launch(twins(), SETTINGS, run, 2)

    one = alone(tmp_path / "one")
    two = checkpoints.load_state(tmp_path / "two" / "resume.pt")
    assert heard == [1, 2, 3, 4, 5]
    assert two["step"] == 5
    for name, weight in one["network"].items():
        torch.testing.assert_close(two["network"][name], weight, rtol=0, atol=1e-5)
    moments = zip(
        one["optimizer"]["state"].values(),
        two["optimizer"]["state"].values(),
        strict=True,
    )
    for mine, theirs in moments:  # moving means of the gradients
        torch.testing.assert_close(
            theirs["exp_avg"], mine["exp_avg"], rtol=0, atol=1e-5
        )


def test_training_goes_on_from_what_several_processes_learned(tmp_path, monkeypatch):
    asked = []

    def launch(data, settings, run, processes):
        asked.append(processes)
        alone(run.workdir)

    monkeypatch.setenv(parallel.VARIABLE, "2")
    monkeypatch.setattr(torchrun, "launch", launch)
    heard = []
    made = train(
        twins(),
        twins(seed=2),
        SETTINGS,
        workdir=tmp_path,
        on_progress=lambda *news: heard.append(news),
        device="cpu",
    )

    assert asked == [2]
    assert heard == []  # no step was left to do
    assert made.path.is_file()


def test_parts_of_a_batch_keep_twins_together_and_weigh_as_the_whole():
    _, batch, pairs = Twins(twins(), SETTINGS).draw(4)
    parts = [own_part(batch, pairs, Team(rank, 2)) for rank in range(2)]

    assert sorted(i for part in parts for i in part.places) == list(range(len(batch)))
    assert sum(len(part.pairs) for part in parts) == len(pairs)
    assert sum(part.image_weight for part in parts) == pytest.approx(2)
    assert sum(part.pair_weight for part in parts) == pytest.approx(2)
    for part in parts:
        for original, forgery in part.pairs:
            groups = [batch[part.places[i]].group for i in (original, forgery)]
            assert groups[0] == groups[1]


def test_too_many_processes_for_a_batch_are_refused():
    _, batch, pairs = Twins(twins(), SETTINGS).draw(0)

    with pytest.raises(ValueError, match="cannot be shared by 9 processes"):
        own_part(batch, pairs, Team(0, 9))


def test_a_failing_process_and_a_stop_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("FUNDUS_DEVICE", "no-such")
    with pytest.raises(RuntimeError, match="in 2 processes failed"):
        torchrun.launch(twins(), SETTINGS, Run(tmp_path / "a", device="cpu"), 2)

    monkeypatch.setenv("FUNDUS_DEVICE", "cpu")
    run = Run(tmp_path / "b", should_stop=lambda: True, device="cpu")
    with pytest.raises(TrainingCancelled, match="after step 1 of 5"):
        torchrun.launch(twins(), SETTINGS, run, 1)


def test_wish_for_processes_is_read_and_checked(monkeypatch):
    monkeypatch.delenv(parallel.VARIABLE, raising=False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert parallel.wanted() == 4

    monkeypatch.setenv(parallel.VARIABLE, "2")
    assert parallel.wanted() == 2

    monkeypatch.setenv(parallel.VARIABLE, "many")
    with pytest.raises(ValueError, match="'many' must be a whole number"):
        parallel.wanted()

    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "one of them")
    assert parallel.wanted() == 1
