"""Seeded draws and reading orders, the same on every machine and in every year.

An order sorts names by the SHA-256 of algorithm, seed and name: no generator whose
stream may change between versions, no dependence on the order given. A study
stores `ALGORITHM` with its seed; whoever has both can draw its plan again.

Cases of a set are in plain uniform order (the paper's 'mixed at random'). A limit on
runs of one class was left out: 45 originals among 5 manipulated cases cannot keep
it, and any limit tells a reader who knows it something about the next case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

ALGORITHM = "sha256-order-1"
"""Name of the way draws and orders are made; a change of the way changes it."""
Orders = tuple[tuple[int, ...], ...]


class NotEnoughClustersError(ValueError):
    """There are fewer patient clusters than the OPT set asks for."""


@dataclass(frozen=True)
class Drawn:
    """
    One image drawn for an OPT set.

    Attributes
    ----------
    cluster : str
        Its patient cluster.
    image : str
        The image.
    """

    cluster: str
    image: str


@dataclass(frozen=True)
class OptDraw:
    """
    Images drawn for one lesion's OPT set, no two of one patient cluster.

    Attributes
    ----------
    originals : tuple of Drawn
        Images to show as they are.
    manipulated : tuple of Drawn
        Images to manipulate; none meets its own original, the clusters differ.
    seed : int
        The seed.
    algorithm : str
        How it was drawn.
    """

    originals: tuple[Drawn, ...]
    manipulated: tuple[Drawn, ...]
    seed: int
    algorithm: str = ALGORITHM


def derived_seed(seed: int, *names: str) -> int:
    """
    Derive an independent seed for a named part.

    Parameters
    ----------
    seed : int
        The study's seed.
    *names : str
        What it is for.

    Returns
    -------
    int
        128 bits, for `numpy.random.default_rng`.
    """
    return int.from_bytes(_digest(seed, names)[:16], "big")


def shuffled(names: Collection[str], seed: int, *purpose: str) -> tuple[str, ...]:
    """
    Put distinct names in random order.

    Parameters
    ----------
    names : collection of str
        The names, in any order.
    seed : int
        The seed.
    *purpose : str
        What the order is for; another purpose gives an independent order.

    Returns
    -------
    tuple of str
        All names, each order equally likely over the seeds.

    Raises
    ------
    ValueError
        If a name occurs twice.

    Examples
    --------
    >>> shuffled(["c1", "c2", "c3"], 1) == shuffled(["c3", "c2", "c1"], 1)
    True
    """
    if len(set(names)) != len(names):
        msg = "only distinct names can be put in order; a name occurs twice"
        raise ValueError(msg)
    return tuple(sorted(names, key=lambda name: _digest(seed, (*purpose, name))))


def williams_square(n: int) -> Orders:
    """
    Make orders of n sets that balance position and neighbour.

    Each set stands in each place equally often, and follows each other set equally
    often: n orders where n is even, 2 n where it is odd [1]_.

    Parameters
    ----------
    n : int
        Number of sets, at least 1.

    Returns
    -------
    tuple of tuple of int
        The orders, each a permutation of 0 to n - 1.

    Raises
    ------
    ValueError
        If n is below 1.

    References
    ----------
    .. [1] Williams EJ (1949). Experimental designs balanced for the estimation of
       residual effects of treatments. Australian Journal of Scientific Research A
       2: 149-168.

    Examples
    --------
    >>> williams_square(4)
    ((0, 1, 3, 2), (1, 2, 0, 3), (2, 3, 1, 0), (3, 0, 2, 1))
    """
    if n < 1:
        msg = f"there are {n} sets to order; at least one is needed"
        raise ValueError(msg)
    first = [(k + 1) // 2 if k % 2 else -(k // 2) for k in range(n)]  # 0 1 -1 2 -2
    square = tuple(tuple((start + step) % n for step in first) for start in range(n))
    if n % 2 == 0 or n == 1:
        return square
    return square + tuple(tuple(reversed(order)) for order in square)


def set_orders(
    sets: Collection[str], readers: Sequence[str], seed: int
) -> dict[str, tuple[str, ...]]:
    """
    Give each reader an order of the sets, balanced over the readers.

    The seed puts sets on the Williams square and its rows in order; readers take the
    rows in turn, so every n readers in a row see every set in every place.

    Parameters
    ----------
    sets : collection of str
        Names of the sets.
    readers : sequence of str
        Names of the readers, in the order of enrolment.
    seed : int
        The study's seed.

    Returns
    -------
    dict of str to tuple of str
        Order of the sets for each reader.
    """
    names = shuffled(sets, seed, "sets")
    rows = williams_square(len(names))
    order = shuffled([str(k) for k in range(len(rows))], seed, "rows")
    return {
        reader: tuple(names[k] for k in rows[int(order[i % len(rows)])])
        for i, reader in enumerate(readers)
    }


def case_order(
    cases: Collection[str], *, seed: int, reader: str, set_name: str
) -> tuple[str, ...]:
    """
    Put the cases of a set in one reader's order.

    Parameters
    ----------
    cases : collection of str
        Names of the cases.
    seed : int
        The study's seed.
    reader : str
        The reader.
    set_name : str
        The set.

    Returns
    -------
    tuple of str
        The cases in reading order.
    """
    return shuffled(cases, seed, "cases", reader, set_name)


def reading_plan(
    sets: Mapping[str, Collection[str]], readers: Sequence[str], seed: int
) -> dict[str, tuple[tuple[str, str], ...]]:
    """
    Make the whole reading plan of a study.

    Parameters
    ----------
    sets : mapping of str to collection of str
        Cases of each set.
    readers : sequence of str
        The readers, in the order of enrolment.
    seed : int
        The study's seed.

    Returns
    -------
    dict of str to tuple of tuple of str
        For each reader the (set, case) pairs in reading order.
    """
    return {
        reader: tuple(
            (name, case)
            for name in order
            for case in case_order(sets[name], seed=seed, reader=reader, set_name=name)
        )
        for reader, order in set_orders(list(sets), readers, seed).items()
    }


def draw_opt_set(
    clusters: Mapping[str, Collection[str]],
    n_original: int,
    n_manipulated: int,
    seed: int,
    *,
    barred: Collection[str] = (),
) -> OptDraw:
    """
    Draw the images of one lesion's OPT set, one of each patient cluster.

    Parameters
    ----------
    clusters : mapping of str to collection of str
        Images of each patient cluster that may be drawn.
    n_original : int
        How many images to show as they are.
    n_manipulated : int
        How many images to manipulate.
    seed : int
        The study's seed.
    barred : collection of str, optional
        Clusters in use elsewhere (training, another lesion's set).

    Returns
    -------
    OptDraw
        The images, from disjoint clusters.

    Raises
    ------
    NotEnoughClustersError
        If too few clusters hold an image and are not barred.
    """
    free = [name for name, images in clusters.items() if images and name not in barred]
    wanted = n_original + n_manipulated
    if len(free) < wanted:
        msg = (
            f"the OPT set needs {wanted} patient clusters ({n_original} original + "
            f"{n_manipulated} manipulated), but only {len(free)} are free; ask for "
            "fewer images or import more"
        )
        raise NotEnoughClustersError(msg)
    drawn = tuple(
        Drawn(name, shuffled(clusters[name], seed, "image", name)[0])
        for name in shuffled(free, seed, "clusters")[:wanted]
    )
    return OptDraw(drawn[n_manipulated:], drawn[:n_manipulated], seed)


# Names are joined with their lengths: ("a", "bc") and ("ab", "c") differ.
def _digest(seed: int, names: Sequence[str]) -> bytes:
    parts = (ALGORITHM, str(int(seed)), *names)
    return sha256("".join(f"{len(p)}:{p}" for p in parts).encode()).digest()
