"""Forge by any recipe: from weights where it has some, else at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forgery.imaging import checkpoints, families, manipulator, recipes
from forgery.imaging.field import Image, field_of_view
from forgery.imaging.forged import Forged, NothingToForge, Scene


@dataclass(frozen=True)
class Weights:
    """A bundle of `manipulator`, and the digest it must have."""

    path: Path
    sha256: str | None = None
    device: str | None = None
    """Name of the device; None chooses."""


class Forger:
    """
    A recipe ready to forge photographs one by one.

    Parameters
    ----------
    recipe : str
        Its name.
    seed : int
        Seed of the run; with a photograph's content it fixes the forgery.
    weights : Weights or None
        The bundle, for recipes that are trained.

    Raises
    ------
    ValueError
        If a trained recipe has no weights, or those of another recipe.
    """

    def __init__(self, recipe: str, seed: int, weights: Weights | None = None) -> None:
        self.recipe, self.seed = recipes.get(recipe), seed
        self.painter: manipulator.Painter | None = None
        self.weights_sha256 = ""
        if not self.recipe.is_trained:
            return
        if weights is None:
            msg = f"{recipe} needs weights: train them with train_manipulator"
            raise ValueError(msg)
        self.painter = manipulator.load(
            weights.path, weights.sha256, device=weights.device
        )
        self.weights_sha256 = checkpoints.digest(weights.path)
        if self.painter.recipe != recipe:
            msg = f"{weights.path.name} holds weights of {self.painter.recipe}"
            raise ValueError(f"{msg}, not of {recipe}")

    def forge(self, image: Image, scene: Scene) -> Forged:
        """
        Forge one photograph.

        Parameters
        ----------
        image : ndarray of uint8, shape (S, S, 3)
            A photograph from `profiles.prepare`.
        scene : Scene
            What is known beside the pixels.

        Returns
        -------
        Forged
            The forgery; not yet finished by `profiles.finish`.

        Raises
        ------
        NothingToForge
            If the photograph offers nothing that the recipe could change.
        """
        if self.painter is None:
            return families.forge(self.recipe.key, image, scene, self._rng(image))
        made = self.painter.forge(image[None], [field_of_view(image)])
        if np.array_equal(made.images[0], image):
            msg = "the photograph is dark throughout, or the painter leaves it as it is"
            raise NothingToForge(msg)
        return Forged(
            image=made.images[0],
            mask=made.masks[0],
            target=self.painter.target or scene.target or scene.lesion,
            parameters={"area": round(float(made.masks[0].mean()), 6)},
        )

    def _rng(self, image: Image) -> np.random.Generator:
        # of the seed and the pixels: the order of photographs does not matter
        digest = hashlib.sha256(image.tobytes()).digest()
        return np.random.default_rng([self.seed, int.from_bytes(digest[:8])])
