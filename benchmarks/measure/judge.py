"""An independent judge of diabetic retinopathy, taught on a fold of its own.

A linear rule on what EfficientNet-Lite0, as ImageNet taught it, sees at four depths: no
manipulator's loss has this architecture or sees these clusters. Half of IDRiD's
clusters teach the judge, the other half it never sees; of ODIR it sees none, and a
converter two thirds. Photographs are finished as any forgery is.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from forgery.imaging import features, fundus, labels, laundering, profiles
from forgery.imaging.fundus import Image

LESION = "diabetic-retinopathy"
JUDGE, CONVERTER, UNSEEN = "judge", "converter", "unseen"
_DEPTHS = (4, 7, 10, 14)
_TOP = 50  # one place in so many counts as the strongest
_COPIES = 8
_STRENGTH = 0.01  # of the fit, inverse of its penalty
_BATCH = 8


@dataclass(frozen=True)
class Photograph:
    """A prepared photograph, and whose it is."""

    image: Image
    source: str
    lesion: str
    role: str

    @property
    def shows(self) -> bool:
        """Whether it shows the lesion."""
        return self.lesion == LESION


def photographs(data: Path, seed: int = 7) -> list[Photograph]:
    """Read the photographs that are normal or show the lesion; clusters have roles."""
    rows = [*_odir(data / "odir"), *_idrid(data / "idrid")]
    clusters = np.unique([row[2] for row in rows])
    lot = dict(
        zip(clusters, np.random.default_rng(seed).random(len(clusters)), strict=True)
    )
    found = []
    for source, lesion, cluster, path in rows:
        is_odir = source == "odir"
        role = CONVERTER if is_odir else JUDGE
        if lot[cluster] < (0.35 if is_odir else 0.5):
            role = UNSEEN
        image = profiles.prepare(fundus.read(path), profiles.PAPER)
        found.append(Photograph(image, source, lesion, role))
    return found


Listed = tuple[str, str, str, Path]


def _odir(folder: Path) -> list[Listed]:
    rows: dict[str, Listed] = {}
    with (folder / "full_df.csv").open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            name = row["filename"]
            side = "Left" if "left" in name else "Right"
            lesion = labels.parse(row[f"{side}-Diagnostic Keywords"]).lesion
            if lesion in ("normal", LESION):
                path = folder / "images" / name
                rows[name] = ("odir", lesion, f"odir/{row['ID']}", path)
    return list(rows.values())


def _idrid(folder: Path) -> list[Listed]:
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as handle:
        return [
            (
                "idrid",
                row["label"].replace("_", "-"),
                f"idrid/{row['patient_id'] or row['file']}",
                folder / "images" / Path(row["file"]).name,
            )
            for row in csv.DictReader(handle)
        ]


@dataclass(frozen=True)
class Judge:
    """A rule that was taught."""

    rule: Pipeline

    def lead(self, images: Sequence[Image]) -> NDArray[np.float64]:
        """By how much the lesion is the likelier answer; above 0 names it."""
        return np.asarray(self.rule.decision_function(described(images)))


def teach(known: Sequence[Photograph], seed: int = 1) -> Judge:
    """Fit a judge on photographs and on copies, turned, relit and laundered."""
    rng = np.random.default_rng(seed)
    images = [profiles.finish(one.image, profiles.PAPER) for one in known]
    copies = [[_changed(image, rng) for image in images] for _ in range(_COPIES)]
    rows = [described(each) for each in (images, *copies)]
    truth = np.tile([one.shows for one in known], len(rows))
    rule = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=_STRENGTH, max_iter=3000, class_weight="balanced"),
    )
    return Judge(rule.fit(np.concatenate(rows), truth))


@torch.inference_mode()
def described(images: Sequence[Image]) -> NDArray[np.float64]:
    """Means, maxima and means of the strongest places of four depths' channels."""
    net, rows = features.network(), []
    for start in range(0, len(images), _BATCH):
        planes = torch.from_numpy(np.stack(images[start : start + _BATCH]))
        x = (planes.permute(0, 3, 1, 2).float() - 127) / 128
        x = net._swish(net._bn0(net._conv_stem(x)))
        seen = []
        for depth, block in enumerate(net._blocks):
            x = block(x)
            if depth in _DEPTHS:
                places = x.flatten(2)
                top = places.topk(max(1, places.shape[2] // _TOP), dim=2).values
                seen += [places.mean(2), places.amax(2), top.mean(2)]
        rows.append(torch.cat(seen, dim=1))
    return torch.cat(rows).double().numpy()


def _changed(image: Image, rng: np.random.Generator) -> Image:
    # mirrored, turned, shifted, in another light, laundered
    if rng.random() < 0.5:
        image = image[:, ::-1]
    if rng.random() < 0.2:
        image = image[::-1]
    half = len(image) / 2
    degrees, zoom = rng.uniform(-25, 25), rng.uniform(0.9, 1.2)
    turn = cv2.getRotationMatrix2D((half, half), degrees, zoom)
    turn[:, 2] += rng.uniform(-10, 10, 2)
    turned = cv2.warpAffine(np.ascontiguousarray(image), turn, image.shape[1::-1])
    light = 1 + rng.uniform(-0.25, 0.25) + rng.uniform(-0.15, 0.15, 3)
    lit = np.clip(turned * light, 0, 255)
    lit = lit.mean() + (lit - lit.mean()) * rng.uniform(0.8, 1.25)
    out = np.clip(lit, 0, 255).astype(np.uint8)
    return laundering.draw(rng, chance=0.3).apply(out)
