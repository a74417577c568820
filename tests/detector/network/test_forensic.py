"""`default`: front end, shape, tamper map, curriculum, twins and losses."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from detector.network import configs, forensic, forging, networks, views
from detector.network.configs import ForensicConfig
from detector.network.curriculum import Twins, draw_laundering, moment
from detector.network.examples import Examples, load, save
from detector.network.forging import Photograph
from detector.network.inference import Detector
from detector.network.losses import ForensicLoss, cut
from detector.network.planes import ResidualPlanes
from detector.network.training import train
from forgery.imaging import devices, laundering
from forgery.imaging.phantom.render import make
from forgery.imaging.profiles import PAPER, PLAIN
from forgery.imaging.seeding import seeded

CPU = torch.device("cpu")
SETTINGS = configs.get("default").settings("quick", steps=4, batch_size=4, crop=64)


@pytest.fixture(scope="module")
def network():
    with seeded(1):
        return networks.build("default").eval()


def twins(n, start, size=64):
    """Phantoms and their local forgeries."""
    photographs = [
        Photograph(
            make("normal", start + i, size=size).image, f"c{i}", "normal", f"{i}"
        )
        for i in range(start, start + n)
    ]
    forgers = {"lesion-insert": forging.untrained("lesion-insert", PLAIN)}
    return forging.twins(photographs, forgers, PLAIN, seed=1)


@pytest.fixture(scope="module")
def data():
    return twins(5, 0), twins(4, 50)


def test_last_map_is_16_x_16_x_128_of_about_400_thousand_weights(network):
    with torch.no_grad():
        maps = network.features(torch.rand(1, 3, 256, 256))

    assert [tuple(m.shape[1:]) for m in maps] == [
        (64, 64, 64),
        (96, 32, 32),
        (128, 16, 16),
    ]
    assert 350_000 < sum(p.numel() for p in network.parameters()) < 450_000


def test_constrained_kernels_predict_a_pixel_from_its_neighbours():
    kernels = ResidualPlanes(3, 6).constrained()

    assert torch.equal(kernels[:, :, 2, 2], torch.full((6, 3), -1.0))
    assert torch.allclose(kernels.sum((2, 3)), torch.zeros(6, 3), atol=1e-5)


def test_constraint_holds_after_training_steps(data, tmp_path):
    made = train(*data, SETTINGS, workdir=tmp_path, device="cpu")
    kernels = Detector.load(made.path, device="cpu").network.planes.constrained()

    assert torch.allclose(kernels.sum((2, 3)), torch.zeros(6, 3), atol=1e-5)


def test_flat_image_has_no_residuals():
    planes = ResidualPlanes(3, 6)(torch.full((1, 3, 8, 8), 0.7))

    assert planes.shape == (1, 21, 8, 8)
    assert planes[:, 3:].abs().max() < 1e-3


@pytest.mark.parametrize("half", [False, True])
def test_planes_folded_at_once_are_the_planes_folded(half):
    planes, fold = ResidualPlanes(3, 6), torch.nn.PixelUnshuffle(2)
    x = torch.rand(2, 3, 16, 32)

    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        found, plain = planes.folded(x), fold(planes(x))

    assert found.dtype == torch.float32
    assert torch.allclose(found, plain, atol=1e-4)


@pytest.mark.parametrize(("half", "apart"), [(False, 1e-4), (True, 0.05)])
def test_scoring_agrees_with_the_plain_way(network, monkeypatch, half, apart):
    with seeded(1):
        x = torch.rand(3, 3, 64, 96)

    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits, places = network.analyse(x)
        monkeypatch.setattr(forensic, "_only_scores", lambda _: False)
        plain, plain_places = network.analyse(x)

    assert torch.allclose(logits, plain, atol=apart)
    assert torch.allclose(places, plain_places, atol=apart)


def test_score_does_not_depend_on_the_batch(network):
    x = torch.rand(3, 3, 64, 64)

    with torch.no_grad():
        assert torch.allclose(network(x)[1:2], network(x[1:2]), atol=1e-5)


def test_map_has_a_quarter_of_the_resolution(network):
    with torch.no_grad():
        assert network.evidence(torch.rand(2, 3, 64, 96)).shape == (2, 16, 24)


def test_size_that_cannot_be_halved_is_refused(network):
    with pytest.raises(ValueError, match="multiples of 16"):
        network(torch.rand(1, 3, 60, 64))


def test_stored_config_rules_the_shape():
    config = ForensicConfig(growths=(8, 8, 8, 8), constrained=2)

    assert networks.build("default", config.to_dict()).config == config


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"growths": (8, 8)}, "must be 4 numbers"), ({"stem": 0}, "stem 0 must be")],
)
def test_shape_that_cannot_be_built_is_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        ForensicConfig(**fields)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"crop": 100}, "crop 100 must be n x 16"),
        ({"benign": 2}, "benign 2 must be 0 to 1"),
        ({"mask_positive": 0}, "mask_positive 0"),
    ],
)
def test_settings_out_of_range_are_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(SETTINGS, **fields)


def test_curriculum_begins_clean_and_ends_whole():
    settings = configs.get("default").settings("full")
    first, last = moment(0, 256, settings), moment(settings.steps - 1, 256, settings)

    assert (first.size, first.strength, first.is_shared) == (128, 0, True)
    assert (last.size, last.strength, last.is_shared) == (256, 1, False)


def test_no_laundering_is_drawn_at_strength_zero():
    rng = np.random.default_rng(1)

    assert all(not draw_laundering(rng, 0).steps for _ in range(20))
    assert any(draw_laundering(rng, 1).steps for _ in range(20))


def test_laundering_rises_from_the_clean_share_to_the_full_one():
    settings = replace(SETTINGS, clean_share=0.1, full_share=0.4, steps=100)
    drawn = [moment(step, 64, settings).strength for step in (0, 10, 25, 40, 99)]

    assert drawn == pytest.approx([0, 0, 0.5, 1, 1])


def test_twins_share_place_turn_and_laundering_in_the_first_half(data):
    drawn = Twins(data[0], replace(SETTINGS, crop=32, clean_share=0.1, steps=100))

    for step in range(12, 40):
        _, batch, pairs = drawn.draw(step)
        for original, forgery in pairs:
            a, b = batch[original], batch[forgery]
            assert (a.top, a.left, a.turn) == (b.top, b.left, b.turn)
            assert a.laundering == b.laundering
            assert data[0].pair[a.index] == data[0].pair[b.index]


def test_whole_forgers_weigh_alike_and_local_families_do():
    # one photograph: of five forgers three are of one family, and the insertions are
    # of one family too
    families = ["", *["gan"] * 3, "unet", "other", *["insert"] * 3, "remove"]
    n = len(families)
    examples = Examples(
        images=np.zeros((n, 64, 64, 3), np.uint8),
        truth=np.array([bool(one) for one in families]),
        cluster=np.full(n, "c"),
        lesion=np.full(n, "normal"),
        pair=np.full(n, "p"),
        family=np.array(families),
    )
    drawn = Twins(examples, replace(SETTINGS, local_share=0.5, steps=400))
    drawn.is_local = np.array([True] + [False] * 5 + [True] * 4)

    found = []
    for step in range(400):
        _, batch, pairs = drawn.draw(step)
        found += [families[batch[forgery].index] for forgery in pairs[:, 1]]

    shares = {one: found.count(one) / len(found) for one in set(found)}
    assert shares["gan"] == pytest.approx(0.3, abs=0.06)
    assert shares["unet"] == pytest.approx(0.1, abs=0.04)
    assert shares["insert"] == pytest.approx(0.25, abs=0.06)
    assert shares["remove"] == pytest.approx(0.25, abs=0.06)


def test_local_twins_are_laundered_less(data):
    settings = replace(SETTINGS, clean_share=0.0, steps=100, benign=0.0)

    def share(local_strength):
        drawn = Twins(data[0], replace(settings, local_strength=local_strength))
        drawn.is_local[:] = True
        batches = [drawn.draw(step)[1] for step in range(80, 100)]
        return np.mean([bool(one.laundering.steps) for b in batches for one in b])

    assert share(0.0) == 0
    assert share(1.0) > 0.5


def test_laundering_never_turns_a_crop_away_from_its_mask():
    rng = np.random.default_rng(1)
    drawn = [draw_laundering(rng, 1) for _ in range(400)]

    names = {step.name for one in drawn for step in one.steps}
    assert "double-jpeg" in names  # only the tests' own distribution has it
    assert "rotate" not in names


def test_laundered_originals_join_as_originals(data):
    drawn = Twins(data[0], replace(SETTINGS, benign=1.0, clean_share=0.0, steps=100))
    _, batch, pairs = drawn.draw(90)

    others = set(range(len(batch))) - set(pairs.ravel().tolist())
    assert others
    assert not any(data[0].truth[batch[i].index] for i in others)


def test_crops_hold_what_was_changed(data):
    drawn = Twins(data[0], replace(SETTINGS, crop=32, steps=100))
    for step in range(20):
        now, batch, pairs = drawn.draw(step)
        _, masks = cut(data[0], batch, now.size)
        assert (masks[pairs[:, 1]].max((1, 2)) > 0).all()
        assert (masks[pairs[:, 0]] == 0).all()


def test_gradient_steps_lower_the_loss(data):
    with seeded(3):
        network = networks.build("default")
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3)
    settings = replace(SETTINGS, clean_share=1.0, steps=1000, gain=0.0)
    loss = ForensicLoss(data[0], settings, torch.device("cpu"))
    values = []
    for _ in range(12):
        optimizer.zero_grad()
        value = loss(network, np.random.default_rng(1), 0)
        value.backward()
        optimizer.step()
        values.append(value.item())

    assert values[-1] < 0.8 * values[0]


def test_training_repeats_from_its_seed_and_resumes(data, tmp_path, monkeypatch):
    monkeypatch.setattr("forgery.imaging.devices.has_bfloat16", lambda _: False)
    whole = train(*data, SETTINGS, workdir=tmp_path / "a", device="cpu")
    stops = iter([False, False, True])
    with pytest.raises(Exception, match="stopped after step 2"):
        train(*data, SETTINGS, workdir=tmp_path / "b", should_stop=lambda: next(stops))
    resumed = train(*data, SETTINGS, workdir=tmp_path / "b", device="cpu")

    assert whole.sha256 == resumed.sha256


def test_detector_of_small_images_scores_and_maps(data, tmp_path):
    made = train(*data, SETTINGS, workdir=tmp_path, device="cpu")
    detector = Detector.load(made.path, made.sha256, device="cpu")

    assert detector.score(data[1].images).shape == (len(data[1]),)
    assert detector.heatmap(data[1].images[:2]).shape == (2, 64, 64)


def test_twins_do_not_depend_on_their_neighbours():
    photographs = [
        Photograph(make("normal", i, size=64).image, f"c{i}", "normal", f"{i}")
        for i in range(3)
    ]
    forgers = {"inpaint": forging.untrained("inpaint", PAPER)}
    all_of_them = forging.twins(photographs, forgers, PAPER, seed=1)
    alone = forging.twins(photographs[2:], forgers, PAPER, seed=1)

    assert np.array_equal(all_of_them.images[-2:], alone.images)
    assert alone.family.tolist() == ["", "inpaint"]


def test_donor_is_another_patient():
    one = Photograph(make("normal", 1, size=64).image, "c1", "normal", "a")
    forger = forging.untrained("splice", PLAIN, donors=[one])

    assert forger(one, np.random.default_rng(1)) is None


def test_one_class_can_be_laundered_alone(data):
    washed = views.laundered(
        data[0], views.fixed(laundering.parse("blur:2")), seed=1, only=False
    )
    same = (washed.images == data[0].images).all((1, 2, 3))

    assert same.tolist() == data[0].truth.tolist()


def test_masks_turn_with_their_images(data):
    turned = views.laundered(
        data[0], views.fixed(laundering.parse("rotate:90")), seed=1
    )

    assert np.array_equal(turned.mask, np.rot90(data[0].mask, 1, (1, 2)))


def test_kept_examples_come_back(data, tmp_path):
    save(tmp_path / "x.npz", data[0])

    assert load(tmp_path / "x.npz").digest == data[0].digest
    assert load(tmp_path / "none.npz") is None
    assert isinstance(Examples.join([data[0], data[1]]), Examples)


def test_compiled_network_scores_and_maps_alike_at_both_sizes():
    """What a card compiles: traced here without one, by dynamo alone."""
    network = networks.build("default").eval()
    sizes = [torch.rand(2, 3, side, side) for side in (64, 128)]
    with torch.no_grad():
        plain = [network(x, mapped=True) for x in sizes]
        devices.compile_for(network, torch.device("cpu"), backend="eager")
        compiled = [network(x, mapped=True) for x in sizes]

    torch._dynamo.reset()
    torch.testing.assert_close(compiled, plain)
    assert set(network.state_dict()) == set(networks.build("default").state_dict())
