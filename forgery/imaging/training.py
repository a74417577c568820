"""The training loop of both apps: progress, cancel, resume, seeds.

Every draw of a step (batch, augmentation, dropout) comes from the seed and the
number of the step alone, so a resume state needs no generator's state but the
position, and a run that was killed ends with the very weights of one that was not.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from forgery.imaging import checkpoints, devices, parallel
from forgery.imaging.configs import TrainingSettings
from forgery.imaging.errors import TrainingCancelled
from forgery.imaging.seeding import rate_at, reseed
from forgery.imaging.seeding import seeded as seeded

logger = logging.getLogger(__name__)

RESUME_FILE = "resume.pt"
"""Name of the resume state in the folder of a run."""

Loss = Callable[[nn.Module, np.random.Generator, int], torch.Tensor]
"""Draws the batch of a step and returns the loss of the network on it."""


def ignore_progress(
    step: int, total: int, loss: float, metrics: dict[str, float]
) -> None:
    """
    Hear of progress and do nothing.

    Parameters
    ----------
    step, total : int
        Steps done, and to do in all.
    loss : float
        Loss of the last step.
    metrics : dict
        Further figures by name.
    """


def never_stop() -> bool:
    """
    Answer that the run goes on.

    Returns
    -------
    bool
        False.
    """
    return False


@dataclass(frozen=True)
class Run:
    """Where a training runs, and who hears of it."""

    workdir: Path
    """Folder of the resume state and of what the training makes."""
    on_progress: Callable[[int, int, float, dict[str, float]], None] = ignore_progress
    """Called after every step with step, total, loss and further figures."""
    should_stop: Callable[[], bool] = never_stop
    """Asked before every step."""
    device: str | None = None
    """Name of the device; None chooses."""

    @property
    def resume_file(self) -> Path:
        """
        Where the resume state lies.

        Returns
        -------
        Path
            A file of the folder.
        """
        return Path(self.workdir) / RESUME_FILE


@dataclass
class Progress:
    """How far a run has come."""

    step: int = 0
    """Steps done."""
    curve: list[tuple[int, float]] = field(default_factory=list)
    """Step and loss, about a hundred points."""
    seconds: float = 0.0
    """Wall time in all, over all attempts."""


class Trainer:
    """
    One training run, fresh or resumed.

    Parameters
    ----------
    network : torch.nn.Module
        The network; it is moved to the device and trained in place.
    settings : TrainingSettings
        Steps, rates and seed.
    run : Run
        Folder, device and listeners.
    fingerprint : str
        What is trained on what: a resume state of another fingerprint is ignored.
    """

    def __init__(
        self, network: nn.Module, settings: TrainingSettings, run: Run, fingerprint: str
    ) -> None:
        self.settings = settings
        self.run = run
        self.fingerprint = f"{settings.digest}:{fingerprint}"
        self.device = devices.choose(run.device)
        self.network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            betas=(settings.momentum, 0.999),
            fused=True,  # one pass over the weights: a third of the time
        )
        self.average = _copy(self.network) if settings.ema else None
        self.progress = Progress()
        self._resume()
        painter = getattr(self.network, "painter", self.network)
        devices.compile_for(painter, self.device)
        self.team = parallel.team()
        self.stepping = parallel.step_of(self.network, self.device)

    def fit(self, loss: Loss) -> Progress:
        """
        Train to the last step.

        Parameters
        ----------
        loss : callable
            Draws the batch of a step and returns the loss of the network on it.

        Returns
        -------
        Progress
            Steps, loss curve and seconds.

        Raises
        ------
        TrainingCancelled
            If ``should_stop`` said so; the resume state is written first.
        """
        total, saved = self.settings.steps, time.monotonic()
        with seeded(self.settings.seed):
            while self.progress.step < total:
                if parallel.agreed(self.run.should_stop(), self.device):
                    self.save()
                    msg = f"training stopped after step {self.progress.step} of {total}"
                    raise TrainingCancelled(msg)
                self._step(loss)
                if time.monotonic() - saved >= self.settings.checkpoint_seconds:
                    self.save()
                    saved = time.monotonic()
        self._finish()
        return self.progress

    def _step(self, loss: Loss) -> None:
        began, step = time.monotonic(), self.progress.step
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(step, self.settings)
        reseed(self.settings.seed, 2, step)
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        rng = np.random.default_rng([self.settings.seed, 3, step])
        with devices.autocast(self.device, self.settings.precision):
            value = self.stepping(lambda network: loss(network, rng, step))
        value.backward()
        if self.settings.clip > 0:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimizer.step()
        self._track()
        self._report(value.item(), time.monotonic() - began)

    def _track(self) -> None:
        if self.average is None:
            return
        # early on the average follows quickly: (1 + n) / (10 + n) of the past
        n = self.progress.step
        decay = min(self.settings.ema, (1 + n) / (10 + n))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if value.is_floating_point():
                    self.average[name].lerp_(value, 1 - decay)
                else:
                    self.average[name].copy_(value)

    def _report(self, loss: float, seconds: float) -> None:
        progress, total = self.progress, self.settings.steps
        progress.step += 1
        progress.seconds += seconds
        if not math.isfinite(loss):
            msg = f"the loss is {loss} at step {progress.step}; lower the learning rate"
            raise FloatingPointError(msg)
        if progress.step % max(1, total // 100) == 0 or progress.step in (1, total):
            progress.curve.append((progress.step, loss))
        if self.team.is_first:
            known = {"seconds": progress.seconds}
            self.run.on_progress(progress.step, total, loss, known)

    def _finish(self) -> None:
        self.save()
        if self.average is not None:
            self.network.load_state_dict(self.average)
        self.network.eval()

    def save(self) -> None:
        """Write the resume state atomically, in the first process of a team."""
        if not self.team.is_first:
            return
        state = {
            "fingerprint": self.fingerprint,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "step": self.progress.step,
            "curve": self.progress.curve,
            "seconds": self.progress.seconds,
        }
        checkpoints.save_state(self.run.resume_file, state)

    def _resume(self) -> None:
        try:
            state = checkpoints.load_state(self.run.resume_file)
        except checkpoints.UnreadableCheckpoint as error:
            logger.warning("starting anew: %s", error)
            return
        if state is None or state["fingerprint"] != self.fingerprint:
            return
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.average is not None:
            for name, value in state["average"].items():
                self.average[name].copy_(value)
        curve = [(int(step), float(loss)) for step, loss in state["curve"]]
        self.progress = Progress(int(state["step"]), curve, float(state["seconds"]))
        logger.info("resuming at step %d", self.progress.step)


def _copy(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}
