"""Make weights for `forgery/imaging/weights`: IDRiD and HYGD alone, never ODIR.

Run ``python -m deploy.ship_manipulators`` from the root with the shared data beside
the program; about twenty minutes on one core. Bundles that are there are kept.
Tensors are kept in half precision, which paints the same to a grey level.
"""

import csv
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from forgery.imaging import checkpoints, fundus, manipulator, profiles, recipes

DATA = Path(os.environ.get("FUNDUS_SHARED", "../shared")) / "data"
OUT = Path(__file__).parent.parent / "forgery" / "imaging" / "weights"
ORDERS = (
    ("residual-unet", "", ""),
    ("cyclegan", "hygd", "glaucoma"),
    ("cyclegan", "idrid", "diabetic_retinopathy"),
    ("paper-unet", "", ""),
    ("unet-convert", "idrid", "diabetic_retinopathy"),
    ("unet-convert", "hygd", "glaucoma"),
)


def photographs(source: str, label: str = "") -> np.ndarray:
    """Read and prepare the photographs of a source, those of one label if named."""
    with (DATA / source / "labels.csv").open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if label in ("", row["label"])]
    names = [DATA / source / "images" / Path(row["file"]).name for row in rows]
    return np.stack(
        [profiles.prepare(fundus.read(name), profiles.PAPER) for name in names]
    )


def make(recipe: str, source: str, label: str) -> None:
    """Train one and keep it in half precision."""
    lesion = label.replace("_", "-")
    name = f"{recipe}-to-{lesion}" if lesion else recipe
    if (OUT / f"{name}.safetensors").exists():
        return
    changes = {"target": lesion} if lesion else {}
    settings = recipes.get(recipe).settings("full", **changes)
    if source:
        images, targets = photographs(source, "normal"), photographs(source, label)
    else:
        images, targets = np.concatenate([*map(photographs, ("idrid", "hygd"))]), None
    with tempfile.TemporaryDirectory() as folder:
        made = manipulator.train(images, settings, workdir=folder, targets=targets)
        tensors, metadata = checkpoints.load(made.path)
    half = {key: value.half() for key, value in tensors.items()}
    metadata["sources"] = source or "idrid, hygd"
    checkpoints.save(OUT / f"{name}.safetensors", half, metadata)
    sys.stdout.write(f"{name} {made.metrics}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for order in ORDERS:
        make(*order)
