import dataclasses

import cv2
import numpy as np
import pytest

from forgery.imaging import fundus, profiles
from forgery.imaging.profiles import PAPER, PLAIN, READER, Profile, ReaderProfile


def photograph(seed, *, side=512, margin=0):
    """A textured lit disc: enough structure for every filter to matter."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side] - side / 2 + 0.5
    inside = rows**2 + columns**2 < (side / 2 - 1 - margin) ** 2
    grain = cv2.GaussianBlur(rng.normal(0, 40, (side, side, 3)), (0, 0), 1.5)
    image = (np.array((170, 90, 45)) + grain).clip(12, 255) * inside[..., None]
    return image.astype(np.uint8)


def spectrum(image):
    """Log power against radius, (16,)."""
    grey = image.mean(axis=2)
    power = np.abs(np.fft.fftshift(np.fft.fft2(grey - grey.mean()))) ** 2
    rows, columns = np.indices(power.shape) - len(power) // 2
    ring = (np.hypot(rows, columns) / (len(power) / 2) * 16).astype(int).clip(0, 15)
    return np.log([power[ring == k].mean() for k in range(16)])


def identity_forgery(image, profile):
    """What a manipulator that changes nothing would deliver."""
    working = profiles.prepare(image, profile)
    mask = fundus.field_of_view(working)
    return profiles.finish(profiles.composite(working.copy(), working, mask), profile)


def test_the_kernel_is_the_papers():
    kernel = profiles.SHARPEN_KERNEL

    assert kernel.sum() == 1
    assert kernel[1, 1] == 5
    assert not kernel[[0, 0, 2, 2], [0, 2, 0, 2]].any()
    assert (kernel < 0).sum() == 4


def test_sharpen_keeps_flat_areas_and_clips():
    flat = np.full((8, 8, 3), 77, np.uint8)
    dot = flat.copy()
    dot[4, 4] = 200

    assert np.array_equal(profiles.sharpen(flat), flat)
    assert (profiles.sharpen(dot)[4, 4] == 255).all()  # 5 * 200 - 4 * 77 = 692
    assert (profiles.sharpen(dot)[4, 3] == 0).all()  # 5 * 77 - 200 - 3 * 77 < 0


def test_prepare_is_area_resize_then_sharpen():
    image = photograph(1)
    area = cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA)

    assert np.array_equal(profiles.prepare(image, PLAIN), area)
    assert np.array_equal(profiles.prepare(image, PAPER), profiles.sharpen(area))


def test_finish_is_the_blur_alone():
    working = profiles.prepare(photograph(1), PAPER)

    assert np.array_equal(
        profiles.finish(working, PAPER), cv2.GaussianBlur(working, (0, 0), 0.8)
    )
    assert np.array_equal(profiles.finish(working, PLAIN), working)


@pytest.mark.parametrize("profile", [PAPER, PLAIN])
@pytest.mark.parametrize("margin", [0, 40])
def test_an_identity_forgery_is_rendered_byte_for_byte_like_its_original(
    profile, margin
):
    image = photograph(2, margin=margin)

    original = READER.render(profiles.matched_original(image, profile))
    forged = READER.render(identity_forgery(image, profile))

    assert original == forged


@pytest.mark.parametrize("profile", [PAPER, PLAIN])
def test_the_classes_of_identity_forgeries_have_equal_spectra(profile):
    images = [photograph(seed) for seed in range(8)]

    originals = [
        spectrum(READER.render_array(profiles.matched_original(image, profile)))
        for image in images
    ]
    forged = [
        spectrum(READER.render_array(identity_forgery(image, profile)))
        for image in images
    ]

    assert np.array_equal(np.mean(originals, axis=0), np.mean(forged, axis=0))


def test_the_spectra_test_would_see_an_unmatched_original():
    image = photograph(3)
    unmatched = READER.render_array(profiles.prepare(image, PAPER))

    gap = spectrum(unmatched) - spectrum(
        READER.render_array(identity_forgery(image, PAPER))
    )

    assert gap[4:8].min() > 0.2


@pytest.mark.parametrize("size", [256, 512, 1024, 1100])
def test_rendered_files_have_one_length(size):
    profile = ReaderProfile("any", 1, size=size)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)

    lengths = {
        len(profile.render(image))
        for image in (
            noise,
            np.zeros_like(noise),
            profiles.prepare(photograph(4), PAPER),
        )
    }

    assert len(lengths) == 1


def test_render_decodes_to_render_array():
    working = profiles.prepare(photograph(5), PAPER)

    decoded = fundus.decode(READER.render(working), name="case.png")

    assert decoded.shape == (512, 512, 3)
    assert np.array_equal(decoded, READER.render_array(working))


def test_reader_filters_are_applied_in_order():
    working = profiles.prepare(photograph(5), PLAIN)
    profile = ReaderProfile("strong", 1, size=256, sharpen=True, blur_sigma=1.5)

    expected = cv2.GaussianBlur(profiles.sharpen(working), (0, 0), 1.5)

    assert np.array_equal(profile.render_array(working), expected)


def test_composite_keeps_the_surround():
    working = profiles.prepare(photograph(6, margin=8), PAPER)
    mask = fundus.field_of_view(working)
    painted = np.full_like(working, 9)

    out = profiles.composite(painted, working, mask)

    assert (out[mask] == 9).all()
    assert np.array_equal(out[~mask], working[~mask])
    assert 0.5 < mask.mean() < 0.95


def test_composite_refuses_different_shapes():
    small = np.zeros((8, 8, 3), np.uint8)

    with pytest.raises(ValueError, match="shapes differ"):
        profiles.composite(small, small, np.ones((4, 4), bool))


def test_detector_view_of_a_rendered_case_is_the_area_resize():
    rendered = READER.render_array(profiles.matched_original(photograph(7), PAPER))
    area = cv2.resize(rendered, (256, 256), interpolation=cv2.INTER_AREA)

    assert np.array_equal(profiles.detector_view(rendered), area)


def test_detector_view_of_a_working_image_is_itself():
    working = profiles.matched_original(photograph(7), PAPER)

    assert np.array_equal(profiles.detector_view(working), working)


def test_detector_view_crops_a_raw_photograph_to_its_field():
    raw = photograph(8, margin=80)
    frame = np.zeros((512, 700, 3), np.uint8)
    frame[:, 94:606] = raw

    view = profiles.detector_view(frame)

    assert view.shape == (256, 256, 3)
    assert fundus.field_of_view(view).mean() > 0.7  # a full disc fills pi / 4


@pytest.mark.parametrize("profile", [PAPER, PLAIN, READER])
def test_a_profile_is_rebuilt_from_its_data(profile):
    again = type(profile).from_dict(profile.to_dict())

    assert again == profile
    assert again.digest == profile.digest


def test_the_digest_follows_every_field():
    changed = [
        dataclasses.replace(PAPER, **change)
        for change in (
            {"name": "other"},
            {"version": 2},
            {"size": 128},
            {"sharpen": False},
            {"blur_sigma": 0.9},
        )
    ]

    assert len({profile.digest for profile in (*changed, PAPER)}) == 6


@pytest.mark.parametrize("bad", [{"size": 8}, {"blur_sigma": -1.0}])
def test_senseless_profiles_are_refused(bad):
    with pytest.raises(ValueError, match="must be"):
        Profile("bad", 1, **bad)
    with pytest.raises(ValueError, match="must be"):
        ReaderProfile("bad", 1, **bad)


def test_unknown_fields_are_refused():
    with pytest.raises(TypeError):
        Profile.from_dict({**PAPER.to_dict(), "hue": 1})
