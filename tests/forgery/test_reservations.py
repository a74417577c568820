"""Reservations: seeded, kept, cross-fitted where few are left, refused by name."""

from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from forgery.exceptions import AlreadyReserved, TrainedOn, WrongInput
from forgery.models import FundusImage, PatientCluster, Reservation
from forgery.services import reservations
from tests import factories

pytestmark = pytest.mark.django_db
Role = Reservation.Role


@pytest.fixture
def pool():
    """Forty normal eyes that count, and ten left ones that may only train."""
    made = factories.PoolFactory.create(seed=3)
    for number in range(50):
        cluster = PatientCluster.objects.create(name=f"c{number:02d}")
        is_left = number >= 40
        FundusImage.objects.create(
            pool=made,
            cluster=cluster,
            lesion="normal",
            source_file=f"{number}.png",
            eye="left" if is_left else "right",
            excluded_because="left-eye" if is_left else "",
            is_trainable=True,
            width=1,
            height=1,
            dhash="0" * 16,
            thumbnail=b"",
            content_hash=str(number),
        )
    return made


def roles() -> dict[str, str]:
    return {r.cluster.name: str(r) for r in Reservation.objects.all()}


def test_opt_and_practice_first_then_the_shares(pool):
    counts = reservations.reserve(pool=pool, seed=3, opt=10, practice=2)

    assert counts["normal"] == Counter(
        {
            "opt": 10,
            "practice": 2,
            "manipulator-train": 14,
            "detector-train": 14,
            "validation": 6,
            "test": 4,
        }
    )
    kept = Reservation.objects.filter(role__in=["opt", "practice", "test"])
    assert all(r.cluster.images.get().eye == "right" for r in kept)


def test_same_seed_same_roles_another_seed_others(pool):
    reservations.reserve(pool=pool, seed=3, opt=10)
    first = roles()
    Reservation.objects.all().delete()
    reservations.reserve(pool=pool, seed=3, opt=10)
    assert roles() == first

    Reservation.objects.all().delete()
    reservations.reserve(pool=pool, seed=4, opt=10)
    assert roles() != first


def test_reserving_again_changes_nothing(pool):
    reservations.reserve(pool=pool, seed=3, opt=10)
    first = roles()

    reservations.reserve(pool=pool, seed=99, opt=10)

    assert roles() == first


def test_few_left_are_cross_fitted(pool):
    counts = reservations.reserve(pool=pool, seed=3, opt=40, practice=2)

    assert counts["normal"]["opt"] == 40
    assert counts["normal"]["manipulator-train"] > 0  # ten left eyes are enough

    Reservation.objects.all().delete()
    FundusImage.objects.filter(eye="left", source_file__gte="43").delete()
    counts = reservations.reserve(pool=pool, seed=3, opt=37, practice=2)

    assert counts["normal"] == Counter({"practice": 2, "crossfit": 41})
    folds = Reservation.objects.filter(role="crossfit").values_list("fold", flat=True)
    assert Counter(folds) == {0: 14, 1: 14, 2: 13}


def test_practice_comes_first_where_all_else_is_cross_fitted(pool):
    gone = [f"{number}.png" for number in range(30, 50)]
    FundusImage.objects.filter(source_file__in=gone).delete()

    counts = reservations.reserve(pool=pool, seed=3)
    again = reservations.reserve(pool=pool, seed=4)

    assert counts["normal"] == Counter({"practice": 2, "crossfit": 30 - 2})
    assert again == counts


def test_later_images_of_a_cross_fitted_lesion_are_cross_fitted_too(pool):
    late = list(FundusImage.objects.filter(eye="right")[20:])
    FundusImage.objects.filter(pk__in=[one.pk for one in late]).update(lesion="")
    FundusImage.objects.filter(eye="left").delete()
    reservations.reserve(pool=pool, seed=3, opt=20)
    before = Counter(
        Reservation.objects.filter(role="crossfit").values_list("fold", flat=True)
    )
    FundusImage.objects.filter(pk__in=[one.pk for one in late]).update(lesion="normal")

    counts = reservations.reserve(pool=pool, seed=3, opt=20)

    folds = Reservation.objects.filter(role="crossfit").values_list("fold", flat=True)
    assert counts["normal"]["opt"] == 0
    assert max(Counter(folds).values()) - min(Counter(folds).values()) <= 1
    assert sum(before.values()) < counts["normal"]["crossfit"]


def test_clusters_for_a_role_and_held_out_fold(pool):
    images = list(pool.images.all()[:4])
    for fold, image in enumerate(images[:3]):
        factories.reserve(image, "crossfit", fold)
    factories.reserve(images[3], "manipulator-train")

    def names(role, fold):
        found = reservations.clusters_for(pool, role, held_out_fold=fold)
        return [cluster.name for cluster in found]

    assert names("manipulator-train", None) == ["c03"]
    assert names("manipulator-train", 1) == ["c00", "c02", "c03"]
    assert names("test", 1) == ["c01"]
    assert names("opt", 1) == []


@pytest.mark.parametrize(
    ("role", "fold", "asked", "held_out", "words"),
    [
        ("manipulator-train", None, "manipulator-train", None, None),
        ("opt", None, "manipulator-train", None, "reserved for opt"),
        ("validation", None, "detector-train", None, "reserved for validation"),
        ("crossfit", 1, "manipulator-train", 0, None),
        ("crossfit", 1, "manipulator-train", 1, "fold 1"),
        ("crossfit", 1, "manipulator-train", None, "fold 1"),
        ("crossfit", 1, "opt", 0, "reserved for crossfit"),
        (None, None, "manipulator-train", None, "no role yet"),
    ],
)
def test_training_is_refused_by_name(role, fold, asked, held_out, words):
    image = factories.FundusImageFactory.create()
    if role:
        factories.reserve(image, role, fold)

    if words is None:
        reservations.check_training([image.cluster], role=asked, held_out_fold=held_out)
        return
    with pytest.raises(AlreadyReserved, match=words) as refusal:
        reservations.check_training([image.cluster], role=asked, held_out_fold=held_out)
    assert image.cluster.name in str(refusal.value)


def test_drawing_is_refused_by_name():
    image = factories.FundusImageFactory.create()
    factories.reserve(image, "test")

    reservations.check_drawing([image.cluster], "test")
    with pytest.raises(AlreadyReserved, match=f"{image.cluster.name}.*test.*opt"):
        reservations.check_drawing([image.cluster], "opt")


def test_a_cross_fitted_cluster_may_be_drawn_for_a_study_and_for_nothing_else():
    image = factories.FundusImageFactory.create()
    factories.reserve(image, "crossfit", 1)

    reservations.check_drawing([image.cluster], "opt")
    with pytest.raises(AlreadyReserved, match=r"crossfit \(fold 1\).*practice"):
        reservations.check_drawing([image.cluster], "practice")


@pytest.mark.parametrize(
    ("role", "fold", "is_trained", "held_out", "is_refused"),
    [
        ("opt", None, False, None, False),
        ("opt", None, True, None, True),
        ("opt", None, False, 2, False),
        ("crossfit", 1, False, 1, False),
        ("crossfit", 1, False, 0, True),
        (None, None, False, None, False),
    ],
)
def test_scoring_is_refused_by_name(role, fold, is_trained, held_out, is_refused):
    cluster = factories.FundusImageFactory.create().cluster
    if role:
        factories.reserve(cluster.images.get(), role, fold)
    cluster.refresh_from_db()

    def check():
        reservations.check_scoring(
            cluster,
            trained_clusters_of_model={cluster.pk} if is_trained else set(),
            model_name="Sherlock",
            held_out_fold=held_out,
        )

    if not is_refused:
        check()
        return
    with pytest.raises(TrainedOn, match=f"Sherlock.*{cluster.name}.*{role}"):
        check()


def test_pinned_roles_are_marked(pool):
    factories.reserve(pool.images.first())

    reservations.pin([pool.images.first().cluster])

    assert Reservation.objects.get().is_pinned


def test_command_prints_the_table_and_refuses_nonsense(pool, capsys):
    call_command("reserve", pool.name, opt=10)

    assert "normal: detector-train 14" in capsys.readouterr().out
    with pytest.raises(CommandError, match="No pool 'nowhere'"):
        call_command("reserve", "nowhere")
    with pytest.raises(CommandError, match="0 or more"):
        call_command("reserve", pool.name, opt=-1)
    with pytest.raises(WrongInput):
        reservations.reserve(pool=pool, seed=1, practice=-1)
