from collections import Counter
from itertools import pairwise, permutations

import pytest

from observers.analysis.design import (
    ALGORITHM,
    NotEnoughClustersError,
    case_order,
    derived_seed,
    draw_opt_set,
    reading_plan,
    set_orders,
    shuffled,
    williams_square,
)

LESIONS = ("normal", "glaucoma", "diabetic-retinopathy", "macular-degeneration")


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7])
def test_each_set_stands_in_each_place_and_follows_each_other_equally_often(n):
    square = williams_square(n)
    places = Counter((place, k) for order in square for place, k in enumerate(order))
    follows = Counter(pair for order in square for pair in pairwise(order))

    assert all(sorted(order) == list(range(n)) for order in square)
    assert len(square) == (n if n % 2 == 0 or n == 1 else 2 * n)
    assert len(set(places.values())) == 1
    assert set(follows) == set(permutations(range(n), 2))
    assert len(set(follows.values())) <= 1


def test_no_set_to_order_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        williams_square(0)


def test_every_four_readers_see_every_set_in_every_place():
    readers = [f"R{i}" for i in range(8)]

    orders = set_orders(LESIONS, readers, seed=11)

    for block in (readers[:4], readers[4:]):
        for place in range(4):
            assert {orders[reader][place] for reader in block} == set(LESIONS)


def test_order_depends_on_seed_reader_and_set_only():
    cases = [f"c{i}" for i in range(50)]

    order = case_order(cases, seed=1, reader="R1", set_name="normal")

    assert sorted(order) == sorted(cases)
    assert order == case_order(cases[::-1], seed=1, reader="R1", set_name="normal")
    assert order != case_order(cases, seed=2, reader="R1", set_name="normal")
    assert order != case_order(cases, seed=1, reader="R2", set_name="normal")
    assert order != case_order(cases, seed=1, reader="R1", set_name="glaucoma")


def test_order_is_written_in_stone():
    """Evidence of past studies: a change here needs another ALGORITHM."""
    order = case_order(
        ["a", "b", "c", "d", "e", "f"], seed=7, reader="R1", set_name="s"
    )

    assert ALGORITHM == "sha256-order-1"
    assert order == ("b", "d", "f", "a", "e", "c")
    assert derived_seed(7, "x") == 161628287771751334360289808570279586195


def test_all_orders_are_equally_likely():
    seen = Counter(shuffled("abc", seed) for seed in range(6000))

    assert len(seen) == 6
    chi2 = sum((count - 1000) ** 2 / 1000 for count in seen.values())
    assert chi2 < 20.5  # 99.9 % point of 5 degrees of freedom


def test_a_name_given_twice_is_refused():
    with pytest.raises(ValueError, match="occurs twice"):
        shuffled(["a", "a"], 1)


def test_names_do_not_run_together():
    assert derived_seed(1, "a", "bc") != derived_seed(1, "ab", "c")
    assert derived_seed(1, "a") != derived_seed(2, "a")


def test_a_plan_holds_every_case_once_set_after_set():
    sets = {name: [f"{name}-{i}" for i in range(5)] for name in LESIONS}

    plan = reading_plan(sets, ["R1", "R2"], seed=3)

    for items in plan.values():
        assert sorted(case for _, case in items) == sorted(
            c for s in sets.values() for c in s
        )
        runs = [name for i, (name, _) in enumerate(items) if i % 5 == 0]
        assert sorted(runs) == sorted(LESIONS)
        assert all(case.startswith(f"{name}-") for name, case in items)
    assert plan["R1"] != plan["R2"]


def clusters(n):
    return {f"p{i}": [f"p{i}-left", f"p{i}-right"] for i in range(n)}


def test_no_two_drawn_images_share_a_cluster():
    for seed in range(20):
        draw = draw_opt_set(clusters(60), 45, 5, seed)
        originals = {drawn.cluster for drawn in draw.originals}
        manipulated = {drawn.cluster for drawn in draw.manipulated}

        assert (len(originals), len(manipulated)) == (45, 5)
        assert not originals & manipulated
        assert all(d.image.startswith(f"{d.cluster}-") for d in draw.originals)
        assert (draw.seed, draw.algorithm) == (seed, ALGORITHM)


def test_barred_and_empty_clusters_are_never_drawn():
    pool = {**clusters(10), "empty": []}

    draw = draw_opt_set(pool, 6, 2, 1, barred={"p0", "p1"})

    drawn = {d.cluster for d in draw.originals + draw.manipulated}
    assert drawn == {f"p{i}" for i in range(2, 10)}
    with pytest.raises(NotEnoughClustersError, match=r"needs 9 .* only 8 are free"):
        draw_opt_set(pool, 7, 2, 1, barred={"p0", "p1"})


def test_every_cluster_is_equally_likely_to_be_manipulated():
    drawn = Counter(
        draw_opt_set(clusters(10), 5, 2, seed).manipulated[0].cluster
        for seed in range(2000)
    )

    assert len(drawn) == 10
    assert sum((n - 200) ** 2 / 200 for n in drawn.values()) < 27.9  # 99.9 %, 9 df
