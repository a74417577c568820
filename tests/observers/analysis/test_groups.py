"""Group against group: readers nested in group."""

import numpy as np

from observers.analysis.groups import compare_groups
from tests.golden.reference import close, load, read


def group_scores(readings, modality):
    m = readings.modalities.index(modality)
    return readings.score[list(readings.readers_of(modality)), m]


def study(shared, a, b):
    readings = read(shared, "study50_public")
    return compare_groups(
        readings.truth, group_scores(readings, a), group_scores(readings, b)
    )


def test_random_readers_agree_with_imrmc(shared):
    """iMRMC R 2.1.2: variance and BDG degrees of freedom, GP minus OPH."""
    row = load(shared)["reader_groups_iMRMC_R"]["Ustat"][2]

    result = study(shared, "GP", "OPH")

    close(result.difference, row["AUCAminusAUCB"])
    close(result.random.se**2, row["varAUCAminusAUCB"])
    close(result.random.df, row["dfBDG"])


def test_fixed_readers_agree_with_the_reference(shared):
    """Own numpy in expected.json, contrast of DeLong's covariance."""
    known = load(shared)["roc"]["study50_public"]
    known = known["own_fixed_reader_group_contrasts_delong"]["values"]["OPH_minus_GP"]

    result = study(shared, "OPH", "GP")

    close(result.fixed.estimate, known["diff"])
    close([result.fixed.se, result.fixed.p], [known["se"], known["p"]])


def test_rule_9_two_readers_are_warned_of_and_the_fixed_test_leads(shared):
    result = study(shared, "OPH", "GP")

    assert result.leading == "fixed"
    assert any("two readers" in note for note in result.random.notes)


def test_rule_9_one_reader_has_no_random_reader_test(shared):
    result = study(shared, "OPH", "AI")

    assert (result.random.p, result.leading) == (None, "fixed")
    assert result.fixed.p is not None


def test_swapping_the_groups_changes_the_sign_only():
    rng = np.random.default_rng(3)
    truth = np.arange(40) < 15
    score = rng.normal(truth * 1.0, 1, (7, 40))

    one = compare_groups(truth, score[:3], score[3:])
    other = compare_groups(truth, score[3:], score[:3])

    close(one.difference, -other.difference)
    close([one.random.se, one.fixed.se], [other.random.se, other.fixed.se])
    assert one.leading == "random"


def test_a_group_without_a_class_gives_a_reason():
    result = compare_groups(np.ones(4, bool), np.ones((2, 4)), np.ones((2, 4)))

    assert (result.difference, result.random.p, result.fixed.p) == (None, None, None)
