"""Looking through a pool: filters, near-duplicates, bounds that can be moved."""

import json
import re

import numpy as np
import pytest
from django.urls import reverse

from forgery.exceptions import PoolFixed
from forgery.imaging import duplicates
from forgery.imaging.selection import THRESHOLDS, Measures
from forgery.models import FundusImage, Reservation
from forgery.services import reservations, thresholds
from tests import factories

pytestmark = pytest.mark.django_db
FIT = {
    "black": 0.1,
    "side": 512,
    "roundness": 0.99,
    "visible": 0.99,
    "brightness": 120.0,
    "sharpness": 0.02,
    "vessels": 0.03,
}


def photograph(pool, *, picture: int, **fields):
    """Make an image with measures and the small copy of a picture of noise."""
    measures = FIT | fields.pop("measures", {})
    Measures(**measures)  # names are those of the program
    noise = np.random.default_rng(picture).integers(0, 255, (32, 32, 3), np.uint8)
    return factories.FundusImageFactory(
        pool=pool,
        measures=measures,
        dhash=f"{duplicates.difference_hash(noise):016x}",
        thumbnail=duplicates.thumbnail(noise).tobytes(),
        **fields,
    )


@pytest.fixture
def pool():
    """Twelve sharp photographs of twelve patients, sharpness rising by image."""
    made = factories.PoolFactory(name="clinic", eyes="any", licence="CC BY 4.0")
    for n in range(12):
        photograph(made, picture=n, measures={"sharpness": 0.0150 + n / 1000})
    reservations.reserve(pool=made, seed=1, opt=2, practice=0)
    made.options = {"opt": 2, "practice": 0}
    made.save()
    return made


def shown(client, pool, **chosen) -> list[str]:
    address = reverse("forgery:images", args=[pool.name])
    html = client.get(address, chosen).text
    return re.findall(r'alt="(SECRET[^"]+)"', html)


def test_filters_of_eye_fate_and_text_and_order_by_quality(pool, coordinator_client):
    first, second, *_ = images = list(pool.images.order_by("pk"))
    FundusImage.objects.filter(pk=first.pk).update(eye="left", patient_id="kim-7")
    FundusImage.objects.filter(pk=second.pk).update(excluded_because="blurred")

    assert shown(coordinator_client, pool, eye="left") == [first.source_file]
    assert shown(coordinator_client, pool, fate="blurred") == [second.source_file]
    assert shown(coordinator_client, pool, find="KIM") == [first.source_file]
    by_sharpness = shown(coordinator_client, pool, order="sharpness")
    assert by_sharpness == [image.source_file for image in images]


def test_origin_and_licence_stand_wherever_images_are(pool, coordinator_client):
    image = pool.images.first()
    for address in (
        pool.get_absolute_url(),
        reverse("forgery:images", args=[pool.name]),
        reverse("forgery:bounds", args=[pool.name]),
        reverse("forgery:duplicates", args=[pool.name]),
        reverse("forgery:image", args=[image.pk]),
    ):
        html = coordinator_client.get(address).text
        assert "made for a test" in html, address
        assert "CC BY 4.0" in html, address


def test_licence_can_be_stated_later(pool, coordinator_client):
    address = reverse("forgery:origin", args=[pool.name])

    coordinator_client.post(address, {"source": "elsewhere", "licence": "ODC-By 1.0"})

    pool.refresh_from_db()
    assert pool.licence == "ODC-By 1.0"
    assert pool.source == "made for a test"  # a phantom is what it is


def test_near_duplicates_stand_side_by_side(pool, coordinator_client):
    twin = photograph(pool, picture=3, patient_id="another", lesion="normal")
    FundusImage.objects.filter(pk=twin.pk).update(excluded_because="near-duplicate")

    html = coordinator_client.get(reverse("forgery:duplicates", args=["clinic"])).text

    assert html.count("<figure>") == 2
    assert twin.source_file in html
    assert "filed under different patients" in html
    assert "labelled differently" in html


def test_the_cut_shows_what_falls_out_before_it_is_applied(pool, coordinator_client):
    html = coordinator_client.get(reverse("forgery:bounds", args=["clinic"])).text

    data = re.search(r'id="measures" type="application/json">(.*?)</script>', html)
    assert data is not None
    rows = json.loads(data[1])
    assert len(rows) == 12
    assert {"id", "fate", *FIT} == set(rows[0])
    assert html.count("<svg") - html.count('class="icon') >= 7
    assert not FundusImage.objects.exclude(excluded_because="").exists()


def apply(client, **bounds):
    held = dict(vars(THRESHOLDS))
    return client.post(reverse("forgery:bounds", args=["clinic"]), held | bounds)


def test_applied_bounds_leave_out_take_back_and_draw_roles_anew(
    pool, coordinator_client
):
    labelled = photograph(pool, picture=50, excluded_because="other-finding")
    before = pool.data_hash

    apply(coordinator_client, least_sharpness=0.0205)

    pool.refresh_from_db()
    assert pool.images.filter(excluded_because="blurred").count() == 6
    assert pool.data_hash != before
    roles = Reservation.objects.filter(role="opt", cluster__images__pool=pool)
    assert all(
        role.cluster.images.filter(excluded_because="").exists() for role in roles
    )
    labelled.refresh_from_db()
    assert labelled.excluded_because == "other-finding"

    apply(coordinator_client)
    assert not pool.images.filter(excluded_because="blurred").exists()


def test_bounds_are_fixed_once_a_model_rests_on_the_pool(pool, coordinator_client):
    factories.ManipulatorFactory(pool=pool)

    with pytest.raises(PoolFixed):
        thresholds.apply(pool=pool, bounds={"least_sharpness": 0.02})

    page = coordinator_client.get(reverse("forgery:bounds", args=["clinic"]))
    assert "its selection is fixed" in page.text
    apply(coordinator_client, least_sharpness=0.03)
    assert not pool.images.filter(excluded_because="blurred").exists()


@pytest.mark.parametrize("name", ["images", "duplicates", "bounds"])
def test_pages_ask_no_more_questions_of_a_larger_pool(
    name, pool, coordinator_client, django_assert_max_num_queries
):
    for n in range(40):
        photograph(pool, picture=n % 20)  # pairs of near-duplicates

    with django_assert_max_num_queries(14):
        coordinator_client.get(reverse(f"forgery:{name}", args=["clinic"]))


def test_the_pool_says_what_comes_next(coordinator_client, pool):
    made = factories.tiny_pool(("glaucoma",), n=10, name="ready")
    bare = factories.PoolFactory(name="bare")
    for _ in range(10):
        factories.image_with_role(bare, "opt", lesion="normal")
    factories.image_with_role(bare, "opt", lesion="glaucoma")  # one makes no set

    first = coordinator_client.get(bare.get_absolute_url()).text
    last = coordinator_client.get(made.pool.get_absolute_url()).text

    assert "Train a manipulator for Normal" in first
    assert "pool=bare&amp;lesion=normal" in first
    assert "Train a manipulator for Glaucoma" not in first
    assert "a study can take its cases from here" in last
    made.manipulators["glaucoma"].manipulations.all().delete()
    again = coordinator_client.get(made.pool.get_absolute_url()).text
    assert "Manipulate the images of Glaucoma" in again
