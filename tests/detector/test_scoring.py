"""Scoring once, refusals by name, clusters of a pool, folders, refused starts."""

import numpy as np
import pytest

from detector.models import DetectorModel, DetectorScore
from detector.network.inference import Detector
from detector.services import pool_plan, pool_scoring, starting
from detector.services.allowed import Scorable
from detector.services.folders import image_files, overlay, score_folder
from detector.services.pool_plan import ScoringOrder
from detector.services.scoring import score
from detector.services.tables import cell, score_row
from forgery.exceptions import AlreadyReserved, TrainedOn, WrongInput
from forgery.imaging import fundus
from forgery.models import Job, Manipulation
from forgery.services.job_context import JobContext
from tests import factories
from tests.detector.orders import order, silent

pytestmark = pytest.mark.django_db


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
    assert "is not a JPEG" in rows[1].problem
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
