"""The loop: seeds, progress, cancel, and a resume that changes nothing."""

import logging
import signal
import subprocess
import sys
import textwrap
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from forgery.imaging import checkpoints
from forgery.imaging.configs import ManipulatorSettings, TrainingSettings, UNetConfig
from forgery.imaging.errors import TrainingCancelled
from forgery.imaging.seeding import batch_of, rate_at, seeded
from forgery.imaging.training import (
    RESUME_FILE,
    Run,
    Trainer,
)
from forgery.imaging.unet import UNet

CONFIG = UNetConfig(size=16, levels=3, dropout_levels=(2, 3))
SETTINGS = TrainingSettings(steps=12, ema=0.9, checkpoint_seconds=0, weight_decay=0.01)
WORKER = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    sys.path.insert(0, sys.argv[2])
    from test_training import SETTINGS, loss, trainer
    from forgery.imaging.training import Run

    def slowly(network, rng, step):
        time.sleep(0.05)
        return loss(network, rng, step)

    trainer(Run(Path(sys.argv[1]), device="cpu")).fit(slowly)
""")


def loss(network, rng, step):
    x = torch.from_numpy(rng.random((2, 4, 16, 16), np.float32))
    return (network(x) - x).abs().mean()


def trainer(run, settings=SETTINGS, fingerprint="data"):
    with seeded(settings.seed):
        network = UNet(CONFIG)
    return Trainer(network, settings, run, fingerprint)


def weights_after(run, settings=SETTINGS):
    made = trainer(run, settings)
    made.fit(loss)
    return made.network.state_dict()


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def run_in(folder, **wishes):
    return Run(folder, device="cpu", **wishes)


def test_same_seed_gives_same_weights_and_another_seed_others(tmp_path):
    first = weights_after(run_in(tmp_path / "a"))
    second = weights_after(run_in(tmp_path / "b"))
    other = weights_after(
        run_in(tmp_path / "c"), TrainingSettings(**SETTINGS.to_dict() | {"seed": 2})
    )

    assert same(first, second)
    assert not same(first, other)


def test_training_leaves_the_global_seed_alone(tmp_path):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)

    weights_after(run_in(tmp_path))

    assert torch.equal(torch.rand(3), expected)


def test_cancelled_run_continues_to_the_same_weights(tmp_path):
    whole = weights_after(run_in(tmp_path / "whole"))
    answers = iter([False] * 5 + [True])
    stopped = run_in(tmp_path / "part", should_stop=lambda: next(answers))

    with pytest.raises(TrainingCancelled, match="stopped after step 5 of 12"):
        weights_after(stopped)
    resumed = trainer(run_in(tmp_path / "part"))
    began = resumed.progress.step
    resumed.fit(loss)

    assert began == 5
    assert same(whole, resumed.network.state_dict())


def test_killed_run_continues_to_the_same_weights(tmp_path):
    whole = weights_after(run_in(tmp_path / "whole"))
    part = tmp_path / "part"
    here = str(Path(__file__).parent)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(part), here])
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (part / RESUME_FILE).exists():
        time.sleep(0.01)

    worker.send_signal(signal.SIGKILL)
    worker.wait()
    resumed = trainer(run_in(part))
    began = resumed.progress.step
    resumed.fit(loss)

    assert 1 <= began < SETTINGS.steps
    assert same(whole, resumed.network.state_dict())


@pytest.mark.parametrize("change", ["settings", "data"])
def test_resume_state_of_another_run_is_ignored(tmp_path, change):
    trainer(run_in(tmp_path)).fit(loss)

    if change == "settings":
        other = trainer(
            run_in(tmp_path), TrainingSettings(**SETTINGS.to_dict() | {"steps": 20})
        )
    else:
        other = trainer(run_in(tmp_path), fingerprint="other data")

    assert other.progress.step == 0


def test_damaged_resume_state_starts_anew_and_says_so(tmp_path, caplog):
    (tmp_path / RESUME_FILE).write_bytes(b"\x80\x02 nonsense")

    with caplog.at_level(logging.WARNING):
        begun = trainer(run_in(tmp_path))

    assert begun.progress.step == 0
    assert "starting anew" in caplog.text


def test_progress_is_told_after_every_step(tmp_path):
    heard = []

    trainer(run_in(tmp_path, on_progress=lambda *told: heard.append(told))).fit(loss)

    assert [told[:2] for told in heard] == [(i, 12) for i in range(1, 13)]
    assert all(told[2] > 0 and told[3]["seconds"] > 0 for told in heard)


def test_state_is_written_no_more_often_than_asked(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(checkpoints, "save_state", lambda *a: written.append(a))

    settings = TrainingSettings(**SETTINGS.to_dict() | {"checkpoint_seconds": 3600})
    trainer(run_in(tmp_path), settings).fit(loss)

    assert len(written) == 1  # the last


def test_moving_average_is_what_is_kept(tmp_path):
    kept = weights_after(run_in(tmp_path / "ema"))
    state = checkpoints.load_state(tmp_path / "ema" / RESUME_FILE)

    assert same(kept, state["average"])
    assert not same(kept, state["network"])


def test_loss_that_is_no_number_stops_the_run(tmp_path):
    def broken(network, rng, step):
        return loss(network, rng, step) * float("nan")

    with pytest.raises(FloatingPointError, match="loss is nan at step 1"):
        trainer(run_in(tmp_path)).fit(broken)


def test_every_example_comes_once_an_epoch():
    drawn = np.concatenate([batch_of(3, step, 4, 10) for step in range(5)])

    assert sorted(drawn[:10].tolist()) == list(range(10))
    assert sorted(drawn[10:].tolist()) == list(range(10))
    assert drawn[:10].tolist() != drawn[10:].tolist()


def test_rate_rises_then_falls():
    settings = TrainingSettings(steps=100, learning_rate=1e-2, warmup=0.1)

    rates = [rate_at(step, settings) for step in range(100)]

    assert rates[0] == pytest.approx(1e-3)
    assert max(rates) == pytest.approx(1e-2)
    assert int(np.argmax(rates)) in (9, 10)
    assert rates[-1] < 2e-4
    assert all(b < a for a, b in pairwise(rates[10:]))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"steps": 0}, "steps 0 must be 1"),
        ({"batch_size": 0}, "batch_size 0 must be at least 1"),
        ({"learning_rate": 0}, "learning_rate 0 must be above 0"),
        ({"seed": -1}, "seed -1"),
        ({"ema": 1.0}, r"ema 1\.0"),
        ({"clip": -1}, "clip -1"),
        ({"checkpoint_seconds": -1}, "checkpoint_seconds -1"),
        ({"ssim_weight": -1}, "ssim_weight -1 must be 0 to 100"),
        ({"colour_sigma": 999}, "colour_sigma 999 must be 0 to 256 pixels"),
    ],
)
def test_settings_out_of_range_are_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        ManipulatorSettings(**fields)


def test_settings_are_named_by_their_content():
    assert SETTINGS.digest == TrainingSettings.from_dict(SETTINGS.to_dict()).digest
    assert SETTINGS.digest != TrainingSettings(steps=13).digest
