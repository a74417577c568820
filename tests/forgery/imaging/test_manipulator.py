"""Training and applying manipulators: the bundle, the traps, the refusals."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from forgery.imaging import checkpoints, manipulator, recipes
from forgery.imaging.errors import ChecksumMismatch, TrainingCancelled
from forgery.imaging.fundus import field_of_view
from forgery.imaging.painting import Painted
from forgery.imaging.reconstruction import block_ssim, with_grey
from forgery.imaging.seeding import seeded

BRIEF = recipes.get("paper-unet").settings("quick", steps=2, crop=64)


def discs(n, rng):
    """Photographs of a kind: coloured discs with texture on black."""
    y, x = np.mgrid[:256, :256] - 127.5
    inside = np.hypot(x, y) < 120
    images = np.zeros((n, 256, 256, 3), np.uint8)
    for image in images:
        texture = rng.normal(0, 8, (256, 256, 1)) + rng.uniform(
            [150, 80, 60], [200, 110, 90]
        )
        image[inside] = np.clip(texture, 1, 255).astype(np.uint8)[inside]
    return images


@pytest.fixture(scope="module")
def images():
    return discs(3, np.random.default_rng(1))


@pytest.fixture(scope="module")
def masks(images):
    return [field_of_view(image) for image in images]


@pytest.fixture(scope="module")
def trained(images, tmp_path_factory):
    return manipulator.train(
        images, BRIEF, workdir=tmp_path_factory.mktemp("run"), device="cpu"
    )


def test_bundle_says_what_it_is(trained, images):
    tensors, metadata = checkpoints.load(trained.path, trained.sha256)

    assert metadata["kind"] == "manipulator"
    assert metadata["recipe"] == "paper-unet"
    assert metadata["config"]["levels"] == 7
    assert metadata["seed"] == BRIEF.seed
    assert sum(t.numel() for t in tensors.values()) == 1_945_840
    assert trained.metrics["n_images"] == len(images)
    assert [step for step, _ in trained.loss_curve] == [1, 2]


def test_same_seed_gives_the_same_bundle(trained, images, tmp_path):
    again = manipulator.train(images, BRIEF, workdir=tmp_path, device="cpu")

    assert again.sha256 == trained.sha256


def test_cancelled_training_continues_to_the_same_bundle(trained, images, tmp_path):
    answers = iter([False, True])
    with pytest.raises(TrainingCancelled):
        manipulator.train(
            images,
            BRIEF,
            workdir=tmp_path,
            should_stop=lambda: next(answers),
            device="cpu",
        )

    resumed = manipulator.train(images, BRIEF, workdir=tmp_path, device="cpu")

    assert resumed.sha256 == trained.sha256


def test_surround_is_never_repainted(trained, images, masks):
    forged = manipulator.forge(
        trained.path, trained.sha256, images, masks, device="cpu"
    ).images

    outside = ~np.stack(masks)
    assert np.array_equal(forged[outside], images[outside])
    assert manipulator.change(forged, images, masks) > recipes.PAPER_UNET.least_change


def test_the_edge_of_the_retina_is_painted_ever_less(trained, images, masks):
    """No coloured rim: a painter errs most where light falls off steeply."""
    made = manipulator.forge(trained.path, None, images, masks, device="cpu")
    difference = np.abs(made.images.astype(int) - images).max(axis=3)

    for one, mask in zip(difference, masks, strict=True):
        depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
        edge = one[(depth > 0) & (depth <= 1)].mean()
        rim = one[(depth > 1) & (depth <= 4)].mean()
        inner = one[depth > 10].mean()
        assert edge < rim < inner
        assert edge == 0


def test_colours_stay_those_of_the_photograph(trained, images, masks):
    forged = manipulator.forge(
        trained.path, trained.sha256, images, masks, device="cpu"
    ).images

    for before, after, mask in zip(images, forged, masks, strict=True):
        shift = after[mask].mean(0) - before[mask].mean(0)
        assert np.abs(shift).max() < 2


def test_colours_would_shift_without_the_correction(trained, images, masks, tmp_path):
    tensors, metadata = checkpoints.load(trained.path)
    metadata["settings"]["colour_sigma"] = 0.0
    path = tmp_path / "uncorrected.safetensors"
    checkpoints.save(path, tensors, metadata)

    forged = manipulator.forge(path, None, images, masks, device="cpu").images

    inside = np.stack(masks)
    shift = forged[inside].mean(0) - images[inside].mean(0)
    assert np.abs(shift).max() > 5


def test_each_photograph_is_manipulated_by_itself(trained, images, masks):
    painter = manipulator.load(trained.path, None, device="cpu")

    together = painter.forge(images, masks).images
    alone = painter.forge(images[1:2], masks[1:2]).images

    assert np.array_equal(alone[0], together[1])


def test_wrong_digest_is_refused(trained, images, masks):
    with pytest.raises(ChecksumMismatch):
        manipulator.forge(trained.path, "0" * 64, images, masks)


@pytest.mark.parametrize(
    "shape", [(2, 128, 128, 3), (2, 256, 256, 4), (0, 256, 256, 3)]
)
def test_images_of_another_shape_are_refused(shape, tmp_path):
    with pytest.raises(ValueError, match="a manipulator needs"):
        manipulator.train(np.zeros(shape, np.uint8), BRIEF, workdir=tmp_path)


def test_manipulator_that_changes_nothing_is_refused(images, tmp_path, monkeypatch):
    monkeypatch.setattr(
        manipulator,
        "paint",
        lambda _n, sample, masks, **_: Painted(sample.copy(), np.stack(masks)),
    )

    with pytest.raises(ValueError, match="learned to change nothing"):
        manipulator.train(images, replace(BRIEF, steps=1), workdir=tmp_path)


def test_manipulator_whose_features_died_is_refused(images, tmp_path, monkeypatch):
    monkeypatch.setattr(manipulator, "is_flat", lambda *_: True)

    with pytest.raises(ValueError, match="paints every photograph alike"):
        manipulator.train(images, replace(BRIEF, steps=1), workdir=tmp_path)


def test_grey_is_the_luma_of_the_colours():
    image = np.zeros((1, 2, 2, 3), np.uint8)
    image[0, 0, 0] = (255, 0, 0)
    image[0, 1, 1] = (255, 255, 255)

    planes = with_grey(image)

    assert planes.shape == (1, 4, 2, 2)
    assert planes[0, 3].flatten().tolist() == pytest.approx([0.299, 0, 0, 1], abs=1e-6)


def test_change_counts_inside_the_field_of_view_alone():
    before = np.zeros((1, 4, 4, 3), np.uint8)
    after = before.copy()
    after[0, 0], after[0, 3] = 10, 200
    mask = np.zeros((4, 4), bool)
    mask[:2] = True

    assert manipulator.change(after, before, [mask]) == pytest.approx((100 / 2) ** 0.5)


def test_similarity_is_one_for_equal_images_and_falls_with_blur():
    with seeded(2):
        x = torch.rand(1, 3, 32, 32)
    blurred = torch.nn.functional.avg_pool2d(x, 3, stride=1, padding=1)

    assert block_ssim(x, x).item() == pytest.approx(1)
    assert block_ssim(blurred, x).item() < 0.8
