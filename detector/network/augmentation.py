"""Twin batches and augmentation of `paper-sparse-cnn`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from detector.network.examples import Examples, Images
from forgery.imaging import profiles


class TwinBatches:
    """
    Batches of twins: an original and one of its own forgeries.

    An image without a twin is drawn alone. Everything is a function of the seed
    and the step.

    Parameters
    ----------
    examples : Examples
        What to draw from.
    batch_size : int
        Images a batch, at most.
    seed : int
        Seed of the run.
    """

    def __init__(self, examples: Examples, batch_size: int, seed: int) -> None:
        self.seed, self.twins = seed, max(1, batch_size // 2)
        groups: dict[str, tuple[list[int], list[int]]] = {}
        for i, (pair, truth) in enumerate(
            zip(examples.pair.tolist(), examples.truth.tolist(), strict=True)
        ):
            groups.setdefault(pair or f"alone {i}", ([], []))[int(truth)].append(i)
        self.groups: list[tuple[list[int], list[int]]] = list(groups.values())

    def draw(self, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """
        Draw the batch of a step.

        Parameters
        ----------
        step : int
            Number of the step, from 0.

        Returns
        -------
        indices : ndarray of int, shape (B,)
            Examples in the batch.
        twins : ndarray of int, shape (T, 2)
            Positions in the batch of an original and of its forgery.
        """
        rng = np.random.default_rng([self.seed, 5, step])
        indices: list[int] = []
        twins: list[tuple[int, int]] = []
        for number in range(step * self.twins, (step + 1) * self.twins):
            drawn = [int(rng.choice(side)) for side in self._group(number) if side]
            if len(drawn) == 2:
                twins.append((len(indices), len(indices) + 1))
            indices.extend(drawn)
        return np.array(indices), np.array(twins, np.int64).reshape(-1, 2)

    def _group(self, number: int) -> tuple[list[int], list[int]]:
        epoch, place = divmod(number, len(self.groups))
        order = np.random.default_rng([self.seed, 4, epoch]).permutation(
            len(self.groups)
        )
        group: tuple[list[int], list[int]] = self.groups[int(order[place])]
        return group


@dataclass(frozen=True)
class Augmentation:
    """What is done to twins before they are learned from: the same to both."""

    gain: float
    """Largest relative change of brightness and of each colour."""
    processing: float
    """Share that is sharpened or blurred once more."""

    def __call__(
        self, images: Images, twins: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """
        Turn, mirror, re-colour and re-process images; twins alike.

        Parameters
        ----------
        images : ndarray of uint8, shape (B, S, S, 3)
            A batch.
        twins : ndarray of int, shape (T, 2)
            Positions of originals and of their forgeries.
        rng : numpy.random.Generator
            Source of the draws.

        Returns
        -------
        ndarray of float32, shape (B, S, S, 3)
            The batch in [0, 1].
        """
        n = len(images)
        turns = rng.integers(8, size=n)
        gains = 1 + rng.uniform(-self.gain, self.gain, (n, 1)) / 2
        gains = gains + rng.uniform(-self.gain, self.gain, (n, 3)) / 2
        # blur in pixels; 0 sharpens instead, nan does neither
        sigmas = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0.3, 1.0, n))
        sigmas[rng.random(n) >= self.processing] = np.nan
        for drawn in (turns, gains, sigmas):
            drawn[twins[:, 1]] = drawn[twins[:, 0]]
        out = np.empty(images.shape, np.float32)
        for i, image in enumerate(images):
            turned = np.rot90(_processed(image, float(sigmas[i])), int(turns[i]) % 4)
            out[i] = turned[::-1] if turns[i] >= 4 else turned
        out *= (gains / 255.0).astype(np.float32)[:, None, None, :]
        return np.minimum(out, 1.0)


def _processed(image: Images, sigma: float) -> Images:
    if np.isnan(sigma):
        return image
    return profiles.blur(image, sigma) if sigma else profiles.sharpen(image)


def to_tensor(images: NDArray[np.float32]) -> torch.Tensor:
    """
    Hand a batch to torch without copying it.

    Parameters
    ----------
    images : ndarray of float32, shape (B, S, S, 3)
        Values in [0, 1].

    Returns
    -------
    torch.Tensor of float32, shape (B, 3, S, S)
        The same in channels-last memory.
    """
    return torch.from_numpy(images).permute(0, 3, 1, 2)  # (B, S, S, 3) -> (B, 3, S, S)
