"""Controls: what must say nothing of the class, measured on any twins.

Each answers a trap into which a prototype fell. Where one of these tells forgeries
from originals, the two classes were not treated alike, and a detector's figure says
nothing. Areas are those of features alone, or of a logistic regression that learns on
half of the patient clusters and is judged on the other half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from detector.network import metrics
from detector.network.examples import Examples, Images
from forgery.imaging.field import field_of_view

Features = NDArray[np.float64]
LEAST_CHANGE = 0.1
"""Root mean square change in grey levels below which a forgery is none."""
_PERIOD = 4


def surround(images: Images) -> Features:
    """
    Describe the surround of the field of view: the trap *surround*.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, S, S, 3)
        Images.

    Returns
    -------
    ndarray of float, shape (n, 3)
        Share of exact zeros in the frame; mean and spread outside the field.
    """
    rows = []
    for image in images:
        inside = field_of_view(image)
        outside = image[~inside] if (~inside).any() else np.zeros((1, 3))
        dark = (image == 0).all(axis=2).mean()
        rows.append([dark, outside.mean(), outside.std()])
    return np.array(rows)


def colour(images: Images) -> Features:
    """
    Describe the colours of the field of view: the trap *colour*.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, S, S, 3)
        Images.

    Returns
    -------
    ndarray of float, shape (n, 6)
        Means and spreads of the channels inside, of a copy a sixteenth as large.
    """
    rows = []
    for image in images:
        side = max(4, len(image) // 16)
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        field = field_of_view(image).astype(np.uint8)
        cover = cv2.resize(field, (side, side), interpolation=cv2.INTER_NEAREST)
        inside = small[cover > 0] if cover.any() else small.reshape(-1, 3)
        rows.append([*inside.mean(0), *inside.std(0)])
    return np.array(rows)


def metadata(images: Images) -> Features:
    """
    Describe all that a file says without its pixels' values.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, S, S, 3)
        Images.

    Returns
    -------
    ndarray of float, shape (n, 4)
        Sides, channels, bytes.
    """
    return np.array([[*i.shape, i.nbytes] for i in images], float)


def resampling(images: Images) -> Features:
    """
    Measure a comb of period four in the detail: the trap *resampling*.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, S, S, 3)
        Images.

    Returns
    -------
    ndarray of float, shape (n, 2)
        For rows and for columns, the spectrum of the mean second difference at a
        period of four pixels over the median of the spectrum, as a logarithm.
    """
    rows = []
    for image in images:
        grey = image.astype(np.float32).mean(2)
        found = []
        for plane in (grey, grey.T):
            detail = np.abs(np.diff(plane, 2, axis=0)).mean(1)
            length = len(detail) // _PERIOD * _PERIOD
            power = np.abs(np.fft.rfft(detail[:length] - detail[:length].mean())) ** 2
            peak = power[length // _PERIOD]
            found.append(np.log((peak + 1e-6) / (np.median(power) + 1e-6)))
        rows.append(found)
    return np.array(rows)


FEATURES: Mapping[str, Callable[[Images], Features]] = {
    "metadata": metadata,
    "surround": surround,
    "colour": colour,
    "resampling": resampling,
}
"""Controls that must stay near one half."""


def judged(features: Features, examples: Examples, truth: NDArray[np.bool_]) -> float:
    """
    Learn on half of the patient clusters, judge on the others.

    Parameters
    ----------
    features : ndarray of float, shape (n, d)
        Descriptions.
    examples : Examples
        Whose clusters they are.
    truth : ndarray of bool, shape (n,)
        What is to be told.

    Returns
    -------
    float
        Area under the curve on the other half; nan where a half lacks a truth state.
    """
    learns = np.isin(examples.cluster, np.unique(examples.cluster)[::2])
    if len({*truth[learns].tolist()}) < 2 or len({*truth[~learns].tolist()}) < 2:
        return float("nan")
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    model.fit(features[learns], truth[learns])
    return metrics.auc(truth[~learns], model.decision_function(features[~learns]))


def change(examples: Examples) -> dict[str, float]:
    """
    Measure how far forgeries are from their own originals: the trap *identity*.

    Parameters
    ----------
    examples : Examples
        Lossless twins.

    Returns
    -------
    dict of str to float
        By family, the least root mean square change in grey levels of any forgery,
        where it changed its image.
    """
    original = {
        pair: image
        for pair, truth, image in zip(
            examples.pair.tolist(), examples.truth, examples.images, strict=True
        )
        if not truth
    }
    found: dict[str, float] = {}
    for place in np.flatnonzero(examples.truth).tolist():
        difference = (
            examples.images[place].astype(float) - original[str(examples.pair[place])]
        )
        changed = difference[(difference != 0).any(axis=2)]
        value = float(np.sqrt((changed**2).mean())) if len(changed) else 0.0
        family = str(examples.family[place])
        found[family] = min(found.get(family, np.inf), value)
    return found


def measured(examples: Examples) -> dict[str, Any]:
    """
    Measure every control on twins, family by family.

    Parameters
    ----------
    examples : Examples
        Lossless twins of both truth states, of two patient clusters or more.

    Returns
    -------
    dict
        Areas by control and family, least changes by family, and the area of
        permuted truth.
    """
    described = {name: describe(examples.images) for name, describe in FEATURES.items()}
    described["permuted labels"] = np.concatenate([*described.values()], axis=1)
    mixed = np.random.default_rng(5).permutation(examples.truth)
    areas: dict[str, dict[str, float]] = {}
    for name, features in described.items():
        truth = mixed if name == "permuted labels" else examples.truth
        areas[name] = {}
        for family in sorted(set(examples.family[examples.truth].tolist())):
            use = np.flatnonzero(~examples.truth | (examples.family == family))
            found = judged(features[use], examples.take(use), truth[use])
            areas[name][family] = round(found, 4)
    return {
        "areas": areas,
        "least_change": {name: round(v, 3) for name, v in change(examples).items()},
    }
