"""Where a detector saw a manipulation: one heat map a case, kept beside the study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from detector.models import DetectorModel
from detector.network.inference import Detector
from detector.services.allowed import choose
from detector.services.folders import overlay
from detector.services.scoring import Scorable
from forgery.imaging import fundus
from forgery.services.files import local_path
from observers.models import Case, Study
from observers.services.case_images import heat_name

BATCH = 16


def draw_heatmaps(
    study: Study,
    family: list[DetectorModel],
    shown: Sequence[tuple[Case, Scorable]],
) -> int:
    """Draw the maps that are missing, each by the model that scored the case."""
    name = family[0].name
    todo = [
        (heat_name(study.pk, name, case.code), item)
        for case, item in shown
        if not default_storage.exists(heat_name(study.pk, name, case.code))
    ]
    chosen = choose(family, [item for _file, item in todo])
    for model in family:
        mine = [one for one, by in zip(todo, chosen, strict=True) if by.pk == model.pk]
        if mine:
            _draw(model, mine)
    return len(todo)


def _draw(model: DetectorModel, todo: Sequence[tuple[str, Scorable]]) -> None:
    with local_path(model.file) as path:
        detector = Detector.load(path, model.sha256)
    for start in range(0, len(todo), BATCH):
        part = todo[start : start + BATCH]
        images = np.stack([item.pixels() for _file, item in part])
        heats = detector.heatmap(images)
        for (file, _item), image, heat in zip(part, images, heats, strict=True):
            picture = fundus.encode_png(overlay(image, heat))
            default_storage.save(file, ContentFile(picture))
