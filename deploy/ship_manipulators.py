"""Make weights for `forgery/imaging/weights`: IDRiD and HYGD alone, never ODIR.

Run ``python -m deploy.ship_manipulators`` from the root with the shared data beside
the program; about ten minutes on one core. Bundles that are there are kept.
Tensors are kept in half precision, which paints the same to a grey level.
"""

import csv
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch

from forgery.imaging import checkpoints, fundus, manipulator, profiles, recipes
from forgery.imaging.configs import ManipulatorSettings

DATA = Path(os.environ.get("FUNDUS_SHARED", "../shared")) / "data"
OUT = Path(__file__).parent.parent / "forgery" / "imaging" / "weights"


class Order(NamedTuple):
    """A recipe, the source and label that it learns from, and what differs."""

    recipe: str
    source: str = ""
    """Folders below the data; empty for every photograph of IDRiD and HYGD."""
    label: str = ""
    """The lesion that forgeries shall show, as the source labels it."""
    changes: Mapping[str, Any] = MappingProxyType({})
    """Fields that are not those of the preset `full`."""

    @property
    def name(self) -> str:
        """Name of the bundle."""
        return f"{self.recipe}-to-{self.lesion}" if self.label else self.recipe

    @property
    def lesion(self) -> str:
        """Key of the lesion that forgeries shall show."""
        return self.label.replace("_", "-")

    @property
    def settings(self) -> ManipulatorSettings:
        """What the bundle is trained by; a bundle's header says the same."""
        target = {"target": self.lesion} if self.label else {}
        return recipes.get(self.recipe).settings("full", **target, **self.changes)


ORDERS = (
    Order("residual-unet", "idrid"),
    Order("cyclegan", "hygd", "glaucoma"),
    Order("cyclegan", "idrid", "diabetic_retinopathy", {"steps": 500}),
    Order("paper-unet"),
    Order("unet-convert", "idrid, hygd", "diabetic_retinopathy"),
)


def photographs(sources: str, label: str = "") -> np.ndarray:
    """Read and prepare the photographs of sources, those of one label if named."""
    names = []
    for source in sources.split(", "):
        with (DATA / source / "labels.csv").open(newline="") as handle:
            rows = list(csv.DictReader(handle))
        names += [
            DATA / source / "images" / Path(row["file"]).name
            for row in rows
            if label in ("", row["label"])
        ]
    return np.stack(
        [profiles.prepare(fundus.read(name), profiles.PAPER) for name in names]
    )


def make(order: Order) -> None:
    """Train one and keep it in half precision."""
    path = OUT / f"{order.name}.safetensors"
    if path.exists():
        return
    targets = None
    if order.label:
        images = photographs(order.source, "normal")
        targets = photographs(order.source, order.label)
    elif order.source:
        images = photographs(order.source, "normal")
    else:
        images = photographs("idrid, hygd")
    with tempfile.TemporaryDirectory() as folder:
        made = manipulator.train(
            images, order.settings, workdir=folder, targets=targets
        )
        tensors, metadata = checkpoints.load(made.path)
    half = {key: value.half() for key, value in tensors.items()}
    metadata["sources"] = order.source or "idrid, hygd"
    checkpoints.save(path, half, metadata)
    sys.stdout.write(f"{order.name} {made.metrics}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for order in ORDERS:
        make(order)
