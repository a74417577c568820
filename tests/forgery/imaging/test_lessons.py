"""What a converter is taught by: findings where a photograph's texture invites."""

from dataclasses import replace

import numpy as np
import pytest

from forgery.imaging import lessons
from forgery.imaging.phantom.render import make
from forgery.imaging.profiles import PLAIN, prepare
from forgery.imaging.retina import examine

NORMAL = np.stack([prepare(make("normal", n, size=512).image, PLAIN) for n in range(2)])
LESIONS = ("diabetic-retinopathy", "macular-degeneration", "glaucoma")


def drawn_on(image, lesion, seed=1):
    return lessons.drawn(image, lesion, np.random.default_rng(seed))


@pytest.mark.parametrize("lesion", LESIONS)
def test_findings_are_drawn_inside_the_field_and_can_be_seen(lesion):
    retina = examine(NORMAL[0])

    difference = np.abs(drawn_on(NORMAL[0], lesion).astype(int) - NORMAL[0]).max(axis=2)

    assert not difference[~retina.field].any()
    assert difference.max() > 8
    assert 0.002 < (difference > 2).mean() < 0.25


@pytest.mark.parametrize("lesion", LESIONS)
def test_places_come_from_the_photograph_and_not_from_the_seed(lesion):
    first, again = (
        drawn_on(NORMAL[0], lesion, seed).astype(int) - NORMAL[0] for seed in (1, 2)
    )

    together = np.corrcoef(first.ravel(), again.ravel())[0, 1]

    assert together > 0.9


def test_findings_take_the_texture_s_place():
    image = NORMAL[0].copy()
    retina = examine(image)
    x, y = (int(at) for at in retina.fovea)
    spot = (x - 24, y + 14)
    image[spot[1] - 1 : spot[1] + 2, spot[0] - 1 : spot[0] + 2] += 40

    habit = lessons.HABITS["diabetic-retinopathy"]["hard-exudates"]
    cover = lessons.invited(image, retina, habit)

    assert cover[spot[1], spot[0]] == pytest.approx(habit.cover)
    assert 0.2 * habit.share < (cover > 0).mean() < 2.5 * habit.share
    assert not cover[retina.vessels].any()


def test_nothing_is_drawn_where_there_is_no_room():
    retina = examine(NORMAL[0])
    full = replace(retina, vessels=np.ones_like(retina.vessels))
    habit = lessons.HABITS["diabetic-retinopathy"]["haemorrhages"]

    assert not lessons.invited(NORMAL[0], full, habit).any()


def test_sources_are_taught_the_findings_of_the_lesion_wanted():
    shown, wanted = lessons.pairs(NORMAL, NORMAL, "macular-degeneration", seed=3)

    assert np.array_equal(shown, NORMAL)
    assert wanted.shape == shown.shape
    assert all((w != s).any() for w, s in zip(wanted, shown, strict=True))


def test_normal_is_taught_by_taking_drawn_findings_away():
    diseased = np.stack([drawn_on(image, "glaucoma") for image in NORMAL])

    shown, wanted = lessons.pairs(diseased, NORMAL, "normal", seed=3)

    assert np.array_equal(shown[:2], diseased)
    assert np.array_equal(wanted[:2], diseased)
    assert np.array_equal(wanted[2:], NORMAL)
    assert (shown[2:] != NORMAL).any(axis=(1, 2, 3)).all()


def test_what_shows_no_retina_stays_as_it_is():
    dark = np.zeros((256, 256, 3), np.uint8)

    assert np.array_equal(drawn_on(dark, "diabetic-retinopathy"), dark)
