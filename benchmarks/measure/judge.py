"""An independent judge of lesions: EfficientNet-Lite0, taught on a fold of its own.

No manipulator's loss has this architecture or sees these clusters. Clusters of ODIR are
split into the judge's and the test's, those of IDRiD and HYGD into the judge's and the
converter's, by a seed; photographs are finished as any forgery is.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from forgery.imaging import features, fundus, labels, laundering, profiles
from forgery.imaging.fundus import Image

LESIONS = ("normal", "glaucoma", "diabetic-retinopathy", "macular-degeneration")
TEST, JUDGE, CONVERTER = "test", "judge", "converter"
_FROZEN = ("_conv_stem", "_bn0", "_blocks.0.", "_blocks.1.", "_blocks.2.")
_RATES = (3e-4, 2e-3)
_BATCH = 16


@dataclass(frozen=True)
class Photograph:
    """A prepared photograph, and whose it is."""

    image: Image
    source: str
    lesion: str
    role: str


def photographs(data: Path, seed: int = 7) -> list[Photograph]:
    """Read every photograph of one lesion, and give each cluster its role."""
    rows = [*_odir(data / "odir"), *_listed(data, "idrid"), *_listed(data, "hygd")]
    clusters = np.unique([row[2] for row in rows])
    lot = dict(
        zip(clusters, np.random.default_rng(seed).random(len(clusters)), strict=True)
    )
    found = []
    for source, lesion, cluster, path in rows:
        role = JUDGE
        if lot[cluster] < (0.35 if source == "odir" else 0.5):
            role = TEST if source == "odir" else CONVERTER
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
            if lesion:
                path = folder / "images" / name
                rows[name] = ("odir", lesion, f"odir/{row['ID']}", path)
    return list(rows.values())


def _listed(data: Path, source: str) -> list[Listed]:
    with (data / source / "labels.csv").open(newline="", encoding="utf-8") as handle:
        return [
            (
                source,
                row["label"].replace("_", "-"),
                f"{source}/{row['patient_id'] or row['file']}",
                data / source / "images" / Path(row["file"]).name,
            )
            for row in csv.DictReader(handle)
        ]


class Judge(nn.Module):
    """EfficientNet-Lite0 with means and maxima of its last map, four lesions."""

    def __init__(self) -> None:
        super().__init__()
        self.body = features.network()
        self.head = nn.Linear(2 * features.LENGTH, len(LESIONS))
        self.drop = nn.Dropout(0.3)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3, 256, 256) -> (N, 4)."""
        maps = self.body.extract_features(x)  # (N, 1280, 8, 8)
        seen = torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1)
        logits: torch.Tensor = self.head(self.drop(seen))
        return logits

    def lead(self, images: Sequence[Image], lesion: str) -> NDArray[np.float64]:
        """By how much a lesion's logit is above that of normal; above 0 names it."""
        self.eval()
        rows = []
        with torch.inference_mode():
            for start in range(0, len(images), _BATCH):
                logits = self(_tensor(images[start : start + _BATCH]))
                rows.append(logits[:, LESIONS.index(lesion)] - logits[:, 0])
        return torch.cat(rows).double().numpy()


def teach(known: Sequence[Photograph], *, epochs: int, seed: int = 1) -> Judge:
    """Fine-tune a judge, each lesion as often as any other."""
    torch.manual_seed(seed)
    rng, judge = np.random.default_rng(seed), Judge()
    for name, weight in judge.body.named_parameters():
        weight.requires_grad = not name.startswith(_FROZEN)
    learned = [weight for weight in judge.body.parameters() if weight.requires_grad]
    groups = [{"params": learned}, {"params": judge.head.parameters()}]
    optimizer = torch.optim.AdamW(groups, lr=_RATES[0], weight_decay=0.02)
    finished = [profiles.finish(one.image, profiles.PAPER) for one in known]
    truth = np.array([LESIONS.index(one.lesion) for one in known])
    chances, steps = _chances(known, truth), max(1, epochs * len(known) // _BATCH)
    average = {key: value.clone() for key, value in judge.state_dict().items()}
    for step in range(steps):
        share = min(1, (step + 1) / 20) * 0.5 * (1 + np.cos(np.pi * step / steps))
        for group, rate in zip(optimizer.param_groups, _RATES, strict=True):
            group["lr"] = rate * share
        picked = rng.choice(len(known), _BATCH, p=chances)
        judge.train()
        for module in judge.body.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()  # statistics of ImageNet stay: batches are small
        logits = judge(_tensor([_changed(finished[i], rng) for i in picked]))
        wanted = torch.from_numpy(truth[picked])
        loss = functional.cross_entropy(logits, wanted, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(judge.parameters(), 2)
        optimizer.step()
        decay = min(0.98, (1 + step) / (10 + step))
        for key, value in judge.state_dict().items():
            if value.is_floating_point():
                average[key].lerp_(value, 1 - decay)
    judge.load_state_dict(average)
    return judge


def _chances(
    known: Sequence[Photograph], truth: NDArray[np.int64]
) -> NDArray[np.float64]:
    # within a lesion, small sources count for more than their share
    groups = [(one.source, one.lesion) for one in known]
    chances = np.array([groups.count(group) ** -0.5 for group in groups])
    for lesion in range(len(LESIONS)):
        chances[truth == lesion] /= max(1e-9, chances[truth == lesion].sum())
    return chances / chances.sum()


def _changed(image: Image, rng: np.random.Generator) -> Image:
    # mirrored, turned, shifted, in another light, half of the time laundered
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
    if rng.random() < 0.5:
        out = laundering.draw(rng, chance=0.3).apply(out)
    return out


def _tensor(images: Sequence[Image]) -> torch.Tensor:
    planes = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float()
    return (planes - 127) / 128
