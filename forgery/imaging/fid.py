"""FID, and only FID: the original Inception weights, or no number but a reason.

Any other network, weights or resize gives another number; it would need another
name (`features` has one).

References
----------
.. [1] Heusel M, Ramsauer H, Unterthiner T, Nessler B, Hochreiter S (2017). GANs
   trained by a two time-scale update rule converge to a local Nash equilibrium.
   NeurIPS 30: 6626-6637.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from forgery.imaging import checkpoints
from forgery.imaging.errors import ChecksumMismatch
from forgery.imaging.field import Image
from forgery.imaging.inception import LENGTH, FidInception
from forgery.imaging.quality import Named, frechet_distance

FILE = "pt_inception-2015-12-05-6726825d.pth"
SHA256_PREFIX = "6726825d"
HOW = (
    f"set FID_INCEPTION_WEIGHTS to the file {FILE} "
    "(a release asset of github.com/mseitzer/pytorch-fid)"
)
SIDE = 299
"""Side in pixels of the network's input."""
_BATCH = 8


def resize_as_tensorflow(x: Tensor, size: int) -> Tensor:
    """
    Resize bilinearly as TensorFlow 1 did: corners at 0, no half-pixel shift.

    Parameters
    ----------
    x : Tensor, shape (N, C, H, W)
        Images.
    size : int
        Wanted side.

    Returns
    -------
    Tensor, shape (N, C, size, size)
        Output row i is read at ``i * H / size``.
    """
    return _lerp(_lerp(x, size, 2), size, 3)


def _lerp(x: Tensor, size: int, dim: int) -> Tensor:
    length = x.shape[dim]
    at = torch.arange(size, dtype=x.dtype, device=x.device) * (length / size)
    low = at.floor().long()
    high = (low + 1).clamp(max=length - 1)
    share = (at - low).reshape([size if d == dim else 1 for d in range(x.dim())])
    return torch.lerp(x.index_select(dim, low), x.index_select(dim, high), share)


def load_network(path: Path | str) -> FidInception:
    """
    Load the original weights.

    Parameters
    ----------
    path : Path or str
        The file that `HOW` names.

    Returns
    -------
    FidInception
        In evaluation mode.

    Raises
    ------
    ChecksumMismatch
        If the file is another.
    """
    net = FidInception()
    net.load_state_dict(checkpoints.load_tensors(path, sha256_prefix=SHA256_PREFIX))
    return net.eval()


def features(
    net: FidInception, images: Sequence[Image], *, device: str = "cpu"
) -> NDArray[np.float64]:
    """
    Describe images by FID's network.

    Parameters
    ----------
    net : FidInception
        From `load_network`.
    images : sequence of ndarray of uint8, shape (H, W, 3)
        RGB images of any sizes.
    device : str
        Where torch computes.

    Returns
    -------
    ndarray of float64, shape (n, 2048)
        One row an image.
    """
    net = net.to(device)
    rows = [np.empty((0, LENGTH))]
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            batch = torch.cat([_input(image) for image in images[start:][:_BATCH]])
            rows.append(net(batch.to(device)).double().cpu().numpy())
    return np.concatenate(rows)


def _input(image: Image) -> Tensor:
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    return (resize_as_tensorflow(pixels, SIDE) - 128) / 128  # (1, 3, 299, 299)


def fid(
    originals: Sequence[Image],
    manipulated: Sequence[Image],
    *,
    weights: Path | str | None,
    device: str = "cpu",
) -> Named:
    """
    Compute FID, or say why not.

    Parameters
    ----------
    originals : sequence of ndarray of uint8, shape (H, W, 3)
        One set.
    manipulated : sequence of ndarray of uint8, shape (H, W, 3)
        The other.
    weights : Path or str or None
        The original weights file, if there is one.
    device : str
        Where torch computes.

    Returns
    -------
    Named
        Called ``FID`` in any case; ``value`` is None where the weights are
        missing or others, and ``text`` says so and how to get them.
    """
    if weights is None or not Path(weights).is_file():
        missing = "no weights file" if weights is None else f"no file at {weights}"
        return Named("FID", None, f"not computed: {missing}; {HOW}")
    try:
        net = load_network(weights)
    except (ChecksumMismatch, checkpoints.UnreadableCheckpoint) as error:
        return Named("FID", None, f"not computed: {error}; {HOW}")
    value = frechet_distance(
        features(net, originals, device=device),
        features(net, manipulated, device=device),
    )
    counts = f"n = {len(originals)} and {len(manipulated)}"
    return Named("FID", value, f"{counts}; biased upwards at small n")
