"""The phantom: same seed same bytes, masks that tell the truth, a round field."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from forgery.imaging.domain import FUNDUS
from forgery.imaging.phantom.render import LESIONS, make

ROOT = Path(__file__).resolve().parents[3]
SIZE = 128
SEEDS = range(6)

# First half of the SHA-256 of the bytes of make(lesion, 7, size=64).image under
# requirements.lock:
# opencv 5.0.0, numpy 2.4.6. A change here changes every demo.
PINNED = {
    "normal": "f68d22a57f6a4c3db793658afb9a77c5",
    "glaucoma": "d3a9b02deeafedd33ab2f60707332604",
    "diabetic-retinopathy": "18605de445e3274d51838bec49b3cb7e",
    "macular-degeneration": "7ccdb60511203be2bada10882865a4b5",
}
DIABETIC_AND_DEGENERATIVE = ("diabetic-retinopathy", "macular-degeneration")


def digest(image):
    return hashlib.sha256(image.tobytes()).hexdigest()


def widened(mask, pixels):
    kernel = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0


def any_finding(phantom):
    return np.any(list(phantom.finding_masks.values()), axis=0)


def test_lesions_are_those_of_the_fundus_domain():
    assert set(LESIONS) == set(FUNDUS.lesion_keys)


@pytest.mark.parametrize("lesion", LESIONS)
def test_bytes_are_those_pinned(lesion):
    assert digest(make(lesion, 7, size=64).image)[:32] == PINNED[lesion]


def test_bytes_do_not_depend_on_the_vector_width_of_the_processor():
    code = (
        "import sys, hashlib\n"
        "from forgery.imaging.phantom.render import make\n"
        "image = make('diabetic-retinopathy', 3, size=128).image\n"
        "sys.stdout.write(hashlib.sha256(image.tobytes()).hexdigest())\n"
    )
    narrow = {
        **os.environ,
        "NPY_DISABLE_CPU_FEATURES": "X86_V3",
        "OPENCV_CPU_DISABLE": "AVX2,FP16,AVX",
        "PYTHONPATH": str(ROOT),
    }

    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=narrow,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout == digest(make("diabetic-retinopathy", 3, size=SIZE).image)


@pytest.mark.parametrize("size", [64, 100, 128])
@pytest.mark.parametrize("lesion", LESIONS)
def test_image_and_masks_have_the_size_asked_for(lesion, size):
    phantom = make(lesion, 1, size=size)

    assert phantom.image.shape == (size, size, 3)
    assert phantom.image.dtype == np.uint8
    for mask in phantom.finding_masks.values():
        assert mask.shape == (size, size)
        assert mask.dtype == np.bool_


@pytest.mark.parametrize("lesion", LESIONS)
def test_images_of_different_seeds_differ(lesion):
    seen = {digest(make(lesion, seed, size=64).image) for seed in range(12)}

    assert len(seen) == 12


@pytest.mark.parametrize("lesion", LESIONS)
def test_field_is_round_and_fills_the_frame(lesion):
    for seed in SEEDS:
        image = make(lesion, seed, size=SIZE).image
        lit = image.max(axis=2) > 12
        rows, columns = np.nonzero(lit)

        assert 0.18 < 1 - lit.mean() < 0.30
        assert np.ptp(rows) + 1 >= SIZE - 4
        assert abs(int(np.ptp(rows)) - int(np.ptp(columns))) <= 4
        assert not lit[:8, :8].any()
        assert not lit[-8:, -8:].any()


def test_normal_has_no_finding():
    for seed in SEEDS:
        assert make("normal", seed, size=64).finding_masks == {}


def test_findings_are_those_of_the_lesion():
    allowed = {
        "glaucoma": {"enlarged-cup"},
        "diabetic-retinopathy": {"microaneurysms", "haemorrhages", "hard-exudates"},
        "macular-degeneration": {"drusen", "geographic-atrophy"},
    }
    for lesion, keys in allowed.items():
        seen = set()
        for seed in range(16):
            masks = make(lesion, seed, size=64).finding_masks
            assert all(mask.any() for mask in masks.values())
            seen |= set(masks)
        assert seen == keys


@pytest.mark.parametrize("lesion", DIABETIC_AND_DEGENERATIVE)
def test_image_differs_from_the_healthy_eye_in_its_findings_only(lesion):
    for seed in SEEDS:
        ill = make(lesion, seed, size=SIZE)
        healthy = make("normal", seed, size=SIZE)
        finding = any_finding(ill)
        change = np.abs(ill.image.astype(int) - healthy.image).max(axis=2)

        assert change[~widened(finding, 4)].max() == 0
        assert (change[finding] > 3).mean() > 0.8


def test_bleeding_darkens_and_deposits_brighten():
    darker = {"microaneurysms", "haemorrhages"}
    brighter = {"hard-exudates", "drusen", "geographic-atrophy"}
    for lesion in DIABETIC_AND_DEGENERATIVE:
        for seed in SEEDS:
            ill = make(lesion, seed, size=SIZE)
            healthy = make("normal", seed, size=SIZE)
            green = ill.image[..., 1].astype(float) - healthy.image[..., 1]
            for key, mask in ill.finding_masks.items():
                others = [m for k, m in ill.finding_masks.items() if k != key]
                alone = mask & ~np.any([*others, np.zeros_like(mask)], axis=0)
                if alone.any():
                    assert key in darker | brighter
                    assert (green[alone].mean() > 0) == (key in brighter)


def test_number_and_size_of_findings_vary_with_the_seed():
    areas = {
        int(make("diabetic-retinopathy", seed, size=SIZE).finding_masks[key].sum())
        for seed in range(8)
        for key in ("haemorrhages",)
    }

    assert len(areas) >= 6
    assert max(areas) > 1.5 * min(areas)


def test_cup_of_glaucoma_is_larger_than_normal():
    for seed in range(20):
        healthy, ill = (make(k, seed, size=64) for k in ("normal", "glaucoma"))

        assert ill.cup_to_disc > healthy.cup_to_disc + 0.1
        assert healthy.cup_to_disc < 0.6
        assert ill.disc == healthy.disc


def test_cup_of_glaucoma_fills_its_part_of_the_disc():
    for seed in SEEDS:
        phantom = make("glaucoma", seed, size=256)
        rows = np.nonzero(phantom.finding_masks["enlarged-cup"].any(axis=1))[0]
        ratio = (np.ptp(rows) + 1) / (2 * phantom.disc_radius)

        assert phantom.cup_to_disc - 0.05 < ratio < phantom.cup_to_disc * 1.15 + 0.05


def test_disc_is_bright_and_fovea_dark():
    for seed in SEEDS:
        phantom = make("normal", seed, size=256)
        green = cv2.blur(phantom.image[..., 1], (9, 9)).astype(float)
        middle = np.median(green[phantom.image.max(axis=2) > 12])
        cup_x = phantom.disc[0] - 0.1 * phantom.disc_radius
        disc = green[int(phantom.disc[1]), int(cup_x)]
        fovea = green[int(phantom.fovea[1]), int(phantom.fovea[0])]

        assert disc > 1.15 * middle
        assert fovea < 0.85 * middle


def test_left_eye_is_laid_out_in_the_mirror():
    right = make("macular-degeneration", 5, size=64)
    left = make("macular-degeneration", 5, size=64, eye="left")

    assert right.disc[0] > 32 > left.disc[0]
    assert left.disc[0] == pytest.approx(63 - right.disc[0])
    assert left.fovea[1] == right.fovea[1]
    for key, mask in right.finding_masks.items():
        np.testing.assert_array_equal(left.finding_masks[key], mask[:, ::-1])


def test_two_eyes_of_a_patient_share_pigment_but_not_anatomy():
    def tint(image):
        colour = np.median(image[image.max(axis=2) > 12], axis=0)
        return colour / colour.sum()

    within, between = [], []
    for patient in range(8):
        one = make("normal", 100 + patient, size=64, patient_seed=patient)
        two = make("normal", 200 + patient, size=64, patient_seed=patient, eye="left")
        stranger = make("normal", 200 + patient, size=64, patient_seed=50 + patient)
        within.append(np.abs(tint(one.image) - tint(two.image)).sum())
        between.append(np.abs(tint(one.image) - tint(stranger.image)).sum())
        assert one.disc[0] + two.disc[0] != pytest.approx(63)

    assert np.mean(within) < 0.6 * np.mean(between)


def test_patient_is_the_seed_when_none_is_given():
    one = make("glaucoma", 4, size=64)
    two = make("glaucoma", 4, size=64, patient_seed=4)

    np.testing.assert_array_equal(one.image, two.image)


def test_photograph_is_sharp_enough_to_show_vessels():
    for seed in SEEDS:
        green = make("normal", seed, size=256).image[..., 1]
        inside = np.hypot(*np.mgrid[-127.5:128, -127.5:128]) < 110
        background = cv2.medianBlur(green, 21).astype(float)
        darker = background - green

        assert cv2.Laplacian(green, cv2.CV_64F)[inside].var() > 30
        assert 0.03 < (darker[inside] > 0.12 * background[inside]).mean() < 0.3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"lesion": "cataract", "seed": 1}, "known lesions: " + ", ".join(LESIONS)),
        ({"lesion": "normal", "seed": 1, "eye": "both"}, "known eyes: right, left"),
        ({"lesion": "normal", "seed": 1, "size": 8}, "at least 32 pixels"),
        ({"lesion": "normal", "seed": -1}, "negative, but is -1"),
        ({"lesion": "normal", "seed": 1, "patient_seed": -2}, "negative, but is -2"),
    ],
)
def test_wrong_argument_is_refused_in_words(arguments, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        make(**arguments)
