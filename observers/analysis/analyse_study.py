"""What one analysis computes once and uses in many rows."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from observers.analysis.covariance import covariances, placements
from observers.analysis.covariance_cluster import clustered_covariance, has_clusters
from observers.analysis.groups_strata import reader_set, scored
from observers.analysis.mrmc import ObuchowskiRockette, obuchowski_rockette
from observers.analysis.readings import Readings
from observers.analysis.ustatistic import UStatistic, of_difference, of_set
from observers.analysis.ustatistic_sums import PairSums, pair_sums

Floats = NDArray[np.float64]
CLUSTERED = "delong_by_patient"
Rockettes = dict[str, ObuchowskiRockette]


class Study:
    """
    Readings with their sums of products and Obuchowski-Rockette analyses.

    Parameters
    ----------
    readings : Readings
        The readings.
    alpha : float
        One minus the confidence level.
    """

    def __init__(self, readings: Readings, alpha: float) -> None:
        self.readings = readings
        self.alpha = alpha
        self._scored = scored(readings)

    @cached_property
    def sums(self) -> PairSums:
        """
        Sum products of success scores of all vectors.

        Returns
        -------
        PairSums
            Vectors in the order of ``score.reshape(R * M, C)``.
        """
        n_c = len(self.readings.cases)
        return pair_sums(self.readings.truth, self.readings.score.reshape(-1, n_c))

    @cached_property
    def whole(self) -> Rockettes | None:
        """
        Analyse all modalities together.

        Returns
        -------
        dict or None
            By covariance method; None for an incomplete design.
        """
        return self._rockettes(list(range(len(self.readings.modalities))))

    def rockette_of_pair(
        self, a: int, b: int
    ) -> dict[str, tuple[ObuchowskiRockette, tuple[int, int]]] | None:
        """
        Find the analysis that holds two modalities.

        Parameters
        ----------
        a : int
            First modality.
        b : int
            Second modality.

        Returns
        -------
        dict or None
            By method, the analysis of all modalities (or of these two where only
            these are complete), and the key of the pair in it.
        """
        if self.whole is not None:
            return {name: (part, (a, b)) for name, part in self.whole.items()}
        two = self._rockettes([a, b])
        if two is None:
            return None
        return {name: (part, (0, 1)) for name, part in two.items()}

    def rockette_of_modality(
        self, m: int
    ) -> dict[str, tuple[ObuchowskiRockette, int]] | None:
        """
        Find the analysis that holds one modality.

        Parameters
        ----------
        m : int
            The modality.

        Returns
        -------
        dict or None
            By method, the analysis and the modality's place in it.
        """
        if self.whole is not None:
            return {name: (part, m) for name, part in self.whole.items()}
        one = self._rockettes([m])
        if one is None:
            return None
        return {name: (part, 0) for name, part in one.items()}

    def modality(self, m: int) -> UStatistic:
        """
        Average one modality over its readers.

        Parameters
        ----------
        m : int
            The modality.

        Returns
        -------
        UStatistic
            Area and variances.
        """
        return of_set(self.sums, reader_set(self.readings, self._vectors(m)))

    def difference(self, a: int, b: int) -> UStatistic:
        """
        Subtract one modality's average from another's.

        Parameters
        ----------
        a : int
            First modality.
        b : int
            Second modality.

        Returns
        -------
        UStatistic
            Difference and variances.
        """
        first, second = (reader_set(self.readings, self._vectors(m)) for m in (a, b))
        return of_difference(self.sums, first, second)

    def u_statistic(self, result: UStatistic) -> dict[str, Any]:
        """
        Give a U-statistic's variance and the inference from it as plain data.

        Parameters
        ----------
        result : UStatistic
            The statistic.

        Returns
        -------
        dict
            ``variance, df_bdg, se, t, p, ci, notes``.
        """
        inference = result.infer(self.alpha)
        return {
            "variance": result.variance,
            "df_bdg": result.df,
            "se": inference.se,
            "t": inference.statistic,
            "p": inference.p,
            "ci": inference.ci,
            "notes": list(inference.notes),
        }

    def global_tests(self) -> dict[str, Any] | None:
        """
        Give the tests that all modalities are equal.

        Returns
        -------
        dict or None
            By method and analysis; None for one modality or an incomplete design.
        """
        if self.whole is None or len(self.readings.modalities) == 1:
            return None
        return {name: _tests(part) for name, part in self.whole.items()}

    def _vectors(self, m: int) -> tuple[tuple[int, int], ...]:
        return tuple((r, m) for r in np.flatnonzero(self._scored[:, m]).tolist())

    def _rockettes(self, modalities: list[int]) -> Rockettes | None:
        # A complete block of readers by these modalities by cases, or None.
        score = self.readings.score[:, modalities]  # (R, m, C)
        read = ~np.isnan(score)
        readers, cases = read.any(axis=(1, 2)), read.any(axis=(0, 1))
        block, truth = score[readers][:, :, cases], self.readings.truth[cases]
        if np.isnan(block).any() or min(truth.sum(), (~truth).sum()) < 2:
            return None
        n_r, n_m, n_c = block.shape
        vectors = block.reshape(n_r * n_m, n_c)
        auc, by_method = covariances(truth, vectors)
        theta = auc.reshape(n_r, n_m)
        patients = self.readings.patients
        if patients is not None and has_clusters(patients):
            named = [patients[c] for c in np.flatnonzero(cases)]
            parts = placements(truth, vectors)
            covariance = clustered_covariance(truth, parts, named)
            if np.isfinite(covariance).all():
                by_method[CLUSTERED] = covariance
        return {
            name: obuchowski_rockette(theta, covariance, alpha=self.alpha)
            for name, covariance in by_method.items()
        }


def _tests(rockette: ObuchowskiRockette) -> dict[str, Any]:
    parts = rockette.components
    found: dict[str, Any] = {
        "components": {
            name: getattr(parts, name)
            for name in (
                *("ms_t", "ms_r", "ms_tr", "var", "cov1", "cov2", "cov3"),
                *("var_r", "var_tr"),
            )
        }
    }
    for key in ("rrrc", "frrc", "rrfc"):
        test = getattr(rockette, key).test
        name = "chi2" if key == "frrc" else "f"
        found[key] = {
            name: test.statistic,
            "df1": test.df1,
            "ddf": None if test.df is None or math.isinf(test.df) else test.df,
            "p": test.p,
            "notes": list(test.notes),
        }
    return found
