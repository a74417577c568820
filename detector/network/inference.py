"""Score images by a trained detector: logits, probabilities, calls, heat maps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from detector.network import copies, networks
from detector.network.augmentation import to_tensor
from detector.network.configs import INPUT_SIZE
from detector.network.copies import CopyRule
from detector.network.examples import Images
from detector.network.judgement import Judgement, of_network
from detector.network.networks import Network
from detector.network.sparse_cnn import SparseCnn
from forgery.imaging import checkpoints, devices

_CHUNK = {"cpu": 1, "cuda": 64}
"""Images a pass by device; a processor's caches hold one image's maps, not eight's."""
_COPIED = 4.0  # logits of the tamper map: from unlikely to likely


@torch.inference_mode()
def in_chunks(
    function: Callable[[torch.Tensor], torch.Tensor],
    images: Images,
    device: torch.device,
) -> NDArray[np.float64]:
    """
    Apply a function of image tensors to many images, some at a time.

    Parameters
    ----------
    function : callable
        Takes (B, 3, 256, 256) in [0, 1], returns one row an image.
    images : ndarray of uint8, shape (n, 256, 256, 3)
        The images.
    device : torch.device
        Where the function computes.

    Returns
    -------
    ndarray of float, shape (n, ...)
        The rows.
    """
    rows, chunk = [], _CHUNK.get(device.type, 8)
    for start in range(0, len(images), chunk):
        values = images[start : start + chunk].astype(np.float32) / np.float32(255)
        # in full precision: scores rounded to 8 bits tie where they should rank
        found = function(to_tensor(values).to(device))
        rows.append(found.float().cpu().numpy().astype(np.float64))
    return np.concatenate(rows)


class Detector:
    """
    A trained detector with its threshold and temperature.

    Parameters
    ----------
    network : SparseCnn or ForensicNet
        The network with its weights.
    metadata : dict
        What its bundle says of it; ``threshold`` and ``temperature`` are needed.
    device : torch.device
        Where it computes.
    judgement : Judgement
        What is known beside the network.
    """

    def __init__(
        self,
        network: Network,
        metadata: dict[str, Any],
        device: torch.device,
        judgement: Judgement,
    ) -> None:
        self.network = network.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        self.metadata = metadata
        self.threshold = float(metadata["threshold"])
        # bundles of before had their one half at the threshold
        self.offset = float(metadata.get("offset", self.threshold))
        self.temperature = float(metadata["temperature"])
        self.judgement = judgement
        self.device = device

    @classmethod
    def load(
        cls, path: Path | str, sha256: str | None = None, *, device: str | None = None
    ) -> Self:
        """
        Read a detector from its bundle.

        Parameters
        ----------
        path : Path or str
            The bundle.
        sha256 : str or None
            The digest it must have; None trusts the file.
        device : str or None
            Name of the device; None chooses.

        Returns
        -------
        Detector
            Ready to score.

        Raises
        ------
        ChecksumMismatch
            If the bundle is not the one named.
        UnreadableCheckpoint
            If the file is no bundle of a detector.
        """
        tensors, metadata = checkpoints.load(path, sha256)
        if metadata.get("kind") != "detector":
            msg = f"{Path(path).name} is the bundle of no detector; train one first"
            raise checkpoints.UnreadableCheckpoint(msg)
        network = networks.build(metadata["recipe"], metadata["config"])
        network.load_state_dict(of_network(tensors))
        judgement = Judgement.load(tensors, metadata)
        return cls(network, metadata, devices.choose(device), judgement)

    def score(self, images: Images) -> NDArray[np.float64]:
        """
        Score images.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, 256, 256, 3)
            Images from `profiles.detector_view`.

        Returns
        -------
        ndarray of float, shape (n,)
            Logits; higher is more manipulated.

        Raises
        ------
        ValueError
            If the images have another shape.
        """
        self._check(images)
        if len(images) == 0:
            return np.empty(0)
        scores = in_chunks(self.network, images, self.device)
        return self.judgement.apply(scores, images)

    def probability(self, scores: ArrayLike) -> NDArray[np.float64]:
        """
        Turn scores into calibrated probabilities.

        Parameters
        ----------
        scores : array_like of float, shape (n,)
            Logits from `score`.

        Returns
        -------
        ndarray of float, shape (n,)
            Probability that the image is manipulated where half of all are.
        """
        z = (np.asarray(scores, float) - self.offset) / self.temperature
        return 1 / (1 + np.exp(-np.clip(z, -500, 500)))

    def decide(self, scores: ArrayLike) -> NDArray[np.bool_]:
        """
        Call images manipulated or original.

        Parameters
        ----------
        scores : array_like of float, shape (n,)
            Logits from `score`.

        Returns
        -------
        ndarray of bool, shape (n,)
            True where called manipulated.
        """
        return np.asarray(np.asarray(scores, float) >= self.threshold)

    def heatmap(self, images: Images) -> NDArray[np.float64]:
        """
        Show which places spoke for a manipulation.

        `default` paints a map of tampering; what occurs twice is raised in it, the
        copy and where it was taken from alike. The logit of `paper-sparse-cnn` is a sum
        over the places of its last map, so each place's share is exact up to the
        head's bias. Either is smoothed to image size.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, 256, 256, 3)
            Images from `profiles.detector_view`.

        Returns
        -------
        ndarray of float, shape (n, 256, 256)
            Contribution to the logit by place; above 0 speaks for manipulated.

        Raises
        ------
        ValueError
            If the images have another shape.
        """
        self._check(images)
        size = images.shape[2], images.shape[1]
        if len(images) == 0:
            return np.empty(images.shape[:3])
        # (n, 16, 16), or (n, 64, 64) where the network paints a tamper map
        places = in_chunks(self.network.evidence, images, self.device)
        rule = self.judgement.copies
        if rule is not None:
            found = [_copied(image, rule) for image in images]
            places += _COPIED * np.stack(found)
        return np.stack(
            [cv2.resize(p, size, interpolation=cv2.INTER_LINEAR) for p in places]
        )

    def _check(self, images: Images) -> None:
        is_right = images.dtype == np.uint8 and images.shape[3:] == (3,)
        if isinstance(self.network, SparseCnn):
            is_right = is_right and images.shape[1:3] == (INPUT_SIZE, INPUT_SIZE)
        if not is_right:
            msg = (
                f"the detector scores uint8 images of shape (n, {INPUT_SIZE}, "
                f"{INPUT_SIZE}, 3), not {images.dtype} {images.shape}"
            )
            raise ValueError(msg)


def _copied(image: Images, rule: CopyRule) -> NDArray[np.float32]:
    found = copies.find(image, rule.clip, rule.alike)
    return found.places * np.float32(found.area > rule.limit)
