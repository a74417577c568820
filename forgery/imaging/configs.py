"""Settings of manipulators and of the training loop; forms read these, so no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


class Settings:
    """What every settings dataclass can do: be stored as data and named."""

    def to_dict(self) -> dict[str, Any]:
        """
        Return the settings as JSON-ready data.

        Returns
        -------
        dict
            One entry a field.
        """
        return asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """
        Rebuild settings from `to_dict`.

        Parameters
        ----------
        data : mapping
            One entry a field; fields left out keep their defaults.

        Returns
        -------
        Settings
            The equal settings; unknown fields raise ``TypeError``.
        """
        return cls(**data)

    @property
    def digest(self) -> str:
        """
        Name the settings by their content.

        Returns
        -------
        str
            SHA-256 in hexadecimal of the sorted JSON of the fields.
        """
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def require(*rules: tuple[bool, str]) -> None:
    """
    Refuse settings that break a rule.

    Parameters
    ----------
    *rules : tuple of bool and str
        Whether it holds, and what to say when it does not.

    Raises
    ------
    ValueError
        With the sentences of all broken rules.
    """
    broken = [sentence for holds, sentence in rules if not holds]
    if broken:
        raise ValueError("; ".join(broken))


@dataclass(frozen=True)
class UNetConfig(Settings):
    """Shape of `paper-unet`; the defaults are the paper's (S3)."""

    size: int = 256
    """Side of the image in pixels."""
    channels: int = 4
    """Channels in and out: red, green, blue and grey."""
    levels: int = 7
    """Layers of the paper, each of two convolutions."""
    base: int = 4
    """Channels of the first level; each further level doubles them."""
    dropout: float = 0.3
    """Chance that a feature of the dropout levels is set to zero in training."""
    dropout_levels: tuple[int, ...] = (6, 7)
    """Levels with dropout, counted from 1."""

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be built."""
        object.__setattr__(self, "dropout_levels", tuple(self.dropout_levels))
        step = 2 ** (self.levels - 1)
        require(
            (2 <= self.levels <= 9, f"levels {self.levels} must be 2 to 9"),
            (self.size % step == 0, f"size {self.size} must be a multiple of {step}"),
            (self.channels >= 1, f"channels {self.channels} must be at least 1"),
            (self.base >= 1, f"base {self.base} must be at least 1"),
            (0 <= self.dropout < 1, f"dropout {self.dropout} must be 0 to below 1"),
            (
                all(1 <= level <= self.levels for level in self.dropout_levels),
                f"dropout_levels {self.dropout_levels} must be 1 to {self.levels}",
            ),
        )

    @property
    def widths(self) -> tuple[int, ...]:
        """
        The channels of each level.

        Returns
        -------
        tuple of int
            From the first level to the deepest.
        """
        return tuple(self.base * 2**level for level in range(self.levels))


@dataclass(frozen=True)
class TrainingSettings(Settings):
    """What the training loop needs to know, whatever it trains."""

    recipe: str = "paper-unet"
    """Name of the recipe."""
    preset: str = "full"
    """Name of the preset these settings came from."""
    seed: int = 1
    """Seed of weights, batches, dropout and augmentation."""
    steps: int = 1000
    """Steps of the optimizer."""
    batch_size: int = 2
    """Images a step."""
    learning_rate: float = 3e-3
    """Largest step size of Adam; a short warm-up leads to it, a cosine from it."""
    weight_decay: float = 0.0
    """Decoupled decay of the weights a step, times the learning rate."""
    warmup: float = 0.1
    """Share of the steps in which the learning rate rises."""
    clip: float = 1.0
    """Largest norm of a step's gradient; 0 for no limit."""
    momentum: float = 0.9
    """Decay of Adam's moving mean of the gradients; 0.5 for two-sided training."""
    schedule: str = "cosine"
    """How the learning rate falls: by a cosine, or linear in the second half."""
    ema: float = 0.0
    """Decay of the moving average of the weights that is kept; 0 keeps the last."""
    checkpoint_seconds: float = 20.0
    """Least time between two resume states; 0 writes one after every step."""
    precision: str = "auto"
    """Arithmetic of training: fp32, or auto for bfloat16 where that is faster."""

    def __post_init__(self) -> None:
        """Refuse settings under which nothing could be learned."""
        require(
            (0 <= self.seed < 2**63, f"seed {self.seed} must be 0 to 2^63 - 1"),
            (1 <= self.steps <= 10**7, f"steps {self.steps} must be 1 to 10,000,000"),
            (self.batch_size >= 1, f"batch_size {self.batch_size} must be at least 1"),
            (
                0 < self.learning_rate <= 1,
                f"learning_rate {self.learning_rate} must be above 0 and at most 1",
            ),
            (
                0 <= self.weight_decay <= 1,
                f"weight_decay {self.weight_decay} must be 0 to 1",
            ),
            (0 <= self.momentum < 1, f"momentum {self.momentum} must be 0 to below 1"),
            (
                self.schedule in ("cosine", "linear"),
                f"schedule {self.schedule!r} must be cosine or linear",
            ),
            (0 <= self.warmup < 1, f"warmup {self.warmup} must be 0 to below 1"),
            (self.clip >= 0, f"clip {self.clip} must not be negative"),
            (
                self.precision in ("auto", "fp32"),
                f"precision {self.precision!r} must be auto or fp32",
            ),
            (0 <= self.ema < 1, f"ema {self.ema} must be 0 to below 1"),
            (
                self.checkpoint_seconds >= 0,
                f"checkpoint_seconds {self.checkpoint_seconds} must not be negative",
            ),
        )


@dataclass(frozen=True)
class ManipulatorSettings(TrainingSettings):
    """How a U-Net manipulator is trained."""

    crop: int = 256
    """Side in pixels of the random part of a photograph that a step looks at."""
    ssim_weight: float = 0.2
    """Weight of 1 - SSIM beside the mean absolute difference."""
    colour_weight: float = 0.5
    """Weight of the mean absolute difference of 16 x 16 pixel means."""
    grey_weight: float = 0.1
    """Weight of the difference of the grey channel from the grey of the colours."""
    colour_sigma: float = 12.0
    """Scale in pixels above which a forgery keeps its photograph's colours; 0 never."""

    def __post_init__(self) -> None:
        """Refuse weights and scales out of range."""
        super().__post_init__()
        require(
            (self.crop > 0 and self.crop % 64 == 0, f"crop {self.crop} must be n x 64")
        )
        for name in ("ssim_weight", "colour_weight", "grey_weight"):
            value = getattr(self, name)
            require((0 <= value <= 100, f"{name} {value} must be 0 to 100"))
        require(
            (
                0 <= self.colour_sigma <= 256,
                f"colour_sigma {self.colour_sigma} must be 0 to 256 pixels",
            )
        )
