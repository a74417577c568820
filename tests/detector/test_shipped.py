"""The shipped detector: light, open data only, kept away from what it has seen."""

import json

import numpy as np
import pytest

from detector.network.inference import Detector
from detector.services import shipped
from detector.services.bundles import Bundles
from forgery.exceptions import TrainedOn
from forgery.models import Reservation
from forgery.services.reservations import check_scoring
from observers.services import sets
from tests import factories


def test_weights_are_small_and_those_of_the_card():
    assert shipped.WEIGHTS.stat().st_size < 5 * 2**20
    Detector.load(shipped.WEIGHTS, shipped.card()["sha256"])


def test_card_names_open_sources_alone_and_no_patient():
    text = shipped.CARD.read_text(encoding="utf-8")
    card = json.loads(text)

    assert set(card["data"]) == {"idrid", "hygd", "phantom"}
    assert "odir" not in text.lower()
    assert "IDRiD_" not in text
    assert all(len(mark) == 24 for mark in card["seen"])


def test_shipped_detector_scores_out_of_the_box():
    detector = Detector.load(shipped.WEIGHTS, device="cpu")
    images = np.zeros((1, 256, 256, 3), np.uint8)
    probability = detector.probability(detector.score(images))

    assert 0 <= probability[0] <= 1
    assert detector.heatmap(images).shape == (1, 256, 256)


@pytest.fixture
def seen_image(monkeypatch):
    image = factories.FundusImageFactory(source_sha256="ab" * 32)
    mark = shipped.marks_of(image.source_sha256, int(image.dhash, 16))[0]
    monkeypatch.setattr(shipped, "card", lambda: {**CARD, "seen": [mark]})
    return image


CARD = shipped.card() if shipped.CARD.exists() else {}


@pytest.mark.django_db
def test_clusters_that_it_has_seen_are_refused_by_name(seen_image):
    other = factories.FundusImageFactory()
    model = shipped.adopt(seen_image.pool)
    seen = set(model.clusters.values_list("pk", flat=True))

    assert seen == {seen_image.cluster_id}
    check_scoring(
        other.cluster, trained_clusters_of_model=seen, model_name="Detector default"
    )
    with pytest.raises(TrainedOn, match=f"cluster {seen_image.cluster.name}"):
        check_scoring(
            seen_image.cluster,
            trained_clusters_of_model=seen,
            model_name="Detector default",
        )


@pytest.mark.django_db
def test_it_is_adopted_once(seen_image):
    assert shipped.adopt(seen_image.pool).pk == shipped.adopt(seen_image.pool).pk
    assert [m.name for m in shipped.family_of("default", seen_image.pool)] == [
        "default"
    ]


@pytest.mark.django_db
def test_studies_never_draw_clusters_that_it_has_seen(seen_image):
    seen_image.lesion = "normal"
    seen_image.excluded_because = ""
    seen_image.save()
    Reservation.objects.create(
        cluster=seen_image.cluster, role="opt", lesion="normal", seed=1
    )

    _, drawable = sets.drawable_images(seen_image.pool, "normal")

    assert seen_image.cluster_id not in drawable


@pytest.mark.django_db
def test_a_chance_collision_bars_a_cluster_and_not_its_pool(seen_image):
    pool = seen_image.pool
    assert shipped.is_source(pool)

    for _ in range(30):
        factories.FundusImageFactory(pool=pool, dhash="1" * 16)

    assert not shipped.is_source(pool)
    other = pool.images.exclude(pk=seen_image.pk).first()
    found = Bundles([pool])
    assert found.of(seen_image) == {}
    assert {"paper-unet", "cyclegan/diabetic-retinopathy"} <= set(found.of(other))
    assert not any(name.endswith(other.lesion) for name in found.of(other))
