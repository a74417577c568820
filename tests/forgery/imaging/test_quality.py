import subprocess
import sys

import numpy as np
import pytest
from scipy.linalg import sqrtm

from forgery.imaging import quality


def image(seed=0, side=32):
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def normal(n, d, seed, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, (n, d))


def test_rmse_is_on_0_to_255():
    black, white = np.zeros((16, 16, 3), np.uint8), np.full((16, 16, 3), 255, np.uint8)

    assert quality.rmse(black, white) == 255
    assert quality.rmse(white, black) == 255
    assert quality.rmse(white, white) == 0


def test_rmse_counts_the_mask_alone():
    one, other = np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint8)
    other[0, 0] = 10
    mask = np.array([[True, True], [False, False]])

    assert quality.rmse(one, other) == pytest.approx(5)  # sqrt(100 / 4)
    assert quality.rmse(one, other, mask) == pytest.approx(np.sqrt(50))


def test_the_papers_rmse_in_decibels():
    level = np.full((16, 16, 3), 100, np.uint8)
    off = level + np.uint8(40)

    assert quality.psnr(level, off) == pytest.approx(16.09, abs=0.005)
    assert quality.psnr(level, level) == np.inf


def test_ssim_of_equal_and_of_independent_images():
    assert quality.ssim(image(1), image(1)) == pytest.approx(1)
    assert abs(quality.ssim(image(1, 96), image(2, 96))) < 0.05


def test_ssim_is_the_formula_in_a_window_of_11():
    # one 11 x 11 image has a single full window, at its centre (Wang 2004, eq. 13)
    x, y = image(1, 11), image(2, 11)
    offset = np.arange(11) - 5
    window = np.exp(-(offset[:, None] ** 2 + offset**2) / (2 * 1.5**2))
    window /= window.sum()
    scores = []
    for channel in range(3):
        a, b = x[..., channel].astype(float), y[..., channel].astype(float)
        mean_a, mean_b = (window * a).sum(), (window * b).sum()
        var_a = (window * a * a).sum() - mean_a**2
        var_b = (window * b * b).sum() - mean_b**2
        cov = (window * a * b).sum() - mean_a * mean_b
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        scores.append(
            (2 * mean_a * mean_b + c1)
            * (2 * cov + c2)
            / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
        )

    assert quality.ssim(x, y) == pytest.approx(np.mean(scores), rel=1e-6)


def test_paired_gives_one_entry_a_pair():
    originals = [image(1), image(2)]
    manipulated = [image(1), image(3)]

    pairs = quality.paired(originals, manipulated)

    assert pairs.rmse[0] == 0
    assert pairs.rmse[1] == quality.rmse(image(2), image(3))
    assert pairs.psnr[0] == np.inf
    assert pairs.ssim == pytest.approx([1, quality.ssim(image(2), image(3))])


def test_pairs_must_match():
    with pytest.raises(ValueError, match="needs pairs"):
        quality.paired([image()], [])
    with pytest.raises(ValueError, match="needs pairs"):
        quality.paired([], [])
    with pytest.raises(ValueError, match="shapes differ"):
        quality.rmse(image(0, 16), image(0, 32))


def test_frechet_distance_equals_the_matrix_square_root():
    a, b = normal(400, 5, 1), normal(300, 5, 2, 0.5) @ np.diag([1, 2, 0.5, 1, 3])
    s, t = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(
        s + t - 2 * sqrtm(s @ t).real
    )

    assert quality.frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_identities():
    a, b = normal(20, 200, 1), normal(30, 200, 2)

    assert quality.frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert quality.frechet_distance(a, b) == pytest.approx(
        quality.frechet_distance(b, a)
    )
    shift = np.full(200, 0.3)
    assert quality.frechet_distance(a, a + shift) == pytest.approx(200 * 0.09)


def test_frechet_distance_is_biased_by_n():
    spectrum = 1 / np.arange(1, 301)
    draw = np.random.default_rng(0)
    values = []
    for n in (25, 50, 100, 400):
        a, b = draw.normal(size=(2, n, 300)) * np.sqrt(spectrum)
        values.append(quality.frechet_distance(a, b))

    assert values == sorted(values, reverse=True)
    assert values[0] > 5 * values[-1]


def test_kernel_distance_equals_the_double_sum():
    a, b = normal(6, 4, 1), normal(5, 4, 2, 0.4)

    def k(x, y):
        return (x @ y / 4 + 1) ** 3

    within_a = np.mean([k(a[i], a[j]) for i in range(6) for j in range(6) if i != j])
    within_b = np.mean([k(b[i], b[j]) for i in range(5) for j in range(5) if i != j])
    between = np.mean([k(x, y) for x in a for y in b])
    expected = within_a + within_b - 2 * between

    assert quality.kernel_distance(a, b) == pytest.approx(expected)
    twins = np.mean([k(a[i], b[j]) for i in range(5) for j in range(5) if i != j])
    within_a = np.mean([k(a[i], a[j]) for i in range(5) for j in range(5) if i != j])
    assert quality.kernel_distance(a[:5], b, twins=True) == pytest.approx(
        within_a + within_b - 2 * twins
    )


def test_kernel_distance_is_unbiased_at_small_n():
    values = [
        quality.kernel_distance(normal(20, 8, s), normal(20, 8, 1000 + s))
        for s in range(300)
    ]

    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))


def test_twins_of_the_same_distribution_are_unbiased():
    values, naive = [], []
    for seed in range(300):
        a = normal(20, 8, seed)
        b = 0.9 * a + np.sqrt(1 - 0.81) * normal(20, 8, 1000 + seed)
        values.append(quality.kernel_distance(a, b, twins=True))
        naive.append(quality.kernel_distance(a, b))

    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(300)
    assert np.mean(naive) < -3 * np.std(naive) / np.sqrt(300)  # would flatter


def test_the_kid_interval_covers_and_excludes():
    same = [
        quality.kid(normal(40, 8, s), normal(40, 8, 500 + s), seed=s, draws=300)
        for s in range(100)
    ]
    apart = quality.kid(normal(60, 8, 1), normal(60, 8, 2, 0.6), seed=0)

    covered = np.mean([one.low <= 0 <= one.high for one in same])
    assert 0.88 <= covered <= 1
    assert 0 < apart.low < apart.value < apart.high


def test_the_kid_interval_follows_its_seed_alone():
    a, b = normal(12, 8, 1), normal(12, 8, 2)

    assert quality.kid(a, b, seed=3) == quality.kid(a, b, seed=3)
    assert quality.kid(a, b, seed=3) != quality.kid(a, b, seed=4)
    assert quality.kid(a, b, seed=3, twins=True) == quality.kid(
        a, b, seed=3, twins=True
    )


def test_half_split_is_the_floor_of_a_distance():
    originals = normal(60, 40, 1)

    floor = quality.half_split(quality.frechet_distance, originals, seed=0, n=20)
    beyond = quality.subsampled(
        quality.frechet_distance, originals, normal(60, 40, 2, 1.0), n=20, seed=0
    )

    assert (floor.n, floor.draws) == (20, 20)
    assert beyond.mean - floor.mean == pytest.approx(40, rel=0.25)  # |shift|^2
    assert floor.sd > 0
    assert quality.half_split(quality.frechet_distance, originals, seed=0).n == 30


def test_half_split_of_the_kernel_distance_is_about_zero():
    floor = quality.half_split(quality.kernel_distance, normal(80, 8, 1), seed=0)

    assert abs(floor.mean) < 2 * floor.sd


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: quality.frechet_distance(normal(5, 3, 0), normal(5, 4, 0)),
            "one length",
        ),
        (
            lambda: quality.frechet_distance(normal(1, 3, 0), normal(5, 3, 0)),
            "two images",
        ),
        (lambda: quality.kernel_distance([1, 2], [3, 4]), "one length"),
        (
            lambda: quality.kid(normal(5, 3, 0), normal(6, 3, 0), seed=0, twins=True),
            "come in pairs",
        ),
        (
            lambda: quality.half_split(
                quality.kernel_distance, normal(9, 3, 0), seed=0, n=5
            ),
            "cannot split 9",
        ),
        (
            lambda: quality.subsampled(
                quality.kernel_distance, normal(9, 3, 0), normal(4, 3, 0), n=5, seed=0
            ),
            "cannot draw 5",
        ),
    ],
)
def test_senseless_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_quality_needs_no_torch():
    code = "import sys, forgery.imaging.quality; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
