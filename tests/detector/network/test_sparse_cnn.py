"""Every clause of S7, the paper's Sparse CNN."""

import pytest
import torch
from torch import nn

from detector.network import configs, networks
from detector.network.configs import LAST_MAP, SparseCnnConfig
from detector.network.sparse_cnn import PixelDifferences, Stage
from forgery.imaging.seeding import seeded


@pytest.fixture(scope="module")
def network():
    with seeded(1):
        return networks.build("paper-sparse-cnn").eval()


@pytest.fixture(scope="module")
def x():
    with seeded(2):
        return torch.rand(2, 3, 256, 256)


def test_last_map_is_16_x_16_x_128_and_the_head_one_layer_of_it(network, x):
    with torch.no_grad():
        last = network.features(x)

    assert tuple(last.shape) == (2, 128, 16, 16)
    assert LAST_MAP == (128, 16, 16)
    assert (network.head.in_features, network.head.out_features) == (128 * 16 * 16, 1)


def test_maps_shrink_while_channels_grow(network, x):
    shapes = []
    hooks = [
        stage.register_forward_hook(lambda _m, _i, o: shapes.append(tuple(o.shape[1:])))
        for stage in network.stages
    ]

    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()

    channels = [shape[0] for shape in shapes]
    assert [shape[1] for shape in shapes] == [128, 64, 32, 16]
    assert channels == sorted(set(channels))


def test_early_features_are_carried_on_by_concatenation():
    stage = Stage(5, 3, 2).eval()
    x = torch.rand(1, 5, 8, 8)

    with torch.no_grad():
        out = stage(x)

    assert out.shape == (1, 5 + 2 * 3, 8, 8)
    assert torch.equal(out[:, :5], x)


def test_there_is_no_dropout_and_no_maximum_is_taken(network):
    kinds = {type(module) for module in network.modules()}

    assert not kinds & {nn.Dropout, nn.Dropout2d, nn.MaxPool2d}


def test_pixel_values_and_differences_reach_the_first_convolution(network):
    image = torch.zeros(1, 3, 6, 6)
    image[0, 1, 3, 2] = 1.0

    planes = PixelDifferences(3)(image)[0]

    assert planes.shape == (12, 6, 6)
    assert torch.equal(planes[:3] + 0.5, image[0])
    dx, dy, laplacian = planes[6:9] / 8  # of the second channel
    assert (dx[3, 1], dx[3, 2]) == (1, -1)
    assert (dy[2, 2], dy[3, 2]) == (1, -1)
    assert (laplacian[3, 2], laplacian[3, 1], laplacian[2, 2]) == (-4, 1, 1)
    assert not planes[3:6].any()
    assert not planes[9:].any()


def test_flat_image_has_no_differences_at_its_edges():
    planes = PixelDifferences(3)(torch.full((1, 3, 5, 5), 0.75))

    assert planes[:, 3:].abs().max() < 1e-5


def test_first_halving_loses_no_pixel(network, x):
    with torch.no_grad():
        folded = network.fold(network.differences(x))

    assert tuple(folded.shape) == (2, 48, 128, 128)
    assert torch.equal(nn.PixelShuffle(2)(folded), network.differences(x))


def test_every_pixel_moves_the_score(network):
    x = torch.rand(1, 3, 256, 256, requires_grad=True)

    network(x).sum().backward()

    assert (x.grad.abs().sum(1) > 0).float().mean() > 0.99


def test_evidence_sums_to_the_score(network, x):
    with torch.no_grad():
        total = network.evidence(x).sum((1, 2)) + network.head.bias

    assert torch.allclose(total, network(x), atol=1e-5)


def test_another_size_is_refused(network):
    with pytest.raises(ValueError, match="the detector takes 256 x 256"):
        network(torch.rand(1, 3, 128, 128))


def test_stored_config_rules_the_shape():
    config = SparseCnnConfig(widths=(4, 4, 4, 4), convolutions=1)

    built = networks.build("paper-sparse-cnn", config.to_dict())

    assert built.config == config
    assert SparseCnnConfig.from_dict({"widths": [1, 2, 3, 4]}).widths == (1, 2, 3, 4)


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(
        KeyError, match="no detector recipe 'cnn'; use default, paper-sparse-cnn"
    ):
        networks.build("cnn")
    with pytest.raises(KeyError, match="no preset 'slow' of paper-sparse-cnn"):
        configs.get("paper-sparse-cnn").settings("slow")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"widths": (8, 8)}, "must be four numbers"),
        ({"widths": (0, 8, 8, 8)}, "must be at least 1"),
        ({"convolutions": 0}, "convolutions 0 must be at least 1"),
        ({"channels": 0}, "channels 0 must be at least 1"),
    ],
)
def test_shape_that_cannot_be_built_is_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        SparseCnnConfig(**fields)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"batch_size": 1}, "batch_size 1 must be at least 2"),
        ({"rank_weight": -1}, "rank_weight -1"),
        ({"smoothing": 0.5}, r"smoothing 0\.5"),
        ({"gain": 0.6}, r"gain 0\.6"),
        ({"processing": 2}, "processing 2 must be 0 to 1"),
        ({"steps": 0}, "steps 0"),
    ],
)
def test_settings_out_of_range_are_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        configs.DetectorSettings(**fields)
