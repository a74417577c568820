"""Pages of detectors: list, card, training, scoring, download."""

import json
import re

import pytest
from django.urls import reverse

from detector.models import DetectorScore
from detector.network import configs
from detector.services import shipped
from forgery.models import Job
from tests import factories

pytestmark = pytest.mark.django_db
TRAIN = reverse("detector:train")


def training(of, **changes):
    values = {"name": "tiny", "pool": of.name, "recipe": "default", "preset": "quick"}
    return values | {"seed": 1} | changes


def test_without_one_trained_here_the_list_says_what_to_do(coordinator_client):
    page = coordinator_client.get(reverse("detector:models"))

    assert page.status_code == 200
    assert "None trained here yet" in page.text
    assert TRAIN in page.text


def test_the_shipped_detector_is_listed_with_its_card(coordinator_client):
    known = shipped.card()

    page = coordinator_client.get(reverse("detector:models")).text

    assert "comes with the program" in page
    for told in ("IDRiD", "CC BY 4.0", "HYGD", "ODC-By 1.0", known["sha256"]):
        assert told in page
    splice = known["test"]["lossless"]["splice"]["auc"]
    assert re.search(rf"Splice</th><td>never</td>\s*<td[^>]*>{splice:.3f}<", page)
    assert f"{known['metrics']['validation_auc']:.3f}" in page
    assert str(known["test"]["lossless"]["n_original"]) + " photographs" in page


def test_once_in_use_the_shipped_detector_claims_no_pool(coordinator_client):
    pool = factories.PoolFactory(name="clinic")
    row = shipped.adopt(pool)

    listed = coordinator_client.get(reverse("detector:models")).text
    page = coordinator_client.get(row.get_absolute_url()).text

    assert "<td>comes with the program</td>" in listed
    assert "It comes with the program" in page
    assert "trained on pool clinic" not in page


def test_the_list_offers_training_only_to_those_who_may(make_user, client_of):
    client = client_of(make_user("importer", "forgery.import_pool"))
    factories.DetectorModelFactory(name="sparse")

    page = client.get(reverse("detector:models"))

    assert "sparse" in page.text
    assert TRAIN not in page.text
    assert client.get(TRAIN).status_code == 403


def test_a_card_shows_what_the_model_has_seen(coordinator_client):
    detector = factories.DetectorModelFactory(
        name="sparse",
        metrics={
            "validation_auc": 0.8134,
            "n_train": 176.0,
            "seconds": 352.9,
            "validation_threshold": -0.2352,
            "baseline": {},
        },
    )
    image = factories.image_with_role(detector.pool, "detector-train")
    detector.clusters.add(image.cluster)

    page = coordinator_client.get(detector.get_absolute_url())

    assert "detector training" in page.text
    for figure in ("0.813", "176", "353", "\N{MINUS SIGN}0.235"):
        assert f'<td class="number">{figure}</td>' in page.text
    assert detector.sha256 in page.text
    assert reverse("detector:score", args=[detector.pk]) in page.text
    assert coordinator_client.get("/models/999999/").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_anonymous_goes_to_the_door(client, method):
    response = getattr(client, method)(TRAIN)

    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_a_training_is_queued_with_all_choices(
    coordinator_client, coordinator, sent, django_capture_on_commit_callbacks
):
    pool = factories.training_pool()
    named = [one.name for one in factories.clusters_with(pool, "detector-train")]

    with django_capture_on_commit_callbacks(execute=True):
        response = coordinator_client.post(
            TRAIN, training(pool, seed=9, clusters="\n".join(named) + "\n\n")
        )

    job = Job.objects.get()
    assert response.status_code == 302
    assert job.owner == coordinator
    assert job.arguments == {
        "pool": pool.name,
        "name": "tiny",
        "recipe": "default",
        "preset": "quick",
        "seed": 9,
        "held_out_fold": None,
        "clusters": named,
    }
    assert sent == [("detector.train_detector", {"job_id": job.pk})]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "!"}, "valid"),
        ({"pool": "nowhere"}, "valid choice"),
        ({"preset": "slow"}, "valid choice"),
        ({"preset": "paper"}, "No preset &#x27;paper&#x27; of default"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"held_out_fold": 3}, "less than or equal to 2"),
        ({"clusters": "no-such-cluster"}, "no cluster &#x27;no-such-cluster&#x27;"),
    ],
)
def test_wrong_input_is_named_and_queues_nothing(coordinator_client, changes, sentence):
    pool = factories.training_pool()

    page = coordinator_client.post(TRAIN, training(pool, **changes))

    assert page.status_code == 400
    assert sentence in page.text
    assert not Job.objects.exists()


def test_the_programs_own_recipe_is_offered_first(coordinator_client):
    page = coordinator_client.get(TRAIN)

    first, second = page.context["form"].fields["recipe"].choices
    assert first == ("default", "Forensic detector")
    assert second[0] == "paper-sparse-cnn"
    assert configs.RECIPES["default"].text in page.text


def test_the_page_knows_the_presets_of_each_recipe(coordinator_client):
    form = coordinator_client.get(TRAIN).context["form"]

    known = json.loads(form.fields["recipe"].widget.attrs["data-presets"])

    assert known == {
        "default": ["quick", "full", "gpu"],
        "paper-sparse-cnn": ["quick", "full", "pruned", "paper"],
    }


def test_a_pool_of_few_patients_is_trained_three_times_by_one_form(coordinator_client):
    pool = factories.PoolFactory.create(name="few")
    for number in range(12):
        image = factories.FundusImageFactory.create(pool=pool)
        factories.reserve(image, "crossfit", fold=number % 3)

    answer = coordinator_client.post(TRAIN, training(pool))
    coordinator_client.post(TRAIN, training(pool, name="one", held_out_fold=1))

    assert answer["Location"] == reverse("forgery:jobs")
    asked = Job.objects.order_by("pk").values_list("arguments", flat=True)
    assert [(one["name"], one["held_out_fold"]) for one in asked] == [
        ("tiny", 0),
        ("tiny", 1),
        ("tiny", 2),
        ("one", 1),
    ]


def test_a_refused_cluster_is_named_on_the_page(coordinator_client):
    pool = factories.training_pool()
    wrong = factories.clusters_with(pool, "opt")[0].name

    page = coordinator_client.post(TRAIN, training(pool, clusters=wrong))

    assert page.status_code == 403
    assert f"Cluster {wrong} is reserved for opt" in page.text
    assert f">{wrong}</textarea>" in page.text.replace("\n", "")
    assert not Job.objects.exists()


def test_clusters_are_scored_from_the_card(
    coordinator_client, sent, django_capture_on_commit_callbacks
):
    pool = factories.training_pool()
    detector = factories.DetectorModelFactory(pool=pool, name="scorer")
    name = factories.clusters_with(pool, "test")[0].name
    address = reverse("detector:score", args=[detector.pk])

    with django_capture_on_commit_callbacks(execute=True):
        response = coordinator_client.post(
            address, {"pool": pool.name, "clusters": name}
        )

    job = Job.objects.get()
    assert response.status_code == 302
    assert job.arguments == {
        "pool": pool.name,
        "detector": "scorer",
        "clusters": [name],
    }
    assert sent == [("detector.score_pool", {"job_id": job.pk})]
    assert coordinator_client.get(address).status_code == 405


def test_a_scoring_of_what_was_trained_on_is_refused_on_the_card(coordinator_client):
    pool = factories.training_pool()
    detector = factories.DetectorModelFactory(pool=pool, name="scorer")
    seen = factories.clusters_with(pool, "validation")[0]
    detector.clusters.add(seen)

    page = coordinator_client.post(
        reverse("detector:score", args=[detector.pk]),
        {"pool": pool.name, "clusters": seen.name},
    )

    assert page.status_code == 403
    assert f"cluster {seen.name}, which has the role validation" in page.text
    assert not Job.objects.exists()


def test_scores_are_downloaded_as_a_table(coordinator_client, somebody_client):
    pool = factories.PoolFactory()
    detector = factories.DetectorModelFactory(pool=pool, name="scorer", threshold=1.0)
    image = factories.image_with_role(pool, "opt")
    DetectorScore.objects.create(
        detector=detector,
        image=image,
        view="matched",
        content_hash="a" * 64,
        score=1.5,
        probability=0.625,
        detail=0.0,
    )
    address = reverse("detector:scores", args=[detector.pk])

    answer = coordinator_client.get(address)

    head, row = answer.text.splitlines()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert head.startswith("cluster,role,fold,lesion,image,truth,manipulator,detector,")
    assert row == (
        f"{image.cluster.name},opt,,glaucoma,{image.content_hash[:16]},0,,scorer,"
        "1.5,0.625,1"
    )
    assert somebody_client.get(address).status_code == 403
    assert address in coordinator_client.get(detector.get_absolute_url()).text
