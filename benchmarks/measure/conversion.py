"""Do converted photographs look like another lesion to a judge that never saw them?

Run ``python -m benchmarks.measure.conversion``; about fifteen minutes of one core. A
judge of diabetic retinopathy is taught, `unet-convert` learns by its preset ``full``
from other clusters, and normal photographs that neither saw are converted. Wanted are a
balanced accuracy of the judge of 0.75, its answer changed by at most 0.10 of benign
launderings and by 0.60 of conversions, SSIM of 0.90 and RMSE of at most 12 against the
equally processed original.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from benchmarks.measure import judge
from benchmarks.measure.judge import CONVERTER, JUDGE, UNSEEN, Judge, Photograph
from forgery.imaging import fundus, laundering, manipulator, profiles, quality, recipes
from forgery.imaging.fundus import Image
from forgery.imaging.laundering import Laundering, Step
from forgery.imaging.manipulator import Painter

DATA = Path(os.environ.get("FUNDUS_SHARED", "../shared")) / "data"
_SHOWN = 6


def finished(image: Image) -> Image:
    """Finish as every forgery and every original is."""
    return profiles.finish(image, profiles.PAPER)


def chosen(
    every: Sequence[Photograph], source: str, role: str, *, shows: bool | None = None
) -> list[Photograph]:
    """Choose photographs of a source and a role, those that show the lesion or not."""
    return [
        p
        for p in every
        if (p.source, p.role) == (source, role) and shows in (None, p.shows)
    ]


def judged(one: Judge, shown: Sequence[Photograph], name: str) -> None:
    """Print the judge's own figures on photographs that it never saw."""
    images = [finished(p.image) for p in shown]
    truth = [p.shows for p in shown]
    lead = one.lead(images)
    print(
        f"judge, {name}: balanced accuracy "
        f"{balanced_accuracy_score(truth, lead > 0):.3f}, AUC "
        f"{roc_auc_score(truth, lead):.3f}, {sum(truth)} of {len(truth)} show it"
    )
    changes = []
    for step, levels in laundering.GRID.items():
        if step == "rotate":
            continue
        washed = Laundering((Step(step, levels[len(levels) // 2], 1),))
        other = one.lead([washed.apply(image) for image in images])
        changes.append(float(((other > 0) != (lead > 0)).mean()))
        print(f"  {washed}: answer changed on {changes[-1]:.1%}")
    print(f"  mean over launderings {np.mean(changes):.1%}")


def converter(every: Sequence[Photograph], folder: Path) -> Painter:
    """Train `unet-convert` on ODIR's normal and IDRiD's other photographs."""
    sources = chosen(every, "odir", CONVERTER, shows=False)
    targets = chosen(every, "idrid", UNSEEN, shows=True)
    made = manipulator.train(
        np.stack([p.image for p in sources]),
        recipes.get("unet-convert").settings("full", target=judge.LESION),
        workdir=folder,
        targets=np.stack([p.image for p in targets]),
    )
    print(f"converter: {made.metrics}")
    return manipulator.load(made.path, made.sha256)


def converted(
    one: Judge, painter: Painter, shown: Sequence[Photograph], name: str
) -> list[Image]:
    """Print how often conversion changes the judge's answer; give back some pairs."""
    before = [finished(p.image) for p in shown]
    kept = np.flatnonzero(one.lead(before) <= 0)
    after = []
    for i in kept:
        image = shown[i].image
        made = painter.forge(image[None], [fundus.field_of_view(image)])
        after.append(finished(made.images[0]))
    flips = int((one.lead(after) > 0).sum())
    low, high = binomtest(flips, len(kept)).proportion_ci(method="wilson")
    pairs = [(before[i], forged) for i, forged in zip(kept, after, strict=True)]
    print(
        f"converted, {name}: answer changed on {flips} of {len(kept)} "
        f"({flips / len(kept):.1%}, 95 % {low:.1%} to {high:.1%}; of {len(shown)} "
        f"normal ones, those called normal); SSIM "
        f"{np.mean([quality.ssim(a, b) for a, b in pairs]):.3f}, RMSE "
        f"{np.mean([quality.rmse(a, b) for a, b in pairs]):.2f}"
    )
    return [np.vstack(pair) for pair in pairs[:_SHOWN]]


def main() -> None:
    """Teach the judge, train, convert, ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--sheet", type=Path, help="PNG of originals over conversions")
    given = parser.parse_args()
    torch.set_num_threads(1)
    every = judge.photographs(given.data)
    one = judge.teach(chosen(every, "idrid", JUDGE))
    for source in ("idrid", "odir"):
        judged(one, chosen(every, source, UNSEEN), f"{source}, unseen")
    sheet: list[Image] = []
    with tempfile.TemporaryDirectory() as folder:
        painter = converter(every, Path(folder))
    for source in ("idrid", "odir"):
        normal = chosen(every, source, UNSEEN, shows=False)
        sheet += converted(one, painter, normal, f"{source}, unseen")
    if given.sheet:
        cv2.imwrite(str(given.sheet), np.hstack(sheet)[..., ::-1])


if __name__ == "__main__":
    main()
