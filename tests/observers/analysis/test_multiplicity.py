"""Holm's adjustment."""

import numpy as np
from statsmodels.stats.multitest import multipletests

from observers.analysis.multiplicity import holm
from tests.golden.reference import close


def test_holm_of_a_worked_example():
    """Holm 1979, by hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, then no less."""
    close(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_undefined_tests_are_left_out_of_the_family():
    assert holm([None, 0.5]) == [None, 0.5]
    assert holm([None]) == [None]


def test_holm_agrees_with_statsmodels():
    p = np.random.default_rng(4).random(12).round(1)

    close(holm(p.tolist()), multipletests(p, method="holm")[1])
