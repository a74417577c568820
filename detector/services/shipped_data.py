"""What the shipped detector learns from: open photographs and phantoms, by role.

Only sources whose licence allows what is made of them to be passed on: IDRiD (CC BY
4.0), HYGD (ODC-By 1.0) and phantoms; never ODIR. Every cluster has one role. U-Net
manipulators learn from clusters whose forgeries no detector ever sees, so a forgery
never shows what its manipulator has learned by heart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detector.network.forging import Photograph
from detector.services.shipped import marks_of
from forgery.exceptions import WrongInput
from forgery.imaging import duplicates, fundus, profiles, selection
from forgery.imaging.domain import FUNDUS
from forgery.imaging.fundus import Image
from forgery.imaging.phantom.render import make
from forgery.imaging.profiles import Profile
from forgery.services import layouts

SOURCES = {"idrid": "CC BY 4.0", "hygd": "ODC-By 1.0"}
"""Folders below the data folder, with the licence of each."""
PHANTOMS = "phantom"
ROLES = ("manipulator", "detector", "validation", "test")
SHARES = (0.2, 0.55, 0.1, 0.15)


@dataclass(frozen=True)
class Source:
    """One photograph of the training set, before any profile."""

    image: Image
    """As delivered."""
    source: str
    """Folder it came from, or ``phantom``."""
    lesion: str
    cluster: str
    """Salted hash of the cluster's first image."""
    marks: tuple[str, ...]
    """Salted hashes by which the image is known again."""
    role: str

    def prepared(self, profile: Profile) -> Photograph:
        """Prepare the photograph by a profile."""
        image = profiles.prepare(self.image, profile)
        return Photograph(image, self.cluster, self.lesion, self.marks[0])


def gather(folder: Path, *, phantoms: int, seed: int) -> list[Source]:
    """Read the open sources below ``folder``, add phantoms, and give out the roles."""
    rows = [*_photographs(folder), *_phantoms(phantoms, seed)]
    squared = [fundus.square(row[0], size=profiles.DETECTOR_SIZE) for row in rows]
    hashes = [duplicates.difference_hash(image) for image in squared]
    groups = _groups(rows, squared, hashes)
    roles = _roles(rows, groups, seed)
    found = []
    first: dict[int, str] = {}
    for i, (image, source, lesion, _, digest) in enumerate(rows):
        marks = marks_of(digest, hashes[i])
        cluster = first.setdefault(groups[i], marks[0])
        found.append(Source(image, source, lesion, cluster, marks, roles[groups[i]]))
    return found


Row = tuple[Image, str, str, str, str]
"""Image, source, lesion, patient or file, digest of the file as delivered."""


def _photographs(folder: Path) -> Iterable[Row]:
    for source in SOURCES:
        table = folder / source / "labels.csv"
        if not table.is_file():
            msg = f"{table} is missing; the shipped detector needs {', '.join(SOURCES)}"
            raise WrongInput(msg)
        for entry in layouts.read(table, layouts.Options("manifest")).entries:
            if entry.path is None:
                continue
            data = entry.path.read_bytes()
            image = fundus.decode(data, name=entry.file)
            if selection.verdict(selection.measure(image)) is None:
                who = f"{source}/{entry.patient_id or entry.file}"
                yield image, source, entry.lesion, who, _digest(data)


def _phantoms(n: int, seed: int) -> Iterable[Row]:
    for number in range(n):
        lesion = FUNDUS.lesion_keys[number % len(FUNDUS.lesion_keys)]
        one = 900_000_000 + seed * 100_000 + number  # far from any pool's
        image = make(lesion, one).image
        yield image, PHANTOMS, lesion, f"phantom/{one}", _digest(image.tobytes())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _groups(
    rows: Sequence[Row], squared: Sequence[Image], hashes: Sequence[int]
) -> list[int]:
    """Join the photographs of a patient, and near-duplicates; give each a number."""
    by_name: dict[str, int] = {}
    group = [by_name.setdefault(row[3], len(by_name)) for row in rows]
    copies = np.stack([duplicates.thumbnail(image) for image in squared])
    for alike in duplicates.near_duplicates(list(hashes), copies):
        first, *others = sorted({group[i] for i in alike})
        group = [first if g in others else g for g in group]
    return group


def _roles(rows: Sequence[Row], groups: Sequence[int], seed: int) -> dict[int, str]:
    """Give each cluster one role, in every source in the same proportions."""
    roles: dict[int, str] = {}
    for source in sorted({row[1] for row in rows}):
        mine = sorted(
            {g for g, row in zip(groups, rows, strict=True) if row[1] == source}
        )
        order = np.random.default_rng([seed, len(mine)]).permutation(len(mine))
        bounds = np.round(np.cumsum((0, *SHARES)) * len(mine)).astype(int)
        for role, start, stop in zip(ROLES, bounds[:-1], bounds[1:], strict=True):
            roles |= {mine[i]: role for i in order[start:stop]}
    return roles
