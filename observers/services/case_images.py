"""Pictures of a locked study's case: as shown, its original, the change; no torch.

Heat maps are made where the detector scores (`services.heatmaps`), and only read here.
"""

from __future__ import annotations

from django.core.files.storage import default_storage

from forgery.imaging import fundus
from forgery.services import sheets
from observers.models import Case, CaseTruth

KINDS = ("shown", "thumb", "original", "mask", "difference", "heat")
THUMBNAIL = 96  # pixels


def heat_name(study_id: int, detector: str, code: str) -> str:
    """Name a case's heat map in the storage."""
    return f"heat/{study_id}/{detector}/{code}.png"


def case_image(truth: CaseTruth, kind: str, detector: str) -> bytes | None:
    """Draw one picture of a case as PNG; None where there is none of this kind."""
    if kind == "shown":
        return _shown(truth.case)
    if kind == "thumb":
        image = fundus.decode(_shown(truth.case), name=truth.case.code)
        return fundus.encode_png(fundus.resize(image, THUMBNAIL))
    if kind == "heat":
        return _heat(truth.case, detector)
    if truth.manipulation is None or kind not in KINDS:
        return None
    if kind == "original":
        return sheets.side_of(truth.manipulation, "original")
    return sheets.evidence_of(truth.manipulation, kind)


def has_heat(case: Case, detector: str) -> bool:
    """Whether the detector's heat map of a case is kept."""
    name = heat_name(case.opt_set.study_id, detector, case.code)
    return bool(detector) and default_storage.exists(name)


def _shown(case: Case) -> bytes:
    with case.file.open("rb") as stored:
        data: bytes = stored.read()
    return data


def _heat(case: Case, detector: str) -> bytes | None:
    if not has_heat(case, detector):
        return None
    name = heat_name(case.opt_set.study_id, detector, case.code)
    with default_storage.open(name) as stored:
        return bytes(stored.read())
