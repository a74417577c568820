"""
How retinal vessels grow: arcades, branches, thin twigs.

Everything here is in the disc frame: temporal and superior distance from the
disc's centre, in field radii.  Vessels of one kind never cross each other; an
artery and a vein may.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from forgery.imaging.phantom.anatomy import Anatomy, Point
from forgery.imaging.phantom.canvas import Points, sideways

_STEP = 0.025
_CELL = 0.028
_THINNEST = 0.0042
_MOST_BRANCHES = 85

# Way points of the four great branches, upper half; the lower half is mirrored.
_ARCADE = (
    (0.02, 0.17),
    (0.12, 0.36),
    (0.34, 0.58),
    (0.66, 0.68),
    (1.02, 0.66),
    (1.36, 0.56),
    (1.8, 0.5),
)
_NASAL = ((-0.06, 0.17), (-0.17, 0.34), (-0.34, 0.52), (-0.5, 0.74), (-0.62, 1.05))


@dataclass(frozen=True)
class Branch:
    """One unbranched run of vessel."""

    points: Points
    """Middle line, shape (n, 2), disc frame."""
    widths: Points
    """Width at each point, shape (n,), field units."""


@dataclass(frozen=True)
class _Bud:
    """Where a branch will start."""

    start: Point
    heading: float
    width: float
    goal: Point
    pull: float


@dataclass
class _Tree:
    """A growing tree of one kind, arteries or veins."""

    rng: np.random.Generator
    fovea: Point
    avascular: float
    branches: list[Branch] = field(default_factory=list)
    taken: set[tuple[int, int]] = field(default_factory=set)
    buds: list[tuple[float, int, _Bud]] = field(default_factory=list)
    count: Iterator[int] = field(default_factory=itertools.count)

    def add(self, branch: Branch) -> None:
        # Keep a branch and the cells that it runs through.
        self.branches.append(branch)
        self.taken.update(_cell(x, y) for x, y in branch.points.tolist())

    def push(self, bud: _Bud) -> None:
        # Queue a bud; the widest grows first.
        heapq.heappush(self.buds, (-bud.width, next(self.count), bud))


def grow(anatomy: Anatomy, seed: int, *, width: float, kind: int) -> list[Branch]:
    """
    Grow the arteries or the veins of an eye.

    Parameters
    ----------
    anatomy : Anatomy
        Where disc and fovea are.
    seed : int
        Same seed, same vessels.
    width : float
        Width of a great branch at the disc, in field units.
    kind : int
        0 for arteries, 1 for veins: another stream of the seed.

    Returns
    -------
    list of Branch
        From the widest to the thinnest, roughly.
    """
    rng = np.random.default_rng([seed, 3, kind])
    dx = anatomy.fovea[0] - anatomy.disc[0]
    dy = anatomy.fovea[1] - anatomy.disc[1]
    apart = math.hypot(dx, dy)
    tree = _Tree(rng, (apart, 0.0), float(rng.uniform(0.1, 0.14)))
    trunks = _great_branches(tree, anatomy, width)
    for trunk in trunks:
        tree.add(trunk)
    for trunk in trunks:
        _sprout(tree, trunk, first=anatomy.disc_radius * 1.15, gap=0.16)
    _disc_twigs(tree, anatomy, width)
    while tree.buds and len(tree.branches) < _MOST_BRANCHES:
        _extend(tree, heapq.heappop(tree.buds)[2])
    return tree.branches


def _great_branches(tree: _Tree, anatomy: Anatomy, width: float) -> list[Branch]:
    # Lay the four great branches along their way points.
    rng = tree.rng
    opening = float(rng.uniform(0.9, 1.12))
    out = []
    for upper in (1.0, -1.0):
        lean = float(rng.normal(0, 0.015))
        for way, share in ((_ARCADE, 1.0), (_NASAL, 0.72)):
            loose = np.linspace(0.008, 0.07, len(way))[:, None]
            points = np.array(way) + rng.normal(0, 1, (len(way), 2)) * loose
            points[:, 1] *= upper * opening
            points[0] = (points[0, 0] + lean, upper * anatomy.disc_radius)
            x = anatomy.emergence[0]
            dip = float(rng.uniform(-0.06, 0.12)) * upper * anatomy.disc_radius
            root = [(x + lean, dip), (x * 0.7, upper * 0.45 * anatomy.disc_radius)]
            line = _resample(_chaikin(np.vstack([root, points])))
            line = _wander(rng, line, 0.011)
            run = np.arange(len(line)) * _STEP
            factor = share * float(rng.uniform(0.85, 1.1))
            widths = width * factor * (1 - 0.55 * np.minimum(run / 2.1, 1))
            out.append(Branch(line, widths))
    return out


def _disc_twigs(tree: _Tree, anatomy: Anatomy, width: float) -> None:
    # Let thin vessels leave the disc, to the macula and to the nasal side.
    rng = tree.rng
    count = int(rng.integers(7, 11))
    for k in range(count):
        temporal = k % 2 == 0
        side = float(rng.uniform(-1, 1)) * (0.75 if temporal else 1.15)
        angle = side if temporal else math.pi - side
        radius = anatomy.disc_radius * float(rng.uniform(0.7, 1.0))
        start = (radius * math.cos(angle), radius * math.sin(angle))
        reach = 0.75 if temporal else 1.4
        goal = (reach * math.cos(angle), reach * math.sin(angle) * 0.8)
        thin = width * float(rng.uniform(0.16, 0.36))
        tree.push(_Bud(start, angle, thin, goal, 1.0))


def _sprout(tree: _Tree, parent: Branch, *, first: float, gap: float) -> None:
    # Set buds along a branch, on alternate sides.
    rng = tree.rng
    at = first + gap * float(rng.uniform(0.2, 1.2))
    side = 1.0 if rng.random() < 0.5 else -1.0
    length = (len(parent.points) - 1) * _STEP
    while at < length - 0.06:
        i = int(at / _STEP)
        (x0, y0), (x1, y1) = parent.points[i].tolist(), parent.points[i + 1].tolist()
        heading = math.atan2(y1 - y0, x1 - x0)
        width = float(parent.widths[i]) * float(rng.uniform(0.3, 0.68))
        turn = side * float(rng.uniform(0.6, 1.15))
        if width > _THINNEST:
            goal = _goal(tree, (x0, y0), heading + turn)
            tree.push(_Bud((x0, y0), heading + turn, width, goal, 2.2))
        at += gap * float(rng.uniform(0.55, 1.6))
        side = -side if rng.random() < 0.75 else side


def _goal(tree: _Tree, start: Point, heading: float) -> Point:
    # Aim at the macula when heading there, and outwards when not.
    fx, fy = tree.fovea[0] - start[0], tree.fovea[1] - start[1]
    if fx * math.cos(heading) + fy * math.sin(heading) > 0:
        jitter = tree.rng.normal(0, 0.16, 2).tolist()
        return tree.fovea[0] + jitter[0], tree.fovea[1] + jitter[1]
    away = math.atan2(start[1], start[0] - 0.45) + float(tree.rng.normal(0, 0.3))
    return start[0] + 3 * math.cos(away), start[1] + 3 * math.sin(away)


def _extend(tree: _Tree, bud: _Bud) -> None:
    # Grow one bud into a branch, until it is spent or in another's way.
    rng = tree.rng
    length = (0.07 + 42 * bud.width) * float(rng.uniform(0.65, 1.3))
    steps = int(min(length, 1.3) / _STEP)
    swerves = (rng.normal(0, 1, steps + 1) * 0.1).tolist()
    points = _walk(tree, bud, swerves)
    if len(points) < 5:
        return
    n = len(points)
    taper = 1 - 0.5 * np.arange(n) / (steps + 1)
    tip = np.minimum(1, (n - np.arange(n)) / 5)
    branch = Branch(np.array(points), bud.width * taper * (0.35 + 0.65 * tip))
    tree.add(branch)
    _sprout(tree, branch, first=0.05, gap=0.115)


def _walk(tree: _Tree, bud: _Bud, swerves: list[float]) -> list[Point]:
    # Step from a bud towards its goal, swerving.
    x, y = bud.start
    heading, drift = bud.heading, 0.0
    points = [bud.start]
    own = {_cell(x, y)}
    for count, swerve in enumerate(swerves):
        gx, gy = bud.goal[0] - x, bud.goal[1] - y
        off = math.remainder(math.atan2(gy, gx) - heading, math.tau)
        drift = 0.55 * drift + swerve
        heading += drift + bud.pull * _STEP * max(-1.2, min(1.2, off))
        x += _STEP * math.cos(heading)
        y += _STEP * math.sin(heading)
        cell = _cell(x, y)
        if count > 2 and cell not in own and cell in tree.taken:
            break
        if math.hypot(x - tree.fovea[0], y - tree.fovea[1]) < tree.avascular:
            break
        own.add(cell)
        points.append((x, y))
    return points


def _cell(x: float, y: float) -> tuple[int, int]:
    # Return the coarse cell that a point lies in.
    return math.floor(x / _CELL), math.floor(y / _CELL)


def _chaikin(points: Points) -> Points:
    # Cut corners four times: a smooth curve along way points.
    for _ in range(4):
        near = 0.75 * points[:-1] + 0.25 * points[1:]
        far = 0.25 * points[:-1] + 0.75 * points[1:]
        inner = np.stack([near, far], axis=1).reshape(-1, 2)
        points = np.vstack([points[:1], inner, points[-1:]])
    return points


def _resample(points: Points) -> Points:
    # Space points evenly, one step apart.
    legs = np.hypot(*np.diff(points, axis=0).T)
    run = np.concatenate([[0.0], np.cumsum(legs)])
    at = np.arange(0, run[-1], _STEP)
    return np.stack([np.interp(at, run, points[:, k]) for k in (0, 1)], axis=1)


def _wander(rng: np.random.Generator, line: Points, amount: float) -> Points:
    # Sway a line to its sides by slow waves that leave its root in place.
    s = np.arange(len(line)) * _STEP
    sway = np.zeros(len(line))
    for wave in (0.62, 0.33, 0.19):
        phase = float(rng.uniform(0, math.tau))
        sway += wave * np.sin(s * (math.tau / wave) * 0.9 + phase)
    sway *= amount * 2 * np.minimum(s / 0.5, 1)
    return line + sideways(line) * sway[:, None]
