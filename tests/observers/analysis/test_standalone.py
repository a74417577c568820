"""The detector against readers: RJafroc's StSignificanceTestingCadVsRad, pROC."""

import numpy as np
import pytest

from observers.analysis.covariance import covariances
from observers.analysis.groups_strata import strata, vector_scores
from observers.analysis.hillis import infer, undefined
from observers.analysis.mrmc import obuchowski_rockette
from observers.analysis.standalone import against_readers
from observers.analysis.standalone_margin import margin_test
from tests.golden.reference import close, cut, load, read

GROUPS = {"O1+O2+O3+G1+G2": "O1 O2 O3 G1 G2", "O1+O2+O3": "O1 O2 O3", "G1+G2": "G1 G2"}


def scores(readings, names):
    table = ~np.isnan(readings.score).all(axis=2)
    rows = [readings.readers.index(name) for name in names]
    return np.array([readings.score[r, int(np.flatnonzero(table[r])[0])] for r in rows])


def cases_of(shared):
    """(truth, detector, readers, expected, fixed) of each published analysis."""
    expected = load(shared)["ai_vs_readers"]
    nico = read(shared, "nico_cad_roc")
    radiologists = [str(k) for k in range(2, 11)]
    known = expected["nico_cad_roc"]["Wilcoxon"]
    yield nico.truth, scores(nico, ["1"])[0], scores(nico, radiologists), known
    study = read(shared, "study50_public")
    for key, names in GROUPS.items():
        known = expected["study50_public"][key]
        readers = scores(study, names.split())
        yield study.truth, scores(study, ["AI"])[0], readers, known


def test_single_modality_tests_agree_with_rjafroc(shared):
    """RJafroc 2.1.3, 1T-RRRC and 1T-RRFC (jackknife)."""
    for truth, detector, readers, known in cases_of(shared):
        result = against_readers(truth, detector, readers)
        random, fixed = known["1T-RRRC"], known["1T-RRFC"]

        close(result.standalone, random["fomCAD"])
        close(
            [result.mean, result.difference],
            [random["avgRadFom"], random["avgDiffFom"]],
        )
        for got, wanted in ((result.rrrc, random), (result.rrfc, fixed)):
            close(got.statistic, wanted["Tstat"], 1e-9, 1e-9)
            close(got.df, wanted["df"])
            close(got.p, wanted["pval"])
            close(got.ci, cut(wanted["CIAvgDiffFom"], -1.0))


def test_detector_row_duplicated_gives_the_same_by_two_modalities(shared):
    """RJafroc 2.1.3, 2T-RRRC: Obuchowski-Rockette with the detector repeated."""
    for truth, detector, readers, known in cases_of(shared):
        n_r = len(readers)
        score = np.stack([np.tile(detector, (n_r, 1)), readers], axis=1)
        auc, by_method = covariances(truth, score.reshape(2 * n_r, -1))
        result = obuchowski_rockette(auc.reshape(n_r, 2), by_method["jackknife"])
        wanted, parts = known["2T-RRRC"], result.components

        close(
            [result.rrrc.test.statistic, result.rrrc.test.df, result.rrrc.test.p],
            [wanted["FStat"], wanted["df"], wanted["pval"]],
        )
        close(result.rrrc.differences[0, 1].se, wanted["ciDiffFom"][0]["StdErr"])
        close(
            [parts.cov1, parts.cov2, parts.cov3, parts.var, parts.var_tr],
            [wanted[k] for k in ("cov1", "cov2", "cov3", "varError", "varTR")],
        )
        for got, row in zip(
            result.rrrc.modalities, wanted["ciAvgRdrEachTrt"], strict=True
        ):
            close([got.estimate, got.se], [row["Estimate"], row["StdErr"]])
            close(got.ci, cut([row["CILower"], row["CIUpper"]]))


def test_fixed_reader_contrasts_agree_with_the_reference(shared):
    """Own numpy in expected.json: contrast of DeLong's covariance, study50_public."""
    known = load(shared)["roc"]["study50_public"]
    known = known["own_fixed_reader_group_contrasts_delong"]["values"]
    study = read(shared, "study50_public")
    for key, names in (
        ("OPH", "O1 O2 O3"),
        ("GP", "G1 G2"),
        ("ALL", GROUPS["O1+O2+O3+G1+G2"]),
    ):
        result = against_readers(
            study.truth, scores(study, ["AI"])[0], scores(study, names.split())
        ).frrc

        close(result.estimate, known[key]["diff_group_minus_AI"])
        close([result.se, result.p], [known[key]["se"], known[key]["p"]])
        close([result.statistic, *result.ci], [known[key]["z"], *known[key]["ci95"]])


@pytest.mark.parametrize(
    ("name", "detector"), [("nico_cad_roc", "1"), ("study50_public", "AI")]
)
def test_each_reader_against_the_detector_agrees_with_proc(shared, name, detector):
    """pROC 1.18.0, paired DeLong test of the detector against one reader."""
    known = load(shared)["roc"][name]["pROC_ai_vs_reader"]
    readings = read(shared, name)

    for reader in (key for key in known if key != "produced_by"):
        result = against_readers(
            readings.truth, scores(readings, [detector])[0], scores(readings, [reader])
        )
        row = known[reader]
        close(-result.frrc.estimate, row["diff_ai_minus_reader"])
        close([result.frrc.p, -result.frrc.statistic], [row["p"], row["Z"]])
        close(result.frrc.ci, [-row["ci95"][1], -row["ci95"][0]])


def test_rule_9_one_reader_leads_with_the_fixed_reader_test(shared):
    study = read(shared, "study50_public")
    detector = scores(study, ["AI"])[0]

    one = against_readers(study.truth, detector, scores(study, ["G1"]))
    two = against_readers(study.truth, detector, scores(study, ["G1", "G2"]))

    assert (one.rrrc.p, one.rrfc.p, one.leading) == (None, None, "frrc")
    assert two.leading == "frrc"
    assert two.rrrc.p is not None
    assert any("two readers" in note for note in two.rrrc.notes)


def test_rule_13_superiority_is_tested_only_after_non_inferiority():
    worse, better = infer(-0.2, 1e-4, 30), infer(0.1, 1e-4, 30)

    lost, won = margin_test(worse, 0.05), margin_test(better, 0.05)

    assert (lost.is_non_inferior, lost.is_superior, lost.p_superior) == (
        False,
        None,
        None,
    )
    assert (won.is_non_inferior, won.is_superior, won.is_equivalent) == (
        True,
        True,
        False,
    )


def test_rule_13_limit_is_one_sided_at_97_5_percent():
    result = margin_test(infer(0.0, 1e-4, np.inf), 0.05)

    close(result.lower, -0.0195996398454005)
    close(result.p_non_inferior, 2.866515718791939e-07)
    assert result.is_equivalent


def test_margin_may_point_the_other_way_and_must_be_positive():
    assert not margin_test(infer(0.2, 1e-4, 30), 0.05, sign=-1).is_non_inferior
    assert margin_test(undefined("none"), 0.05).is_non_inferior is None
    with pytest.raises(ValueError, match="margin"):
        margin_test(infer(0.2, 1e-4, 30), 0.0)


def test_missing_scores_turn_to_the_unbiased_covariance_and_say_so():
    rng = np.random.default_rng(8)
    truth = np.arange(40) < 15
    score = rng.normal(truth * 1.5, 1, (4, 40))
    score[2, 3] = np.nan

    result = against_readers(truth, score[0], score[1:], method="jackknife")

    assert (result.covariance, result.fixed_covariance) == ("unbiased", "delong")
    assert any("missing" in note for note in result.rrrc.notes)
    assert result.rrrc.p is not None


@pytest.mark.parametrize("method", ["delong", "jackknife", "unbiased"])
def test_a_named_covariance_is_used_for_random_and_fixed_readers(method):
    rng = np.random.default_rng(9)
    truth = np.arange(40) < 15
    score = rng.normal(truth * 1.5, 1, (4, 40))

    result = against_readers(truth, score[0], score[1:], method=method)

    _, by_method = covariances(truth, score)
    weight = np.array([-1, 1 / 3, 1 / 3, 1 / 3])
    assert (result.covariance, result.fixed_covariance) == (method, method)
    close(result.frrc.se**2, weight @ by_method[method] @ weight)


def test_too_few_cases_give_reasons_and_no_exception():
    truth, score = np.array([True, False, False]), np.array([[3.0, 1, 2], [1, 2, 3]])

    lonely = against_readers(truth, score[0], score[1:])
    empty = against_readers(np.zeros(3, bool), score[0], score[1:])

    assert (lonely.difference, lonely.rrrc.p) == (-1.0, None)
    assert lonely.frrc.notes == ("needs >= 2 cases per class",)
    assert (empty.difference, empty.frrc.p) == (None, None)


def test_strata_follow_groups_or_modalities(shared):
    nested = strata(read(shared, "study50_public"))
    crossed = strata(read(shared, "vandyke"))

    assert [s.modality for s in nested] == [None]
    assert sorted(nested[0].groups) == ["AI", "GP", "OPH"]
    assert [s.modality for s in crossed] == ["1", "2"]
    assert list(crossed[0].groups) == ["all"]
    assert len(nested[0].everyone) == 6
    study = read(shared, "study50_public")
    assert vector_scores(study, nested[0].everyone).shape == (6, 50)
