"""Do converted photographs look like another lesion to a judge that never saw them?

Run ``python -m benchmarks.measure.conversion BUNDLE`` with a bundle of `unet-convert`
or `cyclegan`; about fifteen minutes of one core, most of it to teach the judge. Wanted
are a balanced accuracy of the judge of 0.75, its answer changed by at most 0.10 of
benign launderings and by 0.60 of conversions, SSIM of 0.90 and RMSE of at most 12
against the equally processed original.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from benchmarks.measure import judge
from benchmarks.measure.judge import CONVERTER, JUDGE, TEST, Judge, Photograph
from forgery.imaging import fundus, laundering, manipulator, profiles, quality
from forgery.imaging.fundus import Image
from forgery.imaging.laundering import Laundering, Step

DATA = Path(os.environ.get("FUNDUS_SHARED", "../shared")) / "data"


def finished(image: Image) -> Image:
    """Finish as every forgery and every original is."""
    return profiles.finish(image, profiles.PAPER)


def judged(one: Judge, shown: Sequence[Photograph], lesion: str, name: str) -> None:
    """Print the judge's own figures on photographs that it never saw."""
    images = [finished(p.image) for p in shown]
    truth = [p.lesion == lesion for p in shown]
    lead = one.lead(images, lesion)
    accuracy = balanced_accuracy_score(truth, lead > 0)
    print(
        f"judge of {lesion}, {name}: balanced accuracy {accuracy:.3f}, AUC "
        f"{roc_auc_score(truth, lead):.3f}, {sum(truth)} of {len(truth)} show it"
    )
    changes = []
    for step, levels in laundering.GRID.items():
        if step == "rotate":
            continue
        washed = Laundering((Step(step, levels[len(levels) // 2], 1),))
        other = one.lead([washed.apply(image) for image in images], lesion)
        changes.append(float(((other > 0) != (lead > 0)).mean()))
        print(f"  {washed}: answer changed on {changes[-1]:.1%}")
    print(f"  mean over launderings {np.mean(changes):.1%}")


def main() -> None:
    """Teach the judge, convert, ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--data", type=Path, default=DATA)
    given = parser.parse_args()
    torch.set_num_threads(1)
    painter = manipulator.load(given.bundle, None)
    lesion = painter.target
    every = judge.photographs(given.data)
    one = judge.teach([p for p in every if p.role == JUDGE], epochs=given.epochs)
    for source, role in (("odir", TEST), ("idrid", CONVERTER), ("hygd", CONVERTER)):
        shown = [
            p
            for p in every
            if (p.source, p.role) == (source, role) and p.lesion in ("normal", lesion)
        ]
        if any(p.lesion == lesion for p in shown):
            judged(one, shown, lesion, f"{source}, unseen")
    normal = [p for p in every if p.role == TEST and p.lesion == "normal"]
    before = [finished(p.image) for p in normal]
    kept = np.flatnonzero(one.lead(before, lesion) <= 0)
    after = []
    for i in kept:
        image = normal[i].image
        made = painter.forge(image[None], [fundus.field_of_view(image)])
        after.append(finished(made.images[0]))
    pairs = [(before[i], forged) for i, forged in zip(kept, after, strict=True)]
    flips = float((one.lead(after, lesion) > 0).mean())
    print(
        f"converted: answer changed on {flips:.1%} of {len(kept)} (of {len(normal)} "
        f"normal ones, those called normal); SSIM "
        f"{np.mean([quality.ssim(a, b) for a, b in pairs]):.3f}, RMSE "
        f"{np.mean([quality.rmse(a, b) for a, b in pairs]):.2f}"
    )


if __name__ == "__main__":
    main()
