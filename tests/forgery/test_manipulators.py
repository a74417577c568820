"""Training, manipulating and measuring as jobs, on tiny pools; kill and resume."""

import io

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from forgery.exceptions import AlreadyReserved, TrainedOn, WrongInput
from forgery.imaging import checkpoints, fundus, profiles
from forgery.imaging import manipulator as network
from forgery.imaging.manipulator import TrainedManipulator
from forgery.imaging.painting import Painted
from forgery.models import Job, Manipulation, Manipulator
from forgery.services import manipulation, quality, training, training_plan
from forgery.services.jobs import run_inline
from forgery.services.manipulation_plan import arguments as manipulation_arguments
from forgery.services.manipulation_plan import plan as plan_manipulation
from forgery.services.manipulation_plan import quality_arguments
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool():
    """Six glaucoma clusters to train on, and eight OPT clusters."""
    made = factories.PoolFactory.create(name="tiny")
    for number in range(14):
        image = factories.FundusImageFactory.create(pool=made)
        factories.reserve(image, "manipulator-train" if number < 6 else "opt")
    return made


@pytest.fixture
def fake_network(monkeypatch, tmp_path):
    """Stand in for the network: training writes a bundle, applying brightens."""
    seen = {}

    def train(images, settings, *, workdir, on_progress, should_stop, device, **more):
        seen.update(more, images=images, workdir=workdir)
        on_progress(1, 2, 0.5, {})
        if should_stop() or seen.pop("dies", False):
            raise KeyboardInterrupt
        path = workdir / "manipulator.safetensors"
        path.write_bytes(b"weights")
        metrics = {"loss": 0.1, "change_rmse": 9.0, "n_images": 6.0, "seconds": 1.0}
        digest = checkpoints.digest(path)
        return TrainedManipulator(path, digest, [(1, 0.5), (2, 0.1)], metrics)

    class Brightener:
        recipe, target = "paper-unet", ""

        def forge(self, images, masks):
            forged = np.clip(images.astype(int) + 40, 0, 255).astype(np.uint8)
            inside = np.asarray(masks)
            return Painted(np.where(inside[..., None], forged, images), inside)

    def load(_path, sha256, *, device):
        seen["sha256"] = sha256
        return Brightener()

    monkeypatch.setattr(network, "train", train)
    monkeypatch.setattr(network, "load", load)
    return seen


def train(**options) -> Job:
    return run_inline(
        kind="forgery.train_manipulator",
        arguments=training_plan.arguments(
            **({"pool": "tiny", "lesion": "glaucoma", "preset": "quick"} | options)
        ),
        work=training.train_work,
        stream=io.StringIO(),
    )


def manipulate(name: str, **options) -> Job:
    return run_inline(
        kind="forgery.manipulate",
        arguments=manipulation_arguments(manipulator=name, **options),
        work=manipulation.manipulate_work,
        stream=io.StringIO(),
    )


def test_training_takes_the_clusters_set_aside_and_pins_them(pool, fake_network):
    job = train()

    made = Manipulator.objects.get()
    assert job.result["manipulator"] == made.name == "tiny-glaucoma-paper-unet-quick"
    assert fake_network["images"].shape == (6, 256, 256, 3)
    roles = {cluster.reservation.role for cluster in made.clusters.all()}
    assert roles == {"manipulator-train"}
    assert all(cluster.reservation.is_pinned for cluster in made.clusters.all())
    assert made.sha256 == checkpoints.digest(made.file.path)
    assert made.loss_curve == [[1, 0.5], [2, 0.1]]
    assert profiles.Profile.from_dict(made.profile) == profiles.PAPER


def test_training_again_reuses_what_exists(pool, fake_network):
    first = train()
    second = train()

    assert (first.result["is_new"], second.result["is_new"]) == (True, False)
    assert Manipulator.objects.count() == 1
    with pytest.raises(WrongInput, match="trained otherwise"):
        train(seed=2, name="tiny-glaucoma-paper-unet-quick")


def test_killed_training_resumes_in_its_folder(pool, fake_network):
    fake_network["dies"] = True
    with pytest.raises(KeyboardInterrupt):
        train()
    folder = fake_network["workdir"]

    job = train()

    assert fake_network["workdir"] == folder
    assert Job.objects.get() == job
    assert job.state == "done"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"lesion": "warts"}, WrongInput, "No lesion 'warts'"),
        ({"lesion": "normal"}, WrongInput, "too few"),
        ({"recipe": "magic"}, WrongInput, "No recipe 'magic'"),
        ({"preset": "slow"}, WrongInput, "No preset 'slow'"),
        ({"name": "No Name"}, WrongInput, "cannot be a name"),
        ({"clusters": ["elsewhere"]}, WrongInput, "no cluster 'elsewhere'"),
        ({"seed": -1}, ValueError, "seed -1"),
    ],
)
def test_unusable_training_is_one_sentence(pool, options, error, words):
    with pytest.raises(error, match=words):
        train(**options)


def test_opt_cluster_is_refused_in_training(pool, fake_network):
    cluster = pool.images.last().cluster

    with pytest.raises(AlreadyReserved, match=f"{cluster.name} is reserved for opt"):
        train(clusters=[cluster.name])


def test_cross_fitted_lesion_needs_a_fold(fake_network):
    made = factories.PoolFactory.create(name="tiny")
    for number in range(6):
        factories.reserve(
            factories.FundusImageFactory.create(pool=made), "crossfit", number % 3
        )

    with pytest.raises(WrongInput, match="cross-fitted"):
        train()
    train(held_out_fold=1)

    model = Manipulator.objects.get()
    assert model.held_out_fold == 1
    folds = {cluster.reservation.fold for cluster in model.clusters.all()}
    assert folds == {0, 2}
    manipulate(model.name)
    made_of = {m.source.cluster.reservation.fold for m in Manipulation.objects.all()}
    assert made_of == {1}


def test_manipulating_twice_makes_each_image_once(pool, fake_network):
    name = train().result["manipulator"]

    first = manipulate(name, roles=["opt"])
    second = manipulate(name, roles=["opt"])

    assert (first.result["new"], second.result["new"]) == (8, 0)
    one = Manipulation.objects.earliest("pk")
    assert fake_network["sha256"] == one.manipulator.sha256
    assert one.content_hash in str(one.file.name)


def test_manipulating_training_clusters_is_refused(pool, fake_network):
    name = train().result["manipulator"]

    with pytest.raises(TrainedOn, match=f"Manipulator {name} was trained on cluster"):
        plan_manipulation(
            manipulation_arguments(manipulator=name, roles=["manipulator-train"])
        )


def test_quality_is_measured_against_both_originals(pool, fake_network, monkeypatch):
    name = train().result["manipulator"]
    manipulate(name, roles=["opt"])
    monkeypatch.delenv("FID_INCEPTION_WEIGHTS", raising=False)

    job = run_inline(
        kind="forgery.quality_report",
        arguments=quality_arguments(manipulator=name, role="opt"),
        work=quality.quality_work,
        stream=io.StringIO(),
    )

    metrics = Manipulator.objects.get().quality.metrics
    assert metrics == job.result["metrics"]
    assert metrics["n"] == 8
    assert metrics["rmse"] == metrics["views"]["raw"]["rmse"] > 0
    assert metrics["views"]["processed"]["ssim"] < 1
    assert metrics["fid"] is None
    assert "not computed" in metrics["views"]["raw"]["fid_text"]
    assert metrics["floor"]["n"] == 7


def test_quality_needs_manipulations(pool, fake_network):
    name = train().result["manipulator"]

    with pytest.raises(CommandError, match="manipulate images first"):
        call_command("quality_report", name)


def test_commands_train_and_manipulate(pool, fake_network, capsys):
    call_command("train_manipulator", "tiny", preset="quick")
    call_command("manipulate", "tiny-glaucoma-paper-unet-quick", role=["opt"])

    out = capsys.readouterr().out
    assert "tiny-glaucoma-paper-unet-quick: trained, loss 0.1000" in out
    assert "8 new manipulations, 8 in all" in out


@pytest.mark.parametrize("recipe", ["lesion-insert", "splice"])
def test_untrained_recipes_are_made_ready_and_manipulate(pool, recipe):
    job = train(recipe=recipe)
    made = Manipulator.objects.get()

    assert job.result["manipulator"] == made.name == f"tiny-glaucoma-{recipe}"
    assert not made.file
    assert not made.clusters.exists()
    assert manipulate(made.name, roles=["opt"]).result["new"] == 8
    one = Manipulation.objects.first()
    assert one.family == recipe
    assert one.parameters["area"] > 0
    with one.mask.open("rb") as stored:
        mask = fundus.decode(stored.read(), name="mask")
    assert set(np.unique(mask)) == {0, 255}


def test_untrained_recipes_need_no_folds(pool, capsys):
    image = factories.FundusImageFactory.create(pool=pool)
    factories.reserve(image, "crossfit", fold=1)

    call_command("train_manipulator", "tiny", lesion="glaucoma", recipe="inpaint")

    assert "tiny-glaucoma-inpaint: ready, needs no training" in capsys.readouterr().out


def test_two_sided_training_takes_both_lesions(pool, fake_network):
    for _ in range(3):
        image = factories.FundusImageFactory.create(pool=pool, lesion="normal")
        factories.reserve(image, "manipulator-train")

    train(recipe="cyclegan")
    made = Manipulator.objects.get()

    assert made.target == "normal"
    assert made.name == "tiny-glaucoma-cyclegan-quick-to-normal"
    assert fake_network["targets"].shape == (3, 256, 256, 3)
    assert made.clusters.count() == 9


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"recipe": "paper-unet", "target": "normal"}, "forges no other lesion"),
        ({"recipe": "cyclegan", "target": "glaucoma"}, "show glaucoma already"),
        ({"recipe": "cyclegan", "target": "warts"}, "No lesion 'warts'"),
        ({"recipe": "cyclegan"}, "0 images of normal to train on"),
    ],
)
def test_unusable_targets_are_one_sentence(pool, options, words):
    with pytest.raises(WrongInput, match=words):
        train(**options)


def test_images_of_another_pool_can_be_manipulated(pool):
    other = factories.PoolFactory.create(name="elsewhere")
    factories.reserve(factories.FundusImageFactory.create(pool=other), "opt")
    name = train(recipe="inpaint").result["manipulator"]

    assert manipulate(name, roles=["opt"], pool="elsewhere").result["new"] == 1
    assert Manipulation.objects.get().source.pool == other
