import json

import numpy as np
import pytest

from observers.analysis.calls import calls_at
from observers.analysis.paper import (
    ABSTRACT_MEANS,
    DETECTOR_AUC,
    GENERAL_DOCTORS,
    GROUP_AUC,
    LABEL,
    LESIONS,
    MEAN,
    OPHTHALMOLOGISTS,
    RECONSTRUCTION,
    TABLE1,
    TABLE2,
    TABLE3,
    to_dict,
)


@pytest.fixture(scope="module")
def text(shared):
    return (shared / "000_e1f17d8683c5cc42.txt").read_text(encoding="utf-8")


def test_every_printed_number_stands_in_the_paper(text):
    rows = [TABLE1, *TABLE2.values(), *GROUP_AUC.values(), ABSTRACT_MEANS, DETECTOR_AUC]
    rows += [row for part in TABLE3.values() for row in part.values()]
    for cited in (cited for row in rows for cited in row.values()):
        if cited.status == "printed":
            assert any(f"{cited.value:.{d}f}" in text for d in (0, 2, 3)), cited


def test_table_2_and_3_stand_in_the_paper_row_by_row(text):
    names = ("Normal", "Glaucoma", "Diabetic Retinopathy", "Macular Degeneration")
    for lesion, name in zip(LESIONS, names, strict=True):
        quality = [TABLE2[k][lesion].value for k in ("rmse", "ssim", "fid")]
        assert "\t".join([name, *(f"{v:.2f}" for v in quality)]) in text
        for part in TABLE3.values():
            cells = [part[k][lesion].value for k in ("precision", "recall", "f1")]
            assert "\t".join([name, *(f"{v:.2f}" for v in cells)]) in text


def test_356_eyes_were_selected():
    assert sum(cited.value for cited in TABLE1.values()) == 356


def test_printed_means_agree_with_the_printed_lesions():
    for group, values in GROUP_AUC.items():
        mean = np.mean([values[lesion].value for lesion in LESIONS])
        assert mean == pytest.approx(values[MEAN].value, abs=0.005), group
    detector = np.mean([DETECTOR_AUC[lesion].value for lesion in LESIONS])
    assert detector == pytest.approx(DETECTOR_AUC[MEAN].value, abs=0.0005)


def test_the_abstract_contradicts_the_text():
    for group in (OPHTHALMOLOGISTS, GENERAL_DOCTORS):
        gap = GROUP_AUC[group][MEAN].value - ABSTRACT_MEANS[group].value
        assert gap == pytest.approx(0.045, abs=0.006)
        assert "the text prints" in ABSTRACT_MEANS[group].note


def test_derived_values_say_so():
    derived = [
        (group, lesion)
        for group, values in GROUP_AUC.items()
        for lesion, cited in values.items()
        if cited.status == "derived"
    ]

    assert derived == [
        (OPHTHALMOLOGISTS, "macular-degeneration"),
        (GENERAL_DOCTORS, "diabetic-retinopathy"),
    ]


@pytest.mark.parametrize("lesion", LESIONS)
def test_reconstructed_counts_give_the_printed_numbers(lesion):
    calls = calls_at(RECONSTRUCTION[lesion])

    assert calls.balanced_accuracy == pytest.approx(
        DETECTOR_AUC[lesion].value, abs=0.005
    )
    for truth, part in calls.table3.to_dict().items():
        if (lesion, truth) == ("normal", "manipulated"):
            continue  # the paper's row for Normal cannot come from 10 images
        for measure, value in part.items():
            assert value == pytest.approx(
                TABLE3[truth][measure][lesion].value, abs=0.00501
            )


def test_everything_is_labelled_as_the_papers():
    plain = json.loads(json.dumps(to_dict()))

    assert plain["groups"][OPHTHALMOLOGISTS]["normal"]["label"] == LABEL
    assert plain["table3"]["original"]["f1"]["glaucoma"]["value"] == 0.98
    assert plain["table1"]["normal"]["source"].startswith("Table 1")
    assert plain["reconstruction"]["counts"]["glaucoma"]["false_positives"] == 2
    assert plain["reconstruction"]["note"].startswith("derived, not printed")
