import csv
from collections import Counter

import pytest

from forgery.imaging import labels
from forgery.imaging.domain import FUNDUS


@pytest.mark.parametrize(
    ("keywords", "lesion"),
    [
        ("normal fundus", "normal"),
        ("Normal  Fundus ", "normal"),
        ("glaucoma", "glaucoma"),
        ("mild nonproliferative retinopathy", "diabetic-retinopathy"),
        ("moderate non proliferative retinopathy", "diabetic-retinopathy"),
        ("severe nonproliferative retinopathy", "diabetic-retinopathy"),
        ("proliferative diabetic retinopathy", "diabetic-retinopathy"),
        ("severe proliferative diabetic retinopathy", "diabetic-retinopathy"),
        ("diabetic retinopathy", "diabetic-retinopathy"),
        ("age-related macular degeneration", "macular-degeneration"),
        ("dry age-related macular degeneration", "macular-degeneration"),
        (
            "wet age-related macular degeneration?dry age-related macular degeneration",
            "macular-degeneration",
        ),
        ("lens dust\uff0cglaucoma", "glaucoma"),
        ("glaucoma,image offset", "glaucoma"),
    ],
)
def test_a_lesion_of_the_study_is_included(keywords, lesion):
    label = labels.parse(keywords)

    assert (label.lesion, label.reason) == (lesion, None)
    assert label.text == FUNDUS.lesion(lesion).name


@pytest.mark.parametrize(
    ("keywords", "reason", "findings"),
    [
        ("", "no-keywords", ()),
        (" ? ", "no-keywords", ()),
        ("cataract", "no-lesion-of-the-study", ("cataract",)),
        ("drusen", "no-lesion-of-the-study", ("drusen",)),
        ("hypertensive retinopathy", "no-lesion-of-the-study", None),
        ("myopia retinopathy", "no-lesion-of-the-study", None),
        ("glaucoma?laser spot", "other-finding", ("laser spot",)),
        ("glaucoma\uff0claser spot", "other-finding", ("laser spot",)),
        ("normal fundus,white vessel", "other-finding", ("white vessel",)),
        (
            "glaucoma?diabetic retinopathy",
            "several-lesions",
            ("glaucoma", "diabetic retinopathy"),
        ),
        ("normal fundus?glaucoma", "several-lesions", None),
        ("suspected glaucoma", "suspected-lesion", ("suspected glaucoma",)),
        ("suspicious diabetic retinopathy?glaucoma", "suspected-lesion", None),
        ("suspected retinal vascular sheathing", "no-lesion-of-the-study", None),
        ("low image quality?glaucoma", "not-gradable", None),
        ("lens dust", "no-lesion-of-the-study", ("lens dust",)),
        ("no fundus image", "not-gradable", ("no fundus image",)),
    ],
)
def test_everything_else_is_left_out_under_its_own_reason(keywords, reason, findings):
    label = labels.parse(keywords)

    assert (label.lesion, label.reason) == (None, reason)
    assert label.text.startswith(labels.REASONS[reason])
    if findings is not None:
        assert label.findings == findings
        assert all(finding in label.text for finding in findings)


def test_a_repeated_keyword_counts_once():
    assert labels.split("Glaucoma?glaucoma,lens  dust") == ("glaucoma", "lens dust")


def test_every_lesion_of_the_domain_can_be_named():
    named = {labels.lesion_of(word) for word in ("normal fundus", "glaucoma")}
    named |= {labels.lesion_of("diabetic retinopathy")}
    named |= {labels.lesion_of("wet age-related macular degeneration")}

    assert named == set(FUNDUS.lesion_keys)


def test_right_eyes_of_odir_give_the_counts_of_its_readme(shared):
    path = shared / "data" / "odir" / "full_df.csv"
    with path.open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if "_right" in row["filename"]]

    counts = Counter(
        labels.parse(row["Right-Diagnostic Keywords"]).lesion for row in rows
    )

    assert counts == {
        "normal": 165,
        "diabetic-retinopathy": 102,
        "macular-degeneration": 104,
        "glaucoma": 84,
        None: 31,
    }
