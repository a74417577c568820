"""Simulated readers: ratings on 0 to 100 with a known true AUC.

Never taken for people: whatever is made from them carries `LABEL`. A reader's
latent impression of a case is normal, shifted for manipulated cases, and shares
part of its noise with other readers (hard cases are hard for all). A personal
style turns it into a whole number: some use every number, most multiples of 5 or
10. The shift is solved for the *rounded* ratings, so their true AUC is exactly
the one asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from observers.analysis.design import derived_seed
from observers.analysis.readings import Readings
from observers.analysis.roc import Bools, Floats

LABEL = "simulated readers"
CASE_CORRELATION = 0.4
"""Share of the latent variance that all readers have in common."""
LEAST_AUC, MOST_AUC = 0.001, 0.999


@dataclass(frozen=True)
class Style:
    """
    A simulated reader's use of the scale.

    Attributes
    ----------
    step : int
        Ratings are multiples of this.
    bias : float
        Caution: latent standard deviations added to the middle of the scale.
    spread : float
        Latent standard deviations for one of the scale; larger crowds the middle.
    """

    step: int
    bias: float
    spread: float

    def rate(self, latent: Floats, middle: float) -> Floats:
        """
        Turn latent impressions into ratings.

        Parameters
        ----------
        latent : ndarray of float
            Impressions, in standard deviations.
        middle : float
            Impression that is rated 50 without bias.

        Returns
        -------
        ndarray of float
            Whole numbers, 0 to 100.
        """
        share = ndtr((latent - middle - self.bias) / self.spread)
        return np.asarray(self.step * np.floor(100 * share / self.step + 0.5))


@dataclass(frozen=True)
class SimulatedReader:
    """
    A reader to simulate.

    Attributes
    ----------
    name : str
        The name.
    auc : mapping of str to float
        True AUC in each lesion.
    group : str
        The reader's group.
    years : float
        Years of experience.
    """

    name: str
    auc: Mapping[str, float]
    group: str = ""
    years: float = float("nan")


def style_of(reader: str, seed: int) -> Style:
    """
    Draw a reader's style.

    Parameters
    ----------
    reader : str
        The reader's name.
    seed : int
        The seed.

    Returns
    -------
    Style
        The same for the same name and seed.
    """
    rng = np.random.default_rng(derived_seed(seed, "style", reader))
    step = int(rng.choice([1, 5, 10], p=[0.35, 0.4, 0.25]))
    return Style(step, float(rng.normal(0, 0.2)), float(rng.uniform(0.8, 1.4)))


def true_auc(shift: float, style: Style) -> float:
    """
    Work out the true AUC of the rounded ratings.

    Parameters
    ----------
    shift : float
        Latent distance of manipulated from original cases.
    style : Style
        The reader's use of the scale.

    Returns
    -------
    float
        Chance that a manipulated case is rated above an original one, ties one
        half.
    """
    upper = (np.arange(0, 100, style.step) + style.step / 2) / 100  # between marks
    cuts = shift / 2 + style.bias + style.spread * ndtri(upper)
    below = np.concatenate([[0.0], ndtr(cuts), [1.0]])  # originals
    chance = np.diff(np.concatenate([[0.0], ndtr(cuts - shift), [1.0]]))
    return float(chance @ (below[:-1] + below[1:]) / 2)


def shift_for(auc: float, style: Style) -> float:
    """
    Solve for the latent shift that gives a true AUC.

    Parameters
    ----------
    auc : float
        The wanted AUC, 0.001 to 0.999.
    style : Style
        The reader's use of the scale.

    Returns
    -------
    float
        The shift, in standard deviations.

    Raises
    ------
    ValueError
        If the AUC is out of range.
    """
    if not LEAST_AUC <= auc <= MOST_AUC:
        msg = f"a simulated AUC lies between {LEAST_AUC} and {MOST_AUC}, not at {auc}"
        raise ValueError(msg)
    return float(brentq(lambda shift: true_auc(shift, style) - auc, -12, 12))


def simulate_ratings(
    truth: Bools,
    readers: Mapping[str, float],
    *,
    seed: int,
    case_correlation: float = CASE_CORRELATION,
    name: str = "",
) -> Floats:
    """
    Simulate readers' ratings of one lesion's cases.

    Parameters
    ----------
    truth : ndarray of bool, shape (C,)
        True where the case is manipulated.
    readers : mapping of str to float
        True AUC of each of R readers.
    seed : int
        The seed.
    case_correlation : float, optional
        Share of the latent variance common to all readers, 0 to 1.
    name : str, optional
        Name of the lesion: another gives independent cases.

    Returns
    -------
    ndarray of float, shape (R, C)
        Whole numbers, 0 to 100. A reader's row does not depend on the others.
    """
    is_manipulated = np.asarray(truth, dtype=np.bool_)
    common = _noise(seed, "cases", name, is_manipulated.size)
    rows = []
    for reader, auc in readers.items():
        style = style_of(reader, seed)
        shift = shift_for(auc, style)
        own = _noise(seed, f"reader {reader}", name, is_manipulated.size)
        noise = np.sqrt(case_correlation) * common + np.sqrt(1 - case_correlation) * own
        rows.append(style.rate(shift * is_manipulated + noise, shift / 2))
    return np.array(rows).reshape(len(readers), is_manipulated.size)


def simulate_readings(
    study: Readings, readers: Sequence[SimulatedReader], *, seed: int
) -> Readings:
    """
    Simulate all readings of a study's cases.

    Parameters
    ----------
    study : Readings
        Supplies truth, cases, lesions and patients; its scores are not used.
    readers : sequence of SimulatedReader
        The readers, each with an AUC for every lesion.
    seed : int
        The seed.

    Returns
    -------
    Readings
        One modality, named `LABEL`.
    """
    score = np.full((len(readers), 1, len(study.cases)), np.nan)
    lesions = np.array(study.lesions or ("",) * len(study.cases))
    for lesion in dict.fromkeys(lesions.tolist()):
        cases = np.flatnonzero(lesions == lesion)
        aucs = {reader.name: reader.auc[lesion] for reader in readers}
        score[:, 0, cases] = simulate_ratings(
            study.truth[cases], aucs, seed=seed, name=lesion
        )
    return Readings(
        score=score,
        truth=study.truth,
        readers=tuple(reader.name for reader in readers),
        modalities=(LABEL,),
        cases=study.cases,
        groups=tuple(reader.group for reader in readers),
        lesions=study.lesions,
        patients=study.patients,
        years=np.array([reader.years for reader in readers]),
    )


def spread_aucs(
    mean: Mapping[str, float], n_readers: int, *, spread: float = 0.03
) -> list[dict[str, float]]:
    """
    Spread a group's AUC evenly over its readers, keeping the mean.

    Parameters
    ----------
    mean : mapping of str to float
        Mean AUC of the group in each lesion.
    n_readers : int
        How many readers.
    spread : float, optional
        Distance of the best reader from the mean (less where the scale ends).

    Returns
    -------
    list of dict of str to float
        AUC by lesion of each reader, the best first.
    """
    steps = np.linspace(1, -1, n_readers) if n_readers > 1 else np.zeros(n_readers)
    return [
        {
            lesion: auc + step * min(spread, MOST_AUC - auc, auc - LEAST_AUC)
            for lesion, auc in mean.items()
        }
        for step in steps.tolist()
    ]


def _noise(seed: int, purpose: str, lesion: str, n: int) -> Floats:
    rng = np.random.default_rng(derived_seed(seed, purpose, lesion))
    return rng.standard_normal(n)
