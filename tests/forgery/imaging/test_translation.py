"""Trained families beyond the paper's: shapes, learning, repeatability, traps."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from forgery.imaging import checkpoints, manipulator, networks, recipes
from forgery.imaging.critic import Critic, ImagePool, verdict
from forgery.imaging.cyclegan import LEAST_CHANGED, CycleGan, Generator, unchanged
from forgery.imaging.field import field_of_view
from forgery.imaging.samples import FOLDER
from forgery.imaging.seeding import rate_at, seeded
from forgery.imaging.shuffle_unet import ShuffleUNet, soften, texture
from forgery.imaging.translation import TranslationLoss
from forgery.imaging.translation_configs import CycleGanConfig, ShuffleUNetConfig
from forgery.imaging.unet_convert import Converter

RECIPES = ("residual-unet", "cyclegan", "unet-convert")
TWO_SIDED = ("cyclegan", "unet-convert")


def discs(n, level, seed=1):
    """Photographs of a kind: textured discs on black."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:256, :256] - 127.5
    inside = np.hypot(x, y) < 120
    images = np.zeros((n, 256, 256, 3), np.uint8)
    for image in images:
        texture = rng.normal(0, 8, (256, 256, 1)) + np.array(level)
        image[inside] = np.clip(texture, 1, 255).astype(np.uint8)[inside]
    return images


SOURCES, TARGETS = discs(3, (150, 80, 60)), discs(3, (190, 120, 90), seed=2)


def brief(recipe, **changes):
    known = recipes.get(recipe)
    return known.settings(
        "quick", **{"steps": 2, "crop": 64, "batch_size": 2} | changes
    )


def train(recipe, folder, **changes):
    targets = TARGETS if recipe in TWO_SIDED else None
    return manipulator.train(
        SOURCES, brief(recipe, **changes), workdir=folder, targets=targets, device="cpu"
    )


@pytest.fixture
def any_change(monkeypatch):
    """Two steps change little: the refusal has a test of its own."""
    known = {
        key: replace(recipe, least_change=0.0)
        for key, recipe in recipes.RECIPES.items()
    }
    monkeypatch.setattr(recipes, "RECIPES", known)


@pytest.mark.parametrize("recipe", RECIPES)
def test_painters_keep_the_shape(recipe):
    painter = networks.build(recipe).eval()
    maps = getattr(painter.config, "maps", 0)

    with torch.no_grad():
        made = painter(torch.rand(1, 4, 128, 128))

    assert made.shape == (1, 3 + maps, 128, 128)


def test_weights_are_as_many_as_stated():
    def count(recipe, preset="full"):
        parameters = networks.build(recipe, preset=preset).parameters()
        return sum(p.numel() for p in parameters)

    assert 1.8e6 < count("residual-unet") < 2.2e6
    assert 4e5 < count("cyclegan") < 6e5
    assert 1.05e7 < count("cyclegan", "large") < 1.2e7  # ResNet-9, 11.4 M


@pytest.mark.parametrize("recipe", TWO_SIDED)
def test_steps_lower_the_loss_of_the_painter(recipe):
    settings = brief(recipe, learning_rate=1e-3)
    with seeded(3):
        network = networks.trainee(networks.build(recipe), settings)
    loss = manipulator.loss_of([SOURCES, TARGETS], settings, torch.device("cpu"))
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)

    def value():
        return loss(network, np.random.default_rng(1), 0)

    with seeded(4):
        before = value().item()
        for _ in range(4):
            optimizer.zero_grad()
            value().backward()
            optimizer.step()
        after = value().item()

    assert after < before


def test_a_gradient_step_lowers_the_loss_of_the_residual_unet(any_change, tmp_path):
    made = train("residual-unet", tmp_path, steps=6)

    assert made.loss_curve[-1][1] < made.loss_curve[0][1]


@pytest.mark.parametrize("recipe", RECIPES)
def test_same_seed_gives_the_same_bundle(recipe, any_change, tmp_path):
    first, again = (train(recipe, tmp_path / name) for name in "ab")

    assert first.sha256 == again.sha256
    assert list((tmp_path / "a" / FOLDER).glob("*.png"))


@pytest.mark.parametrize("recipe", RECIPES)
def test_bundles_hold_the_painter_alone_and_forge_inside_the_field(
    recipe, any_change, tmp_path
):
    made = train(recipe, tmp_path)
    tensors, metadata = checkpoints.load(made.path, made.sha256)
    masks = [field_of_view(image) for image in SOURCES]

    painted = manipulator.forge(made.path, made.sha256, SOURCES, masks, device="cpu")

    assert metadata["recipe"] == recipe
    assert not any(name.startswith(("critic", "back", "pool")) for name in tensors)
    assert not (painted.masks & ~np.stack(masks)).any()
    outside = ~painted.masks
    assert np.array_equal(painted.images[outside], SOURCES[outside])
    assert (painted.images[~np.stack(masks)] == 0).all()


def test_a_network_that_changes_too_little_is_refused(tmp_path, monkeypatch):
    demanding = replace(recipes.CYCLEGAN, least_change=200.0)
    monkeypatch.setitem(recipes.RECIPES, "cyclegan", demanding)

    with pytest.raises(ValueError, match="learned to change nothing"):
        train("cyclegan", tmp_path, steps=1)


def test_photographs_of_the_target_are_needed(tmp_path):
    with pytest.raises(ValueError, match="needs photographs of the lesion"):
        manipulator.train(SOURCES, brief("cyclegan"), workdir=tmp_path)


def test_the_residual_unet_is_never_shown_the_photograph_itself():
    noise = torch.rand(1, 3, 64, 64)

    softened = soften(noise, recipes.RESIDUAL_UNET.config.blur)

    assert softened.var() < 0.1 * noise.var()
    assert torch.allclose(softened.mean(), noise.mean(), atol=0.02)
    assert torch.equal(soften(noise, 0), noise)


def test_resynthesis_leaves_no_period_4_peak(any_change, tmp_path):
    made = train("residual-unet", tmp_path, steps=30)
    masks = [field_of_view(image) for image in SOURCES]

    forged = manipulator.forge(made.path, None, SOURCES, masks, device="cpu").images

    rows = forged[:, 64:192, 64:192, 1].astype(float)
    power = np.abs(np.fft.fft2(rows - rows.mean())).mean(axis=0) ** 2
    line = power.mean(axis=0)  # period 4: a quarter of the sampling frequency
    assert line[32] < 3 * np.median(line[28:37])


def test_critics_judge_with_their_weights_held_still():
    critic = Critic(4, lesions=2)
    forged = torch.rand(1, 3, 64, 64, requires_grad=True)

    patches, lesions = verdict(critic, forged)
    (patches.sum() + lesions.sum()).backward()

    assert forged.grad.abs().sum() > 0
    assert all(p.grad is None for p in critic.parameters())


def test_the_pool_shows_earlier_forgeries_half_of_the_time():
    pool = ImagePool(2, 4)
    full = torch.full((1, 3, 4, 4), 1.0)
    assert torch.equal(pool.swap(full), full)
    pool.swap(full)

    with seeded(5):
        shown = [pool.swap(torch.full((1, 3, 4, 4), float(n))) for n in range(2, 60)]

    earlier = sum(image[0, 0, 0, 0] < n for n, image in enumerate(shown, start=2))
    assert 15 < earlier < 43
    assert int(pool.filled) == 2


def test_the_rate_of_two_sided_training_stays_then_falls_straight():
    settings = recipes.CYCLEGAN.settings("full", steps=100)

    assert rate_at(10, settings) == rate_at(49, settings) == settings.learning_rate
    assert rate_at(75, settings) == pytest.approx(settings.learning_rate / 2, rel=0.05)
    assert rate_at(99, settings) < 0.05 * settings.learning_rate


def test_cyclegan_pays_for_painting_nothing_what_nobody_sees_or_a_mere_tint():
    shown = torch.full((2, 3, 64, 64), 0.5)
    fine, coarse = torch.ones(2, 64, 64)
    fine[::2] = -1
    coarse.view(8, 8, 64)[::2] = -1
    few = coarse.clone()
    few[8:] = few[:, 8:] = 0

    def pays(change):
        return unchanged(shown + change, shown).item() / LEAST_CHANGED

    assert [pays(0), pays(0.1), pays(0.1 * fine)] == pytest.approx([1, 1, 1], abs=1e-3)
    assert pays(0.5 * LEAST_CHANGED * coarse) == pytest.approx(0.5, abs=0.1)
    assert pays(1.3 * LEAST_CHANGED * coarse) == 0
    assert pays(0.8 * few) > 0.1  # as much in the mean, but at few places


def test_cyclegan_paints_by_no_more_than_its_largest_step():
    with seeded(1):
        painter = Generator(CycleGanConfig(width=16, blocks=1, largest_step=0.25))
    torch.nn.init.constant_(painter.head.bias, 9.0)
    shown = torch.full((1, 3, 64, 64), 0.5)

    assert (painter(shown) - shown).max().item() == pytest.approx(0.25, abs=1e-3)


def test_a_converter_pays_for_findings_that_it_does_not_paint():
    settings = brief("unet-convert", change_weight=0, identity_weight=0)
    with seeded(1):
        made = Converter(ShuffleUNet(ShuffleUNetConfig(maps=1)), settings)
    a, b = torch.full((2, 2, 3, 64, 64), 0.5)
    wanted = a.clone()
    wanted[..., 20:30, 20:30] += 0.2

    def paid(painted):
        made.painter.forward = lambda _: torch.cat([painted, a[:, :1]], dim=1)
        return made(a, b, wanted).item()

    missed, half, met = (paid(a + share * (wanted - a)) for share in (0.0, 0.5, 1.0))

    assert missed - half == pytest.approx(0.1 * settings.lesson_weight, abs=0.2)
    assert half - met == pytest.approx(0.1 * settings.lesson_weight, abs=0.2)


def test_lessons_come_first_and_critics_join_later():
    settings = brief("unet-convert", alone_share=0.5, steps=4)
    loss = manipulator.loss_of([SOURCES, TARGETS], settings, torch.device("cpu"))

    def is_judged(step):
        with seeded(1):
            network = networks.trainee(networks.build("unet-convert"), settings)
        loss(network, np.random.default_rng(1), step).backward()
        return any(p.grad is not None for p in network.critic.parameters())

    assert [is_judged(step) for step in range(4)] == [False, False, True, True]


def test_texture_is_as_strong_in_any_contrast():
    image = torch.rand(1, 1, 64, 64)

    strong, weak = texture(image, 1.4), texture(0.5 + 0.2 * image, 1.4)

    assert torch.allclose(strong, weak, atol=0.02)
    assert 0.2 < strong.std() < 0.5
    assert strong.abs().max() <= 1


def test_what_a_lesson_shows_and_wants_is_cut_alike():
    settings = brief("unet-convert")
    loss = TranslationLoss(SOURCES, TARGETS, settings, torch.device("cpu"), SOURCES)
    seen = []

    def network(a, b, wanted, *, alone):
        assert alone in (True, False)
        seen.append((a, b, wanted))
        return a.mean()

    for step in range(4):
        loss(network, np.random.default_rng(step), step)

    assert all(torch.equal(a, wanted) for a, _, wanted in seen)
    assert not any(torch.equal(a, b) for a, b, _ in seen)


def test_generators_enlarge_without_transposed_convolutions():
    for strided in (False, True):
        config = CycleGanConfig(width=16, blocks=1, is_strided=strided)
        layers = list(CycleGan(Generator(config), brief("cyclegan")).modules())
        assert not any(isinstance(m, torch.nn.ConvTranspose2d) for m in layers)
        assert any(isinstance(m, torch.nn.Upsample) for m in layers)


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        (ShuffleUNetConfig, {"size": 100}),
        (ShuffleUNetConfig, {"widths": (8,)}),
        (ShuffleUNetConfig, {"textures": (0.0,)}),
        (CycleGanConfig, {"width": 6}),
        (CycleGanConfig, {"blocks": 0}),
    ],
)
def test_shapes_that_cannot_be_built_are_refused(config, fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        config(**fields)


def test_untrained_recipes_have_no_network():
    with pytest.raises(KeyError, match="needs no network"):
        networks.build("splice")

    assert ShuffleUNet(ShuffleUNetConfig()).config.maps == 0
