"""Plans, twins, training through a job."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from detector.exceptions import NothingToTrainOn
from detector.models import DetectorModel
from detector.network import configs
from detector.network import training as network_training
from detector.network.inference import Detector
from detector.services import examples, training_plan
from detector.services.pool_plan import ScoringOrder
from detector.services.training_plan import DetectorOrder
from forgery.exceptions import AlreadyReserved, WrongInput
from forgery.imaging.profiles import PAPER
from forgery.models import Job, Reservation
from forgery.services import rendering
from forgery.services.job_context import JobContext
from forgery.services.jobs import requeue_stale, retry, run_job
from tests import factories
from tests.detector.orders import job_for, order, silent, train

pytestmark = pytest.mark.django_db


# --- plans ----------------------------------------------------------------------------
def test_the_programs_own_recipe_is_trained_unless_another_is_named():
    pool = factories.training_pool()

    own = training_plan.plan(DetectorOrder(pool.name, "d"))
    papers = training_plan.plan(DetectorOrder(pool.name, "d", "paper-sparse-cnn"))

    assert own.settings.recipe == "default"
    assert papers.settings.recipe == "paper-sparse-cnn"


def test_an_order_survives_the_way_through_a_job():
    wanted = DetectorOrder("p", "d", seed=7, held_out_fold=1, clusters=("a", "b"))

    job = job_for(wanted)
    job.refresh_from_db()

    assert DetectorOrder.from_arguments(job.arguments) == wanted
    scoring = ScoringOrder("p", "d", ("a",))
    assert ScoringOrder.from_arguments(scoring.to_arguments()) == scoring


def test_a_plan_takes_each_role_and_nothing_else():
    pool = factories.training_pool(n=3)

    planned = training_plan.plan(order(pool))

    assert planned.train == factories.clusters_with(pool, "detector-train")
    assert planned.validation == factories.clusters_with(pool, "validation")
    assert list(planned.manipulators) == ["glaucoma"]


def test_named_clusters_replace_those_with_the_role():
    pool = factories.training_pool(n=3)
    one = factories.clusters_with(pool, "detector-train")[1]

    planned = training_plan.plan(order(pool, clusters=(one.name,)))

    assert planned.train == [one]
    assert planned.validation == factories.clusters_with(pool, "validation")


@pytest.mark.parametrize("role", ["manipulator-train", "validation", "test", "opt"])
def test_a_named_cluster_of_another_role_is_refused_by_name(role):
    pool = factories.training_pool()
    wrong = factories.clusters_with(pool, role)[0]

    with pytest.raises(AlreadyReserved, match=f"{wrong.name} is reserved for {role},"):
        training_plan.plan(order(pool, clusters=(wrong.name,)))


def test_a_cluster_that_the_pool_lacks_is_named():
    pool = factories.training_pool()
    foreign = factories.image_with_role(factories.PoolFactory(), "detector-train")

    with pytest.raises(WrongInput, match=f"no cluster '{foreign.cluster.name}'"):
        training_plan.plan(order(pool, clusters=(foreign.cluster.name,)))


def test_a_pool_without_reservations_is_told_what_to_do():
    pool = factories.PoolFactory(name="bare")

    with pytest.raises(NothingToTrainOn, match=r"bare has 0 .* without a role"):
        training_plan.plan(order(pool))


def test_a_cross_fitted_pool_must_hold_a_fold_out():
    pool = factories.PoolFactory()
    for i in range(6):
        factories.image_with_role(pool, "crossfit", fold=i % 3)

    with pytest.raises(NothingToTrainOn, match="name the fold to hold out, 0, 1 or 2"):
        training_plan.plan(order(pool))


def test_cross_fitted_clusters_train_or_validate_but_the_held_out_fold_does_neither():
    pool = factories.PoolFactory()
    folds = {}
    for i in range(18):
        image = factories.image_with_role(pool, "crossfit", fold=i % 3)
        folds[image.cluster.pk] = i % 3
    factories.ManipulatorFactory(pool=pool, held_out_fold=1)

    planned = training_plan.plan(order(pool, held_out_fold=1))

    train = {cluster.pk for cluster in planned.train}
    validation = {cluster.pk for cluster in planned.validation}
    assert train.isdisjoint(validation)
    assert {folds[pk] for pk in train | validation} == {0, 2}
    assert len(train) == 9
    assert len(validation) == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pool": "nowhere"}, "No pool 'nowhere'"),
        ({"recipe": "magic"}, "No recipe 'magic'"),
        ({"preset": "slow"}, "No preset 'slow'"),
        ({"name": "Ünfit name"}, "cannot be a name"),
    ],
)
def test_what_cannot_be_used_is_named(changes, sentence):
    pool = factories.training_pool()

    with pytest.raises(WrongInput, match=sentence):
        training_plan.plan(order(pool, **changes))


# --- examples -------------------------------------------------------------------------
def test_twins_differ_by_the_forging_alone():
    pool = factories.training_pool()
    planned = training_plan.plan(order(pool))

    made = examples.twin_examples(
        planned.images(planned.train), planned.manipulators, silent
    )

    # two photographs x two profiles x two classes
    assert len(made) == 8
    assert made.truth.sum() == 4
    assert len(set(made.pair.tolist())) == 4
    for pair in set(made.pair.tolist()):
        twins = made.pair == pair
        assert sorted(made.truth[twins].tolist()) == [False, True]
    assert not made.mask[~made.truth].any()
    assert made.mask[made.truth].any((1, 2)).all()
    assert set(made.family[made.truth].tolist()) == {"paper-unet"}
    first = planned.images(planned.train)[0]
    expected = rendering.as_seen_by_detector(
        rendering.finished_original(first, PAPER), examples.READER
    )
    assert np.array_equal(made.images[0], expected)


def test_every_recipe_forges_beside_one_original():
    """S8: forgeries of the U-Net and of CycleGAN, and their originals once."""
    pool = factories.training_pool()
    factories.working_manipulator(pool, "glaucoma", recipe="cyclegan")
    planned = training_plan.plan(order(pool))

    made = examples.twin_examples(
        planned.images(planned.train), planned.manipulators, silent
    )

    assert len(planned.forgers) == 2
    for pair in set(made.pair.tolist()):
        group = made.pair == pair
        assert sorted(made.family[group].tolist()) == ["", "cyclegan", "paper-unet"]
        assert made.truth[group].sum() == 2


def test_the_unmatched_view_leaves_the_originals_blur_out():
    pool = factories.training_pool()
    planned = training_plan.plan(order(pool))
    images = planned.images(planned.train)

    matched = examples.twin_examples(images, planned.manipulators, silent)
    unmatched = examples.twin_examples(
        images, planned.manipulators, silent, ways=examples.UNMATCHED_WAYS
    )

    assert not np.array_equal(matched.images[0], unmatched.images[0])
    assert np.array_equal(matched.images[1], unmatched.images[1])


# --- training through a job -----------------------------------------------------------
def test_training_stores_all_it_has_seen_and_pins_it(tiny_presets):
    pool = factories.training_pool(lesions=("glaucoma", "normal"), n=1)

    job = train(order(pool, seed=5))

    assert job.state == Job.State.DONE, job.log
    model = DetectorModel.objects.get(name="tiny")
    assert job.result["detector"] == model.pk
    seen = set(model.clusters.all())
    train_clusters = factories.clusters_with(pool, "detector-train")
    assert seen == {*train_clusters, *factories.clusters_with(pool, "validation")}
    pinned = Reservation.objects.filter(is_pinned=True)
    assert {one.cluster for one in pinned} == seen
    assert set(model.manipulators.all()) == set(pool.manipulators.all())
    assert (model.seed, model.config["seed"], model.config["steps"]) == (5, 5, 3)
    assert len(model.data_hash) == len(model.sha256) == 64
    assert model.loss_curve[-1][0] == 3
    assert set(model.metrics["baseline"]) == {"matched", "unmatched"}
    with model.file.open("rb") as stored:
        assert hashlib.sha256(stored.read()).hexdigest() == model.sha256
    loaded = Detector.load(model.file.path, model.sha256)
    assert (loaded.threshold, loaded.temperature) == (
        model.threshold,
        model.temperature,
    )


def test_the_same_run_again_finds_its_detector_and_another_one_is_refused(tiny_presets):
    pool = factories.training_pool(n=1)
    first = train(order(pool))

    again = train(order(pool))
    other = train(order(pool, seed=2))

    assert again.result == first.result | {"is_new": False}
    assert other.state == Job.State.FAILED
    assert "tiny exists and was trained otherwise" in other.message
    assert DetectorModel.objects.count() == 1


def stop_after(monkeypatch, steps: int) -> None:
    """Let a job be cancelled before its next step."""
    asked = []

    def should_stop(self):
        asked.append(self)
        return len(asked) > steps

    monkeypatch.setattr(JobContext, "should_stop", should_stop)


def test_a_cancelled_run_goes_on_to_the_same_weights(
    tiny_presets, monkeypatch, coordinator
):
    pool = factories.training_pool(n=1)
    whole = train(order(pool, name="whole"))
    with monkeypatch.context() as patch:
        stop_after(patch, 2 + 2)  # twins of train and validation, then two steps
        job = train(order(pool, name="halves"))
    assert job.state == Job.State.CANCELLED
    assert 0 < job.done < job.total  # progress is saved twice a second at most
    assert not DetectorModel.objects.filter(name="halves").exists()

    retry(job, coordinator)
    from detector.services.training import train_work

    run_job(job.pk, train_work)
    job.refresh_from_db()

    assert job.state == Job.State.DONE
    assert job.result["sha256"] == whole.result["sha256"]
    halves = DetectorModel.objects.get(name="halves")
    curve = DetectorModel.objects.get(name="whole").loss_curve
    assert halves.loss_curve == curve


class Killed(BaseException):
    """What ``kill -9`` is to a process, this is to a test."""


def test_a_killed_worker_leaves_a_job_that_finishes_with_the_same_weights(
    tiny_presets, monkeypatch
):
    from detector.services.training import train_work

    pool = factories.training_pool(n=1)
    whole = train(order(pool, name="whole"))
    job = job_for(order(pool, name="killed"))
    told = JobContext.progress

    def die(self, done, total, message=""):
        told(self, done, total, message)
        if message.startswith("loss") and done == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(JobContext, "progress", die)
        with pytest.raises(Killed):
            run_job(job.pk, train_work)
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    Job.objects.filter(pk=job.pk).update(heartbeat=None)

    requeue_stale()
    steps = []
    with monkeypatch.context() as patch:
        patch.setattr(
            JobContext,
            "progress",
            lambda _self, done, _total, message="": steps.append((done, message)),
        )
        run_job(job.pk, train_work)
    job.refresh_from_db()

    assert job.state == Job.State.DONE, job.message
    assert job.attempts == 2
    trained = [done for done, message in steps if message.startswith("loss")]
    assert trained == [2, 3]  # the second step was not saved: it was made again
    assert job.result["sha256"] == whole.result["sha256"]


def test_the_default_of_a_pool_learns_every_family_but_those_kept_for_tests(
    monkeypatch,
):
    recipe = configs.RECIPES["default"]
    quick = replace(recipe.presets["quick"], steps=1, batch_size=2)
    tiny = replace(recipe, presets={"quick": quick})
    monkeypatch.setitem(configs.RECIPES, recipe.key, tiny)
    learned = []
    real = network_training.train

    def train_and_tell(examples, *parts, **options):
        learned.append(examples)
        return real(examples, *parts, **options)

    monkeypatch.setattr(network_training, "train", train_and_tell)
    pool = factories.training_pool(n=1)

    job = train(order(pool, recipe="default"))

    made = DetectorModel.objects.get(pk=job.result["detector"])
    families = set(learned[0].family[learned[0].truth].tolist())
    assert families >= {"paper-unet", "lesion-insert"}
    assert not families & {"splice", "inpaint"}
    pairs = [pair.rpartition("/")[2] for pair in learned[0].pair.tolist()]
    assert set(pairs) == {"plain", "paper"}
    assert made.metrics["baseline"]["matched"]
    assert made.manipulators.get() == pool.manipulators.get()
    seen = [*factories.clusters_with(pool, "detector-train")]
    seen += factories.clusters_with(pool, "validation")
    assert set(made.clusters.all()) == set(seen)
