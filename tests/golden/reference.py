"""Known answers of published programs, read from ``shared/reference``."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from observers.analysis.readings import Readings
from observers.analysis.tidy_csv import read_csv
from tests.golden.exclusions import INCOMPLETE

REL, ABS = 1e-9, 1e-12
JAVA = 1e-6
CROSSED = ("vandyke", "imrmc_input", "federica_roc", "crossed2_public")
DESIGNS = (
    *CROSSED,
    "kundel",
    "nico_cad_roc",
    "missing12_public",
    "splitplot_public",
    "readernested_public",
)
MODALITY_OF_RJAFROC = {
    "vandyke": ("1", "2"),
    "federica_roc": ("4", "5"),
}
assert not INCOMPLETE & set(CROSSED)


@cache
def load(folder: Path) -> dict:
    return json.loads((folder / "reference" / "expected.json").read_text())


def read(folder: Path, name: str) -> Readings:
    return read_csv(folder / "reference" / "data" / f"{name}.csv")


def close(got, wanted, rel=REL, absolute=ABS) -> None:
    """Assert that two numbers, or arrays of them, agree."""
    np.testing.assert_allclose(
        np.asarray(got, float), np.asarray(wanted, float), rtol=rel, atol=absolute
    )


def cut(interval, low=0.0, high=1.0) -> list[float]:
    return [max(low, interval[0]), min(high, interval[1])]
