"""The audit's classifiers: few false alarms, and no leak too small a study hides."""

import numpy as np
import pytest

from observers.analysis.blinding_border import border, compare_borders
from observers.analysis.blinding_classifier import Table, classify
from observers.analysis.blinding_jpeg import jpeg_facts
from observers.analysis.blinding_patterns import patterns

N = 12  # cases of each class in a set


def drawn(seed, n_sets=2):
    """Labels drawn by lot within sets, as freezing draws them."""
    rng = np.random.default_rng(seed)
    sets = np.repeat(np.arange(n_sets), 2 * N)
    truth = np.zeros(sets.size, bool)
    for one in range(n_sets):
        truth[rng.permutation(np.flatnonzero(sets == one))[:N]] = True
    return truth, sets, rng


def tables(truth, sets, rng, leak=None):
    """Columns like an audit's: times, bits, ties and a few levels; maybe a leak."""
    n = truth.size
    columns = {f"time {i}": rng.lognormal(0, 1, n) for i in range(6)}
    few = dict(columns)
    columns |= {f"bit {i}": rng.integers(0, 2, n).astype(float) for i in range(40)}
    columns |= {f"level {i}": rng.integers(0, 4, n).astype(float) for i in range(10)}
    columns |= {f"rare {i}": (rng.random(n) < 0.05).astype(float) for i in range(10)}
    if leak is not None:
        columns["leak"] = leak
    rows = np.arange(n)
    return {"likely": Table(few, rows, sets), "answers": Table(columns, rows, sets)}


@pytest.mark.slow
def test_without_a_leak_p_is_as_small_as_chance_allows():
    found = []
    for seed in range(200):
        truth, sets, rng = drawn(seed)
        found.append(classify(tables(truth, sets, rng), truth, sets, seed=seed).p)
    p = np.array(found)

    assert (p < 0.001).sum() <= 2  # expected 0.2; three or more once in 900 times
    assert (p < 0.05).sum() <= 22  # expected 10; more once in 5,000 times
    assert 0.4 < p.mean() < 0.6


@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_a_leak_among_many_columns_is_found(noise):
    truth, sets, rng = drawn(1)
    leak = truth + rng.normal(0, noise, truth.size)

    found = classify(tables(truth, sets, rng, leak), truth, sets, seed=1)

    assert found.p < 0.001
    assert found.feature == "leak"


def test_a_leak_whose_sign_differs_between_sets_is_found():
    truth, sets, rng = drawn(2)
    leak = np.where(sets == 0, truth, ~truth) + rng.normal(0, 0.1, truth.size)

    found = classify(tables(truth, sets, rng, leak), truth, sets, seed=1)

    assert found.p < 0.001


# --- marks in the surround ------------------------------------------------------------
def photographs(rng, n=40, side=32):
    """Discs of several sizes on black, with a noisy rim."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    images = np.zeros((n, side, side, 3), np.uint8)
    for image in images:
        inside = np.hypot(y, x) < rng.uniform(0.8, 1.1) * side / 2
        image[inside] = rng.integers(1, 255, (int(inside.sum()), 3))
    return images


def compared(images, truth):
    return compare_borders({i: border(one) for i, one in enumerate(images)}, truth)


def test_photographs_of_different_sizes_are_not_flagged(rng):
    images = photographs(rng)

    for seed in range(20):
        truth = np.random.default_rng(seed).permutation(len(images)) < 10

        assert compared(images, truth) == []


@pytest.mark.parametrize("value", [1, 255])
def test_a_marked_corner_is_flagged(rng, value):
    images = photographs(rng)
    truth = rng.permutation(len(images)) < 10
    images[truth, 0, 0, 2] = value

    (found,) = compared(images, truth)

    assert found.name == "pixels outside the retina of the image"
    assert found.manipulated == ("1 values deviate in this class only",)


def test_an_image_of_another_size_does_not_stop_the_comparison(rng):
    images = list(photographs(rng))
    truth = np.arange(len(images)) < 10
    images[0] = np.zeros((8, 8, 3), np.uint8)

    assert compared(images, truth) == []


# --- files and lists ------------------------------------------------------------------
def test_a_jpegs_tables_and_segments_are_read():
    table = bytes(range(65))
    data = b"\xff\xd8" + b"\xff\xdb\x00\x43" + table
    data += b"\xff\xfe\x00\x03c" + b"\xff\xda\x00\x02" + b"pixels\xff\xd9tail"

    facts = jpeg_facts(data)

    assert facts["segments"] == "db:65 fe:1 da:0"
    assert facts["quantisation tables"].startswith("65:")
    assert facts["comment"].startswith("1:")
    assert facts["bytes after the end"] == "4"


def test_what_has_one_entry_a_case_is_found():
    told = {"a": [0, 1, 1, 0, 0, 1], "b": {"c": "oommoo"}, "d": [2, 5], "e": [7, 9]}

    found = patterns(told, "", {"X-Plan": "1,0,0,1,0,0"}, 6)

    assert found[".a"] == ("0", "1", "1", "0", "0", "1")
    assert found[".b.c"] == tuple("oommoo")
    assert found["places from 1 in .d"] == tuple(
        map(str, [False, True, False, False, True, False])
    )
    assert found["header X-Plan"] == ("1", "0", "0", "1", "0", "0")
    assert not any(name.endswith(".e") for name in found)
    assert patterns(told, "", {}, 5) == {}
