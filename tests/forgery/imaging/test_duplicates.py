import time

import cv2
import numpy as np
import pytest

from forgery.imaging import duplicates, fundus

SHAPE = (duplicates.THUMBNAIL_SIDE, duplicates.THUMBNAIL_SIDE)


def eye(seed, side=256):
    """A disc of smooth random shading: alike in frame, different in content."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side] - side / 2 + 0.5
    inside = rows**2 + columns**2 < (side / 2 - 1) ** 2
    shade = cv2.resize(rng.normal(0, 1, (8, 8)), (side, side))
    image = (130 + 40 * shade[..., None] + (30, 0, -30)).clip(20, 255)
    return (image * inside[..., None]).astype(np.uint8)


def groups(images):
    hashes = [duplicates.difference_hash(image) for image in images]
    small = np.stack([duplicates.thumbnail(image) for image in images])
    return duplicates.near_duplicates(hashes, small)


def test_the_hash_reads_rising_steps():
    rising = np.repeat(np.arange(0, 90, 10, dtype=np.uint8)[None, :, None], 8, axis=0)
    rising = np.repeat(rising, 3, axis=2)  # (8, 9, 3)

    assert duplicates.difference_hash(rising) == 2**64 - 1
    assert duplicates.difference_hash(rising[:, ::-1].copy()) == 0


def test_the_first_step_is_the_highest_bit():
    one = np.zeros((8, 9, 3), np.uint8)
    one[0, 1:] = 90

    assert duplicates.difference_hash(one) == 2**63


def test_copies_are_grouped_and_other_eyes_are_not():
    noisy = np.random.default_rng(0).normal(0, 6, (256, 256, 3))
    images = [
        eye(1),
        eye(2),
        cv2.resize(eye(1), (128, 128), interpolation=cv2.INTER_AREA),
        eye(3),
        (eye(2) + noisy).clip(0, 255).astype(np.uint8),
        cv2.GaussianBlur(eye(1), (0, 0), 2),
    ]

    assert groups(images) == [[0, 2, 5], [1, 4]]


def test_a_chain_is_one_group():
    rng = np.random.default_rng(1)
    small = np.repeat(rng.integers(0, 256, (1, *SHAPE), dtype=np.uint8), 3, axis=0)

    grouped = duplicates.near_duplicates([0, 2**6 - 1, 2**12 - 1], small)

    assert grouped == [[0, 1, 2]]  # 0 and 2 differ in 12 bits


def test_hash_alone_or_correlation_alone_is_not_enough():
    rng = np.random.default_rng(2)
    one, other = rng.integers(0, 256, (2, *SHAPE), dtype=np.uint8)

    assert duplicates.near_duplicates([5, 5], [one, other]) == []
    assert duplicates.near_duplicates([0, 2**7 - 1], [one, one]) == []
    assert duplicates.near_duplicates([0, 2**6 - 1], [one, one]) == [[0, 1]]


def test_constant_thumbnails_are_no_duplicates():
    assert duplicates.near_duplicates([0, 0], np.zeros((2, *SHAPE))) == []


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_to_group(n):
    assert duplicates.near_duplicates([7] * n, np.zeros((n, *SHAPE), np.uint8)) == []


def test_numbers_must_match():
    with pytest.raises(ValueError, match="2 hashes, but 3 thumbnails"):
        duplicates.near_duplicates([1, 2], np.zeros((3, *SHAPE)))


def test_a_data_set_of_odirs_size_takes_seconds():
    rng = np.random.default_rng(3)
    n = 6392
    hashes = rng.integers(0, 2**64, n, dtype=np.uint64)
    small = rng.integers(0, 256, (n, *SHAPE), dtype=np.uint8)
    hashes[6000], small[6000] = hashes[17], small[17]
    start = time.process_time()

    assert duplicates.near_duplicates(hashes, small) == [[17, 6000]]
    assert time.process_time() - start < 10


def test_photographs_of_different_eyes_are_told_apart(shared):
    paths = sorted((shared / "data" / "odir" / "images").glob("*_right.jpg"))
    pair = [
        shared / "data" / "odir" / "images" / f"{n}_right.jpg" for n in (1919, 3970)
    ]
    images = [fundus.square(fundus.read(path)) for path in (*pair, *paths[:20])]
    images.append(cv2.resize(images[4], (300, 300), interpolation=cv2.INTER_AREA))

    found = groups(images)

    assert [4, len(images) - 1] in found
    assert all(len(group) == 2 for group in found)
    assert [0, 1] not in found  # 0.998 over the square, different eyes
