"""Sheets of forgeries in training, every few minutes: for the eye to judge."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from torch import nn

from forgery.imaging import painting
from forgery.imaging.contact_sheet import contact_sheet
from forgery.imaging.field import field_of_view
from forgery.imaging.reconstruction import Images

FOLDER = "samples"
"""Folder of the sheets, in the folder of a run."""
SECONDS = 120.0
"""Time between two sheets."""
_SHOWN = 4


class SampleSheets:
    """
    Tell progress on, and draw a sheet when it is time.

    Parameters
    ----------
    tell : callable
        Called after every step with step, total, loss and further figures.
    network : torch.nn.Module
        The painter, drawn from as it is at the time.
    images : ndarray of uint8, shape (N, S, S, 3)
        Photographs to forge.
    workdir : Path
        Folder of the run.
    colour_sigma : float
        Scale in pixels above which colours are kept.
    """

    def __init__(
        self,
        tell: Callable[[int, int, float, dict[str, float]], None],
        network: nn.Module,
        images: Images,
        workdir: Path,
        colour_sigma: float,
    ) -> None:
        self.tell, self.network = tell, network
        self.images = images[:_SHOWN]
        self.folder, self.colour_sigma = Path(workdir) / FOLDER, colour_sigma
        self.drawn = time.monotonic()

    def __call__(
        self, step: int, total: int, loss: float, metrics: dict[str, float]
    ) -> None:
        """
        Hear of a step.

        Parameters
        ----------
        step, total : int
            Steps done, and to do in all.
        loss : float
            Loss of the last step.
        metrics : dict
            Further figures by name.
        """
        if step == total or time.monotonic() - self.drawn >= SECONDS:
            self._draw(step)
            self.drawn = time.monotonic()
        self.tell(step, total, loss, metrics)

    def _draw(self, step: int) -> None:
        masks = [field_of_view(image) for image in self.images]
        self.network.eval()  # the next step puts it back
        made = painting.paint(
            self.network, self.images, masks, colour_sigma=self.colour_sigma
        )
        pairs = [
            tile for pair in zip(self.images, made.images, strict=True) for tile in pair
        ]
        captions = ["original", f"step {step}"] * len(self.images)
        sheet = contact_sheet(pairs, captions, columns=4, side=256)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"step-{step:06d}.png").write_bytes(sheet)
