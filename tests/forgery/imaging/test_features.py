import numpy as np
import pytest
import torch
from skimage import data

from forgery.imaging import features, fid, fundus, quality
from forgery.imaging.inception import FidInception


def shaded(seed, side=64):
    small = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return fundus.resize(small, side)


def test_the_network_knows_a_cup_of_coffee():
    # ImageNet's espresso is class 967: weights, scaling and colour order are right
    image = np.ascontiguousarray(data.coffee()[:, 100:500])

    row = torch.from_numpy(features.lite0_features([image])).float()
    with torch.inference_mode():
        logits = features.network()._fc(row)

    assert int(logits.argmax()) == 967
    assert float(logits.softmax(1).max()) > 0.8


def test_one_row_an_image_whatever_the_batch():
    images = [shaded(seed) for seed in range(18)]

    rows = features.lite0_features(images)

    assert rows.shape == (18, features.LENGTH)
    assert rows[17] == pytest.approx(features.lite0_features(images[17:])[0], abs=1e-4)


def test_no_images_give_no_rows():
    assert features.lite0_features([]).shape == (0, features.LENGTH)


def test_the_feature_distance_sees_a_blur():
    images = [shaded(seed, 128) for seed in range(6)]
    grain = np.random.default_rng(0).normal(0, 25, (128, 128, 3))
    noisy = [(image + grain).clip(0, 255).astype(np.uint8) for image in images]

    rows = features.lite0_features(images)

    assert quality.frechet_distance(rows, features.lite0_features(noisy)) > 1
    assert quality.frechet_distance(rows, rows) < 1e-6


@pytest.fixture(scope="module")
def network():
    return FidInception().eval()


def test_inception_has_the_weights_of_the_file(network):
    names = dict(network.named_parameters())
    counts = {name: weight.numel() for name, weight in names.items()}
    logits = counts["fc.weight"] + counts["fc.bias"]

    assert logits == 2048 * 1008 + 1008
    # Inception v3 without its top and auxiliary head has 21,785,568 (torchvision)
    assert sum(counts.values()) - logits == 21_785_568
    assert names["Conv2d_1a_3x3.conv.weight"].shape == (32, 3, 3, 3)
    assert names["Mixed_6b.branch7x7dbl_5.conv.weight"].shape == (192, 128, 1, 7)
    assert names["Mixed_7c.branch3x3dbl_3b.bn.weight"].shape == (384,)
    assert len(network.state_dict()) == 2 + 94 * 6  # 94 convolutions


def test_inception_shapes(network):
    shapes = {}
    for name in ("Conv2d_4a_3x3", "Mixed_5d", "Mixed_6e", "Mixed_7c"):
        network.get_submodule(name).register_forward_hook(
            lambda _, __, out, name=name: shapes.update({name: tuple(out.shape)})
        )

    rows = fid.features(network, [shaded(1), shaded(2, 300)])

    assert rows.shape == (2, 2048)
    assert np.isfinite(rows).all()
    assert shapes == {
        "Conv2d_4a_3x3": (2, 192, 71, 71),
        "Mixed_5d": (2, 288, 35, 35),
        "Mixed_6e": (2, 768, 17, 17),
        "Mixed_7c": (2, 2048, 8, 8),
    }


def test_resize_reads_where_tensorflow_reads():
    ramp = torch.arange(4.0).reshape(1, 1, 1, 4).expand(1, 1, 4, 4)

    row = fid.resize_as_tensorflow(ramp, 8)[0, 0, 0]

    assert row.tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3]
    assert torch.equal(fid.resize_as_tensorflow(ramp, 4), ramp)


def test_fid_without_weights_is_a_reason():
    named = fid.fid([shaded(1)] * 2, [shaded(2)] * 2, weights=None)

    assert (named.name, named.value) == ("FID", None)
    assert named.text.startswith("not computed")
    assert "FID_INCEPTION_WEIGHTS" in named.text


def test_fid_names_a_missing_file(tmp_path):
    named = fid.fid([], [], weights=tmp_path / "gone.pth")

    assert named.value is None
    assert "gone.pth" in named.text


def test_fid_refuses_other_weights(tmp_path, network):
    path = tmp_path / "weights.pth"
    torch.save(network.state_dict(), path)

    named = fid.fid([shaded(1)] * 2, [shaded(2)] * 2, weights=path)

    assert named.value is None
    assert fid.SHA256_PREFIX in named.text


def test_fid_is_the_frechet_distance_of_its_features(tmp_path, network, monkeypatch):
    path = tmp_path / "weights.pth"
    torch.save(network.state_dict(), path)
    monkeypatch.setattr(fid, "SHA256_PREFIX", "")  # any file, for the path alone
    ours, theirs = [shaded(1), shaded(2)], [shaded(3), shaded(4)]

    named = fid.fid(ours, theirs, weights=path)

    expected = quality.frechet_distance(
        fid.features(network, ours), fid.features(network, theirs)
    )
    assert named.value == pytest.approx(expected, rel=1e-5)
    assert "n = 2 and 2" in named.text
