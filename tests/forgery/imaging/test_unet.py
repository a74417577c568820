"""Every clause of S3, the paper's U-Net manipulator."""

import pytest
import torch
from torch import nn

from forgery.imaging import networks, recipes
from forgery.imaging.configs import UNetConfig
from forgery.imaging.seeding import seeded
from forgery.imaging.unet import UNet


@pytest.fixture(scope="module")
def unet():
    with seeded(1):
        return networks.build("paper-unet").eval()


def convolutions(module):
    return [m for m in module.modules() if isinstance(m, nn.Conv2d)]


def test_weights_are_about_two_million(unet):
    n = sum(parameter.numel() for parameter in unet.parameters())

    assert abs(n - 1_950_000) <= 0.05 * 1_950_000


def test_output_has_size_and_channels_of_the_input(unet):
    with torch.no_grad():
        painted = unet(torch.rand(1, 4, 256, 256))

    assert painted.shape == (1, 4, 256, 256)


def test_input_is_colours_and_grey(unet):
    assert unet.config.channels == 4
    assert convolutions(unet.down[0])[0].in_channels == 4


def test_seven_levels_of_two_convolutions_with_relu(unet):
    assert len(unet.down) == 7
    for level in [*unet.down, *unet.up]:
        kinds = [type(m) for m in level if not isinstance(m, nn.Dropout)]
        assert kinds == [nn.Conv2d, nn.ReLU] * 2
        assert all(c.kernel_size == (3, 3) for c in convolutions(level))


def test_channels_double_going_down_and_halve_going_up(unet):
    down = [convolutions(level)[-1].out_channels for level in unet.down]
    up = [convolutions(level)[-1].out_channels for level in unet.up]

    assert down == [4, 8, 16, 32, 64, 128, 256]
    assert up == down[:-1]
    for grow, channels in zip(unet.grow, down[1:], strict=True):
        assert (grow.in_channels, grow.out_channels) == (channels, channels // 2)


def test_max_pooling_halves_and_up_sampling_doubles_the_size(unet):
    sizes = []
    hooks = [
        level.register_forward_hook(lambda _m, _i, o: sizes.append(o.shape[-1]))
        for level in [*unet.down, *reversed(unet.up)]
    ]

    with torch.no_grad():
        unet(torch.rand(1, 4, 256, 256))
    for hook in hooks:
        hook.remove()

    assert isinstance(unet.pool, nn.MaxPool2d)
    assert sizes == [256, 128, 64, 32, 16, 8, 4, 8, 16, 32, 64, 128, 256]


def test_dropout_acts_in_levels_6_and_7_alone(unet):
    def has_dropout(level):
        return any(isinstance(m, nn.Dropout) for m in level)

    assert [has_dropout(level) for level in unet.down] == [False] * 5 + [True] * 2
    assert [has_dropout(level) for level in unet.up] == [False] * 5 + [True]


def test_dropout_changes_the_picture_in_training_only(unet):
    x = torch.rand(1, 4, 256, 256)
    with torch.no_grad():
        same = torch.equal(unet(x), unet(x))
        unet.train()
        first, second = unet(x), unet(x)
        unet.eval()

    assert same
    assert not torch.equal(first, second)


def test_nothing_of_the_input_passes_beside_the_network():
    unet = UNet(UNetConfig(size=64, levels=3, dropout_levels=()))
    nn.init.zeros_(unet.head.weight)
    nn.init.constant_(unet.head.bias, 0.25)

    with torch.no_grad():
        painted = unet(torch.rand(2, 4, 64, 64))

    assert bool((painted == 0.25).all())


def test_each_level_of_the_way_up_sees_its_level_of_the_way_down():
    unet = UNet(UNetConfig(size=16, levels=3, dropout_levels=())).eval()
    for grow in unet.grow:
        nn.init.zeros_(grow.weight)
        nn.init.zeros_(grow.bias)
    x = torch.rand(1, 4, 16, 16)

    with torch.no_grad():
        painted, other = unet(x), unet(1 - x)

    assert not torch.allclose(painted, other)


def test_one_gradient_step_lowers_the_loss():
    with seeded(3):
        unet = UNet(UNetConfig(size=64, levels=4, dropout_levels=()))
        x = torch.rand(4, 4, 64, 64)
    optimizer = torch.optim.AdamW(unet.parameters(), lr=1e-3)

    def loss():
        return (unet(x) - x).abs().mean()

    before = loss()
    before.backward()
    optimizer.step()

    assert loss() < before


def test_same_seed_gives_same_weights():
    def drawn(seed):
        with seeded(seed):
            return networks.build("paper-unet").head.weight

    assert torch.equal(drawn(5), drawn(5))
    assert not torch.equal(drawn(5), drawn(6))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"size": 100}, "size 100 must be a multiple of 64"),
        ({"levels": 1}, "levels 1 must be 2 to 9"),
        ({"dropout": 1.0}, r"dropout 1\.0 must be 0 to below 1"),
        ({"dropout_levels": (8,)}, "dropout_levels"),
    ],
)
def test_shape_that_cannot_be_built_is_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        UNetConfig(**fields)


def test_config_survives_json():
    assert UNetConfig.from_dict(UNetConfig().to_dict()) == UNetConfig()
    assert UNetConfig.from_dict(
        {"dropout_levels": [2], "levels": 2}
    ).dropout_levels == (2,)


def test_recipe_is_the_papers():
    recipe = recipes.get("paper-unet")

    assert recipe.config == UNetConfig()
    assert tuple(recipe.presets) == recipes.PRESETS
    assert all(recipe.settings(p).preset == p for p in recipes.PRESETS)
    assert recipe.settings("quick", seed=9).seed == 9
