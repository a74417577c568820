"""Plans, training through a job, scoring once, refusals by name."""

import hashlib

import numpy as np
import pytest

from detector.exceptions import NothingToTrainOn
from detector.models import DetectorModel, DetectorScore
from detector.network.inference import Detector
from detector.services import examples, pool_plan, pool_scoring, starting, training_plan
from detector.services.allowed import Scorable
from detector.services.folders import image_files, overlay, score_folder
from detector.services.pool_plan import ScoringOrder
from detector.services.scoring import score
from detector.services.tables import cell, score_row
from detector.services.training_plan import DetectorOrder
from forgery.exceptions import AlreadyReserved, TrainedOn, WrongInput
from forgery.imaging import fundus
from forgery.imaging.profiles import PAPER
from forgery.models import Job, Manipulation, Reservation
from forgery.services import rendering
from forgery.services.job_context import JobContext
from forgery.services.jobs import requeue_stale, retry, run_job
from tests import factories

pytestmark = pytest.mark.django_db


def silent(*_told):
    """Hear of progress and do nothing."""


def order(of, **changes) -> DetectorOrder:
    values = {"name": "tiny", "preset": "quick"}
    return DetectorOrder(**({"pool": of.name} | values | changes))


def job_for(wanted: DetectorOrder) -> Job:
    return Job.objects.create(
        kind="detector.train_detector", arguments=wanted.to_arguments()
    )


def train(wanted: DetectorOrder) -> Job:
    from detector.services.training import train_work

    job = job_for(wanted)
    run_job(job.pk, train_work)
    job.refresh_from_db()
    return job


# --- plans ----------------------------------------------------------------------------
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

    with pytest.raises(NothingToTrainOn, match=r"bare has 0 clusters .* command res"):
        training_plan.plan(order(pool))


def test_a_cross_fitted_pool_must_hold_a_fold_out():
    pool = factories.PoolFactory()
    for i in range(6):
        factories.image_with_role(pool, "crossfit", fold=i % 3)

    with pytest.raises(NothingToTrainOn, match="name --held-out-fold 0, 1 or 2"):
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
        ({"recipe": "magic"}, "no detector recipe 'magic'"),
        ({"preset": "slow"}, "no preset 'slow'"),
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


# --- scoring --------------------------------------------------------------------------
def scorable(image, manipulation=None, fill: int = 0) -> Scorable:
    rng = np.random.default_rng([image.pk, fill])
    pixels = rng.integers(0, 255, (256, 256, 3)).astype(np.uint8)
    return Scorable(image, manipulation, lambda: pixels)


def test_the_same_pixels_are_stored_once_and_order_is_kept():
    detector = factories.DetectorModelFactory()
    images = [factories.image_with_role(detector.pool, "opt") for _ in range(3)]
    items = [scorable(image) for image in images]

    first = score([detector], items, DetectorScore.View.READER, silent)
    again = score([detector], items[::-1], DetectorScore.View.READER, silent)

    assert [one.image for one in first] == images
    assert again == first[::-1]
    assert DetectorScore.objects.count() == 3
    assert len({one.score for one in first}) == 3
    changed = score(
        [detector], [scorable(images[0], fill=1)], DetectorScore.View.READER, silent
    )
    assert changed[0] != first[0]


def test_scores_are_those_of_the_bundle():
    detector = factories.DetectorModelFactory()
    item = scorable(factories.image_with_role(detector.pool, "opt"))

    [stored] = score([detector], [item], DetectorScore.View.READER, silent)

    bundle = Detector.load(detector.file.path)
    expected = bundle.score(item.pixels()[None])
    assert stored.score == expected[0]
    assert stored.probability == bundle.probability(expected)[0]


@pytest.mark.parametrize("role", ["detector-train", "validation"])
def test_a_cluster_the_detector_saw_is_refused_before_anything_is_stored(role):
    detector = factories.DetectorModelFactory(name="curious")
    free = factories.image_with_role(detector.pool, "opt")
    seen = factories.image_with_role(detector.pool, role)
    detector.clusters.add(seen.cluster)

    with pytest.raises(
        TrainedOn, match=f"curious .* cluster {seen.cluster.name}, .* the role {role}:"
    ):
        score([detector], [scorable(free), scorable(seen)], "matched", silent)
    assert not DetectorScore.objects.exists()


def test_an_image_whose_manipulator_saw_the_cluster_is_refused():
    detector = factories.DetectorModelFactory()
    image = factories.image_with_role(detector.pool, "manipulator-train")
    maker = factories.ManipulatorFactory(pool=detector.pool, name="maker")
    maker.clusters.add(image.cluster)
    forged = factories.manipulate(image, maker)

    with pytest.raises(TrainedOn, match=f"Manipulator maker .* {image.cluster.name}, "):
        score([detector], [scorable(image, forged)], "matched", silent)
    assert len(score([detector], [scorable(image)], "matched", silent)) == 1


def folded_family(folds=(0, 1, 2)) -> tuple[list[DetectorModel], dict]:
    pool = factories.PoolFactory()
    images = {
        fold: factories.image_with_role(pool, "crossfit", fold=fold)
        for fold in (0, 1, 2)
    }
    family = []
    for fold in folds:
        member = factories.DetectorModelFactory(
            name="folded", pool=pool, held_out_fold=fold
        )
        member.clusters.set(i.cluster for f, i in images.items() if f != fold)
        family.append(member)
    return family, images


def test_each_fold_is_scored_by_the_member_that_held_it_out():
    family, images = folded_family()
    free = factories.image_with_role(family[0].pool, "opt")
    items = [scorable(images[fold]) for fold in (2, 0, 1)] + [scorable(free)]

    rows = score(family, items, "matched", silent)

    assert [row.detector.held_out_fold for row in rows] == [2, 0, 1, 0]


def test_a_fold_whose_member_is_missing_is_refused_by_name():
    family, images = folded_family(folds=(0,))
    wrong = images[1].cluster.name

    with pytest.raises(TrainedOn, match=f"{wrong}, .* crossfit \\(fold 1\\)"):
        score(family, [scorable(images[1])], "matched", silent)
    family[0].clusters.clear()
    with pytest.raises(TrainedOn, match=f"holds out fold 0, but cluster {wrong} has"):
        score(family, [scorable(images[1])], "matched", silent)


def test_a_cross_fitted_manipulator_forges_only_its_own_fold():
    family, images = folded_family()
    maker = factories.ManipulatorFactory(
        pool=family[0].pool, name="maker", held_out_fold=1
    )
    forged = factories.manipulate(images[2], maker)

    with pytest.raises(TrainedOn, match="Manipulator maker holds out fold 1"):
        score(family, [scorable(images[2], forged)], "matched", silent)


# --- scoring clusters of a pool -------------------------------------------------------
def scored_pool():
    pool = factories.training_pool()
    detector = factories.DetectorModelFactory(pool=pool, name="scorer")
    detector.clusters.set(factories.clusters_with(pool, "detector-train"))
    for cluster in factories.clusters_with(pool, "opt"):
        factories.manipulate(cluster.images.get(), pool.manipulators.get())
    return pool, detector


def context_of(wanted: ScoringOrder) -> JobContext:
    job = Job.objects.create(
        kind="detector.score_pool",
        arguments=wanted.to_arguments(),
        state=Job.State.RUNNING,
    )
    return JobContext(job)


def test_a_pool_is_scored_on_the_clusters_set_aside_for_tests():
    pool, detector = scored_pool()
    wanted = ScoringOrder(pool.name, detector.name)

    scores = pool_scoring.score_pool(wanted, context_of(wanted))

    expected = {
        *factories.clusters_with(pool, "opt"),
        *factories.clusters_with(pool, "test"),
    }
    assert {one.image.cluster for one in scores} == expected
    assert sum(one.manipulation is not None for one in scores) == 2
    assert {one.view for one in scores} == {"matched"}
    again = pool_scoring.score_work(context_of(wanted))
    assert again["scores"] == [one.pk for one in scores]
    assert (again["originals"], again["manipulated"]) == (4, 2)


def test_only_named_clusters_are_scored():
    pool, detector = scored_pool()
    name = factories.clusters_with(pool, "opt")[0].name
    wanted = ScoringOrder(pool.name, detector.name, (name,))

    planned = pool_plan.plan(wanted)

    assert {item.image.cluster.name for item in planned.items} == {name}
    assert len(planned.items) == 2


def test_a_pool_scoring_refuses_what_the_detector_saw():
    pool, detector = scored_pool()
    name = factories.clusters_with(pool, "detector-train")[0].name

    with pytest.raises(TrainedOn, match=f"scorer .* {name}, .* role detector-train"):
        pool_plan.plan(ScoringOrder(pool.name, detector.name, (name,)))


def test_a_pool_scoring_refuses_what_the_manipulator_saw():
    pool, detector = scored_pool()
    cluster = factories.clusters_with(pool, "manipulator-train")[0]
    factories.manipulate(cluster.images.get(), pool.manipulators.get())

    with pytest.raises(
        TrainedOn, match=f"Manip.* {cluster.name}, .* role manipulator-train"
    ):
        pool_plan.plan(ScoringOrder(pool.name, detector.name, (cluster.name,)))


def test_clusters_without_a_good_image_and_empty_pools_are_named():
    pool, detector = scored_pool()
    poor = factories.image_with_role(
        pool, "opt", is_trainable=False, excluded_because="not-sharp"
    ).cluster
    bare = factories.PoolFactory(name="bare")

    with pytest.raises(WrongInput, match=f"Cluster {poor.name} has no good image"):
        pool_plan.plan(ScoringOrder(pool.name, detector.name, (poor.name,)))
    with pytest.raises(WrongInput, match="Pool bare has no image set aside"):
        pool_plan.plan(ScoringOrder(bare.name, detector.name))


def test_a_score_is_a_row_of_the_table():
    pool, detector = scored_pool()
    wanted = ScoringOrder(pool.name, detector.name)
    pool_scoring.score_pool(wanted, context_of(wanted))
    forged = Manipulation.objects.first()

    row = score_row(DetectorScore.objects.get(manipulation=forged))

    cluster = forged.source.cluster
    assert row[:4] == (cluster.name, "opt", None, "glaucoma")
    assert row[5:8] == (1, forged.manipulator.name, "scorer")
    assert row[10] in {0, 1}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("-x", "'-x"),
        ("@x", "'@x"),
    ],
)
def test_cells_keep_numbers_and_defuse_formulas(value, text):
    assert cell(value) == text


# --- starting -------------------------------------------------------------------------
def test_a_refused_start_leaves_no_job(coordinator):
    pool, detector = scored_pool()
    seen = factories.clusters_with(pool, "detector-train")[0].name
    opt = factories.clusters_with(pool, "opt")[0].name

    with pytest.raises(AlreadyReserved):
        starting.start_training(order=order(pool, clusters=(opt,)), owner=coordinator)
    with pytest.raises(TrainedOn):
        starting.start_scoring(
            order=ScoringOrder(pool.name, detector.name, (seen,)), owner=coordinator
        )
    assert not Job.objects.exists()


# --- folders --------------------------------------------------------------------------
def test_image_files_stay_inside_the_folder(tmp_path):
    outside = tmp_path / "secret.png"
    outside.write_bytes(b"x")
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.JPG").write_bytes(b"x")
    (folder / "notes.txt").write_text("x")
    (folder / "link.png").symlink_to(outside)

    assert image_files(folder) == [folder / "deep" / "a.JPG"]


def test_a_folder_keeps_its_order_around_bad_files(tmp_path):
    for i in (0, 2):
        data = fundus.encode_png(factories.disc(i))
        (tmp_path / f"{i}.png").write_bytes(data)
    (tmp_path / "1.jpg").write_text("not an image")
    bundle = tmp_path / "bundle.safetensors"
    bundle.write_bytes(factories.detector_bundle())
    told = []

    rows = list(
        score_folder(
            Detector.load(bundle),
            tmp_path,
            heatmaps=None,
            progress=lambda *done: told.append(done),
        )
    )

    assert [row.file for row in rows] == ["0.png", "1.jpg", "2.png"]
    assert rows[1].score is None
    assert "1.jpg" in rows[1].problem
    assert rows[0].manipulated == int(rows[0].score >= 0)
    assert told == [(3, 3)]


def test_a_heat_map_reddens_only_what_spoke_for_manipulated():
    image = np.full((256, 256, 3), 100, np.uint8)
    heat = np.zeros((256, 256))
    heat[:16, :16] = 2.0
    heat[200:, 200:] = -2.0

    laid = overlay(image, heat)

    assert (laid[200:, 200:] == 100).all()
    assert not (laid[:16, :16] == 100).any()
    assert np.array_equal(overlay(image, np.zeros((256, 256))), image)
