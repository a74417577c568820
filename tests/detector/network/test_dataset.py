import numpy as np
import pytest

from detector.network.augmentation import Augmentation, TwinBatches, to_tensor
from detector.network.examples import ClusterOverlap, Examples, check_split


def examples(truth, pair=None, cluster=None):
    n = len(truth)
    images = np.zeros((n, 256, 256, 3), np.uint8)
    images[:, 0, 0, 0] = np.arange(n)
    names = [f"p{i // 2}" for i in range(n)]
    return Examples(
        images,
        np.array(truth, bool),
        np.array(cluster or names),
        np.array(["normal"] * n),
        np.array(pair or names),
    )


def test_shared_cluster_is_named():
    train = examples([0, 1, 0, 1], cluster=["a", "a", "b", "b"])
    validation = examples([0, 1, 0, 1], cluster=["b", "b", "c", "c"])

    with pytest.raises(ClusterOverlap, match="patient cluster b is in both"):
        check_split(train, validation)


def test_disjoint_clusters_pass():
    check_split(
        examples([0, 1], cluster=["a", "a"]), examples([0, 1], cluster=["b", "b"])
    )


@pytest.mark.parametrize("truth", [[0, 0], [1, 1]])
def test_part_of_one_truth_state_is_refused(truth):
    with pytest.raises(ValueError, match="validation holds"):
        check_split(
            examples([0, 1], cluster=["a", "a"]), examples(truth, cluster=["b", "b"])
        )


def test_batches_are_twins_once_an_epoch():
    data = examples([0, 1] * 6)
    batches = TwinBatches(data, 4, seed=1)

    drawn = [batches.draw(step) for step in range(3)]

    assert sorted(np.concatenate([i for i, _ in drawn]).tolist()) == list(range(12))
    for indices, twins in drawn:
        assert len(twins) == 2
        for original, forged in indices[twins]:
            assert (data.truth[original], data.truth[forged]) == (False, True)
            assert data.pair[original] == data.pair[forged]


def test_one_of_several_forgeries_is_drawn():
    data = examples([0, 1, 1, 1], pair=["x"] * 4, cluster=["a"] * 4)
    batches = TwinBatches(data, 2, seed=1)

    drawn = [batches.draw(step)[0].tolist() for step in range(40)]

    assert all(len(pair) == 2 and pair[0] == 0 for pair in drawn)
    assert {pair[1] for pair in drawn} == {1, 2, 3}


def test_image_without_twin_is_drawn_alone():
    data = examples([0, 0, 1], pair=["", "", "x"], cluster=["a", "b", "c"])

    indices, twins = TwinBatches(data, 6, seed=1).draw(0)

    assert sorted(indices.tolist()) == [0, 1, 2]
    assert len(twins) == 0


def test_batches_follow_the_seed():
    data = examples([0, 1] * 10)

    def drawn(seed):
        return TwinBatches(data, 4, seed).draw(3)[0].tolist()

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_twins_are_augmented_alike():
    image = np.random.default_rng(1).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    images = np.stack([image] * 6)
    twins = np.array([[0, 1], [2, 3], [4, 5]])

    out = Augmentation(0.2, 0.5)(images, twins, np.random.default_rng(4))

    for original, forged in twins:
        assert np.array_equal(out[original], out[forged])
    assert not np.array_equal(out[0], out[2])
    assert out.min() >= 0
    assert out.max() <= 1


def test_all_eight_turns_and_mirrors_occur():
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    rng = np.random.default_rng(5)
    none = np.zeros((0, 2), np.int64)

    turn = Augmentation(0.0, 0.0)
    seen = {turn(image[None], none, rng).tobytes() for _ in range(200)}

    assert len(seen) == 8
    plain = turn(image[None], none, rng)
    assert np.allclose(np.sort(plain.ravel()), np.arange(12) / 255)


def test_some_twins_are_sharpened_and_some_blurred():
    image = np.random.default_rng(1).integers(90, 160, (32, 32, 3)).astype(np.uint8)
    none = np.zeros((0, 2), np.int64)

    out = Augmentation(0.0, 0.5)(np.stack([image] * 60), none, np.random.default_rng(6))

    spread = out.std(axis=(1, 2, 3)) * 255 / image.std()
    assert 0.3 < np.isclose(spread, 1, atol=1e-3).mean() < 0.7
    assert (spread > 1.5).any()
    assert (spread < 0.9).any()


def test_tensor_is_channels_first():
    batch = np.zeros((2, 4, 4, 3), np.float32)
    batch[1, 2, 3, 0] = 1

    tensor = to_tensor(batch)

    assert tensor.shape == (2, 3, 4, 4)
    assert tensor[1, 0, 2, 3] == 1


def test_digest_follows_the_content():
    first, second = examples([0, 1]), examples([1, 0])

    assert first.digest == examples([0, 1]).digest
    assert first.digest != second.digest


def test_take_keeps_the_columns_together():
    taken = examples([0, 1, 0, 1]).take(np.array([3, 0]))

    assert taken.images[:, 0, 0, 0].tolist() == [3, 0]
    assert taken.truth.tolist() == [True, False]
    assert taken.cluster.tolist() == ["p1", "p0"]
    assert len(taken) == 2


def test_images_of_another_shape_are_refused():
    one = np.array(["a"])
    with pytest.raises(ValueError, match=r"not uint8 \(1, 8, 8, 3\)"):
        Examples(np.zeros((1, 8, 8, 3), np.uint8), np.array([True]), one, one, one)


def test_columns_of_another_length_are_refused():
    one = np.array(["a"])
    with pytest.raises(ValueError, match="one entry an image"):
        Examples(np.zeros((2, 256, 256, 3), np.uint8), np.array([1, 0]), one, one, one)
