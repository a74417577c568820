"""Near-duplicates share a cluster across patients and pools; roles are respected."""

import shutil

import pytest
from PIL import Image as PillowImage

from forgery.models import (
    FundusImage,
    ImportProblem,
    Manipulator,
    PatientCluster,
    Reservation,
)
from forgery.services.clusters import merge
from tests import factories

pytestmark = pytest.mark.django_db


def again(source, folder, files: dict[str, str], write_rows) -> None:
    """Make another source from copies of ``files`` (new name to old)."""
    (folder / "images").mkdir(parents=True)
    for new, old in files.items():
        shutil.copy(source / "images" / old, folder / "images" / new)
    write_rows(folder, [[n, "normal", f"other-{n}", "right"] for n in files])


def give_role(patient: str, role: str, *, is_pinned: bool = False) -> PatientCluster:
    cluster = FundusImage.objects.filter(patient_id=patient).earliest("pk").cluster
    Reservation.objects.filter(cluster=cluster).delete()
    Reservation.objects.create(
        cluster=cluster, role=role, lesion="normal", seed=1, is_pinned=is_pinned
    )
    return cluster


def test_exact_duplicate_under_another_patient_joins_and_is_left_out(
    source, import_into, write_rows
):
    shutil.copy(source / "images" / "p0.jpg", source / "images" / "p4.jpg")

    import_into(source)

    first, second = FundusImage.objects.filter(source_file__in=["p0.jpg", "p4.jpg"])
    assert first.cluster == second.cluster
    assert (first.excluded_because, second.excluded_because) == ("", "near-duplicate")
    assert not second.is_trainable
    assert Reservation.objects.filter(cluster=first.cluster).count() == 1


def test_recompressed_duplicate_in_another_pool_joins_its_cluster_and_role(
    source, tmp_path, import_into, write_rows
):
    import_into(source)
    other = tmp_path / "other"
    again(source, other, {"copy.jpg": "p0.jpg"}, write_rows)
    path = other / "images" / "copy.jpg"
    PillowImage.open(path).save(path, quality=75)

    import_into(other, pool="other", opt=1)

    original = FundusImage.objects.get(source_file="p0.jpg")
    copy = FundusImage.objects.get(source_file="copy.jpg")
    assert copy.content_hash != original.content_hash
    assert copy.cluster == original.cluster
    assert copy.excluded_because == ""  # it is no duplicate within its own pool


def test_without_patient_each_near_duplicate_group_is_a_flagged_cluster(
    source, import_into, write_rows
):
    shutil.copy(source / "images" / "p0.jpg", source / "images" / "p4.jpg")
    write_rows(source, [[f"p{n}.jpg", "normal", "", "right"] for n in (0, 1, 4)])

    import_into(source)

    clusters = PatientCluster.objects.all()
    assert sorted(c.images.count() for c in clusters) == [1, 2]
    assert all(c.is_split_by_image for c in clusters)


def test_new_eye_of_a_known_patient_joins_the_patient(source, import_into, write_rows):
    rows = [["p0.jpg", "normal", "kim", "right"]]
    write_rows(source, rows)
    import_into(source)
    write_rows(source, [*rows, ["p1.jpg", "glaucoma", "kim", "left"]])

    import_into(source)

    assert PatientCluster.objects.get().images.count() == 2


def bridge(source, import_into, write_rows) -> None:
    """Import p0 and p1 apart, then a patient whose images repeat both."""
    for file in ("p0.jpg", "p1.jpg"):
        shutil.copy(source / "images" / file, source / "images" / f"again-{file}")
    rows = list_rows(source)
    write_rows(
        source,
        [
            *rows,
            ["again-p0.jpg", "normal", "bridge", "right"],
            ["again-p1.jpg", "normal", "bridge", "right"],
        ],
    )
    import_into(source)


def list_rows(source) -> list[list[str]]:
    lines = (source / "labels.csv").read_text().splitlines()[1:]
    return [line.split(",") for line in lines]


def test_bridge_merges_clusters_and_the_stricter_role_wins(
    source, import_into, write_rows
):
    import_into(source)
    kept = give_role("patient-0", "manipulator-train")
    gone = give_role("patient-1", "opt")
    manipulator = factories.ManipulatorFactory.create()
    manipulator.clusters.set([gone])

    bridge(source, import_into, write_rows)

    merged = FundusImage.objects.get(source_file="again-p0.jpg").cluster
    assert merged == kept
    assert merged.images.count() == 4
    assert merged.reservation.role == "opt"
    assert not PatientCluster.objects.filter(pk=gone.pk).exists()
    assert list(manipulator.clusters.all()) == [merged]


def test_bridge_between_pinned_roles_is_refused_by_name(
    source, import_into, write_rows
):
    import_into(source)
    one = give_role("patient-0", "detector-train", is_pinned=True)
    two = give_role("patient-1", "opt", is_pinned=True)

    bridge(source, import_into, write_rows)

    problem = ImportProblem.objects.get(file="again-p0.jpg")
    assert f"{one.name}: detector-train" in problem.reason
    assert f"{two.name}: opt" in problem.reason
    assert not FundusImage.objects.filter(patient_id="bridge").exists()
    assert one.reservation.role == "detector-train"


def test_merge_keeps_one_mention_where_both_were_named():
    images = [factories.FundusImageFactory.create() for _ in range(2)]
    clusters = [image.cluster for image in images]
    for image in images:
        factories.reserve(image, "opt")
    manipulator: Manipulator = factories.ManipulatorFactory.create()
    manipulator.clusters.set(clusters)

    merged = merge(list(PatientCluster.objects.order_by("pk")))

    assert list(manipulator.clusters.all()) == [merged]
    assert merged.images.count() == 2
    assert Reservation.objects.get().cluster == merged
