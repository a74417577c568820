"""Laundering: composable, repeatable, one distribution for both classes."""

import numpy as np
import pytest

from forgery.imaging import laundering
from forgery.imaging.laundering import GRID, STEPS, Laundering, Step


@pytest.fixture
def image() -> np.ndarray:
    y, x = np.mgrid[:64, :64]
    planes = np.stack([x * 3 + 40, y * 3 + 30, (x + y) + 20], axis=-1)
    noise = np.random.default_rng(1).normal(0, 6, planes.shape)
    return np.clip(planes + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("cell", laundering.grid(seed=3), ids=str)
def test_every_cell_of_the_grid_keeps_shape_and_repeats(cell, image):
    once = cell.apply(image)

    assert once.shape == image.shape
    assert once.dtype == np.uint8
    assert (once != image).any()
    assert (cell.apply(image) == once).all()


def test_steps_compose_in_their_order(image):
    both = Laundering((Step("blur", 1.0), Step("jpeg", 70.0)))

    assert (both.apply(image) == STEPS["jpeg"](both.steps[0].apply(image), 70, 0)).all()


def test_a_laundering_is_data(image):
    drawn = laundering.draw(np.random.default_rng(4), chance=1.0)

    again = Laundering.from_list(drawn.to_list())

    assert again == drawn
    assert (again.apply(image) == drawn.apply(image)).all()


def test_a_laundering_is_written_and_read():
    cell = laundering.parse("resize:0.5+double-jpeg:90,70+jpeg:70", seed=5)

    assert str(cell) == "resize:0.5+double-jpeg:90,70+jpeg:70"
    assert [step.seed for step in cell.steps] == [5, 5, 5]
    assert laundering.parse("-") == Laundering()


@pytest.mark.parametrize("text", ["bleach:1", "jpeg:", "jpeg"])
def test_an_unknown_step_or_level_is_refused(text):
    with pytest.raises(ValueError, match=r"laundering step"):
        laundering.parse(text)


def test_each_step_is_drawn_half_of_the_time_at_a_uniform_level():
    rng = np.random.default_rng(6)

    drawn = [laundering.draw(rng) for _ in range(4000)]

    for name, levels in GRID.items():
        found = [s.level for cell in drawn for s in cell.steps if s.name == name]
        assert abs(len(found) / 4000 - 0.5) < 0.03
        for level in levels:
            assert abs(found.count(level) / len(found) - 1 / len(levels)) < 0.05


def test_sharpening_once_is_the_papers_kernel(image):
    from forgery.imaging import profiles

    assert (STEPS["sharpen"](image, 1.0, 0) == profiles.sharpen(image)).all()
