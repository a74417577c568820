"""Each refusal of the reservations, by command, page and API, by cluster and role.

One line a refusal: whatever way it is asked for, the answer names the cluster and
its role, and nothing is created.
"""

import html
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from detector.models import DetectorModel, DetectorScore
from forgery.models import (
    Job,
    Manipulation,
    Manipulator,
    PatientCluster,
    Pool,
    Reservation,
)
from forgery.services import jobs
from observers.models import Case, OptSet, Session, Study
from tests import factories

pytestmark = pytest.mark.django_db
FOLD = 1
COUNTED = (
    Job,
    Manipulator,
    Manipulation,
    DetectorModel,
    DetectorScore,
    Study,
    OptSet,
    Case,
    Session,
)


@dataclass
class World:
    """A pool with a cluster of each role, a draft study, a detector."""

    pool: Pool
    detector: DetectorModel
    folded: DetectorModel
    study: Study
    names: dict[str, str] = field(default_factory=dict)
    """A cluster's name by its role."""


@pytest.fixture
def world(coordinator: User, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *_args, **_kwargs: None)
    made = factories.tiny_pool(("glaucoma",), n=4)
    pool, maker = made.pool, made.manipulators["glaucoma"]
    clusters = {"opt": made.images["glaucoma"][0].cluster}
    for role in ("manipulator-train", "detector-train", "validation", "test"):
        for _ in range(2):
            image = factories.image_with_role(pool, role)
            clusters[role] = image.cluster
            if role == "manipulator-train":
                maker.clusters.add(image.cluster)
                factories.manipulate(image, maker)
    clusters["crossfit"] = factories.image_with_role(pool, "crossfit", FOLD).cluster
    detector = factories.DetectorModelFactory(pool=pool, name="sherlock")
    detector.clusters.add(clusters["detector-train"], clusters["validation"])
    folded = factories.DetectorModelFactory(pool=pool, name="mycroft", held_out_fold=0)
    folded.clusters.add(clusters["crossfit"])
    drawn = [image.cluster.name for image in made.images["glaucoma"]]
    study = factories.StudyFactory(
        pool=pool,
        owner=coordinator,
        protocol=factories.tiny_protocol(
            lesions=("glaucoma",),
            clusters=(*drawn, clusters["manipulator-train"].name),
        ),
    )
    factories.enrol(study)
    names = {role: cluster.name for role, cluster in clusters.items()}
    return World(pool, detector, folded, study, names)


@dataclass(frozen=True)
class Ask:
    """One wish, and how to put it to command, page and API."""

    command: tuple[str, ...]
    page: str
    page_data: dict[str, Any]
    api: str
    api_data: dict[str, Any]


def train_manipulator(world: World, cluster: str) -> Ask:
    pool = world.pool.name
    wish = {"pool": pool, "lesion": "glaucoma", "recipe": "paper-unet"}
    wish |= {"preset": "quick", "seed": 1}
    return Ask(
        ("train_manipulator", pool, "--lesion", "glaucoma", "--cluster", cluster),
        reverse("forgery:train"),
        wish | {"clusters": cluster},
        reverse("api:train-manipulator"),
        wish | {"clusters": [cluster]},
    )


def train_detector(world: World, cluster: str) -> Ask:
    pool = world.pool.name
    wish = {"pool": pool, "name": "new", "preset": "quick", "seed": 1}
    wish |= {"recipe": "default"}
    return Ask(
        ("train_detector", "--pool", pool, "--name", "new", "--cluster", cluster),
        reverse("detector:train"),
        wish | {"clusters": cluster},
        reverse("api:train-detector"),
        wish | {"clusters": [cluster]},
    )


def freeze(world: World, _cluster: str) -> Ask:
    name = world.study.name
    return Ask(
        ("move_study", name, "--to", "frozen"),
        reverse("observers:move", args=[name, "frozen"]),
        {},
        reverse("api:freeze", args=[name]),
        {},
    )


def score_by(member: str) -> Callable[[World, str], Ask]:
    def ask(world: World, cluster: str) -> Ask:
        model: DetectorModel = getattr(world, member)
        pool = world.pool.name
        return Ask(
            ("score_pool", pool, "--detector", model.name, "--cluster", cluster),
            reverse("detector:score", args=[model.pk]),
            {"pool": pool, "clusters": cluster},
            reverse("api:score", args=[model.name]),
            {"pool": pool, "clusters": [cluster]},
        )

    return ask


REFUSALS: dict[str, tuple[Callable[[World, str], Ask], str, str]] = {
    "manipulator training": (
        train_manipulator,
        "opt",
        "Cluster {name} is reserved for opt",
    ),
    "manipulator training on the detector's": (
        train_manipulator,
        "detector-train",
        "Cluster {name} is reserved for detector-train",
    ),
    "detector training": (
        train_detector,
        "opt",
        "Cluster {name} is reserved for opt",
    ),
    "detector training on the test's": (
        train_detector,
        "test",
        "Cluster {name} is reserved for test",
    ),
    "freeze": (
        freeze,
        "manipulator-train",
        "Cluster {name} is reserved for manipulator-train",
    ),
    "scoring what the detector saw": (
        score_by("detector"),
        "detector-train",
        "Detector sherlock was trained on cluster {name}, which has the role "
        "detector-train",
    ),
    "scoring what the detector was validated on": (
        score_by("detector"),
        "validation",
        "Detector sherlock was trained on cluster {name}, which has the role "
        "validation",
    ),
    "scoring what the manipulator saw": (
        score_by("detector"),
        "manipulator-train",
        "was trained on cluster {name}, which has the role manipulator-train",
    ),
    "scoring a fold that was not held out": (
        score_by("folded"),
        "crossfit",
        f"was trained on cluster {{name}}, which has the role crossfit (fold {FOLD})",
    ),
    "manipulator training without a held-out fold": (
        train_manipulator,
        "crossfit",
        f"Cluster {{name}} is cross-fitted in fold {FOLD}: training must hold out",
    ),
    "detector training without a held-out fold": (
        train_detector,
        "crossfit",
        f"Cluster {{name}} is cross-fitted in fold {FOLD}: training must hold out",
    ),
}


def by_command(_client: Client, ask: Ask) -> str:
    with pytest.raises(CommandError) as refusal:
        call_command(*ask.command, stdout=io.StringIO(), stderr=io.StringIO())
    assert refusal.value.returncode == 1
    return str(refusal.value)


def by_page(client: Client, ask: Ask) -> str:
    answer = client.post(ask.page, ask.page_data, follow=True)
    assert answer.status_code == 403 or answer.redirect_chain
    return html.unescape(answer.text)


def by_api(client: Client, ask: Ask) -> str:
    answer = client.post(ask.api, ask.api_data, content_type="application/json")
    assert answer.status_code == 403
    assert list(answer.json()) == ["detail"]
    return answer.json()["detail"]


def snapshot() -> dict[str, Any]:
    """Count what exists, and say which roles are pinned and where studies stand."""
    counts: dict[str, Any] = {m.__name__: m._default_manager.count() for m in COUNTED}
    counts["pinned"] = Reservation.objects.filter(is_pinned=True).count()
    counts["states"] = list(Study.objects.values_list("name", "state"))
    return counts


ASKED = [
    (refusal, way)
    for refusal in REFUSALS
    for way in (by_command, by_page, by_api)
    if (refusal, way) != ("manipulator training without a held-out fold", by_page)
]
"""The page trains every fold where none is named: it cannot ask for none."""


@pytest.mark.parametrize(("refusal", "way"), ASKED)
def test_it_is_refused_by_name_and_nothing_is_created(
    world, coordinator_client, refusal, way
):
    wish, role, words = REFUSALS[refusal]
    name = world.names[role]
    before = snapshot()

    told = way(coordinator_client, wish(world, name))

    assert words.format(name=name) in told
    assert snapshot() == before


@pytest.mark.parametrize("way", [by_page, by_api])
@pytest.mark.parametrize(
    ("wish", "role"),
    [
        (train_manipulator, "manipulator-train"),
        (score_by("detector"), "test"),
        (score_by("detector"), "opt"),
    ],
)
def test_the_same_wish_for_a_cluster_of_the_right_role_is_queued(
    world, coordinator_client, wish, role, way
):
    """The refusals above come from the role, and from nothing else."""
    if wish is train_manipulator:
        extra = factories.FundusImageFactory(pool=world.pool)
        extra.cluster = PatientCluster.objects.get(name=world.names[role])
        extra.save()
    asked = wish(world, world.names[role])

    if way is by_page:
        answer = coordinator_client.post(asked.page, asked.page_data)
        assert answer.status_code == 302
    else:
        answer = coordinator_client.post(
            asked.api, asked.api_data, content_type="application/json"
        )
        assert answer.status_code == 202

    queued = [job.arguments["clusters"] for job in Job.objects.all()]
    # the page trains one a fold where the lesion is cross-fitted
    n = 3 if wish is train_manipulator and way is by_page else 1
    assert queued == n * [[world.names[role]]]


def test_a_study_of_opt_clusters_alone_is_frozen(world):
    drawn = factories.clusters_with(world.pool, "opt")
    study = factories.StudyFactory(
        pool=world.pool,
        protocol=factories.tiny_protocol(
            lesions=("glaucoma",), clusters=tuple(one.name for one in drawn)
        ),
    )
    factories.enrol(study)

    call_command("move_study", study.name, to="frozen", stdout=io.StringIO())

    study.refresh_from_db()
    assert study.state == "frozen"
    used = {truth.truth.image.cluster for truth in Case.objects.all()}
    assert used == set(drawn)


def test_creating_a_study_that_cannot_be_frozen_creates_nothing(world):
    before = snapshot()
    wrong = world.names["test"]

    with pytest.raises(CommandError, match=f"Cluster {wrong} is reserved for test"):
        call_command(
            *("create_study", "--pool", world.pool.name, "--name", "hasty"),
            *("--cluster", wrong, "--freeze"),
            stdout=io.StringIO(),
            stderr=io.StringIO(),
        )
    assert snapshot() == before


def test_a_draft_says_on_its_page_which_cluster_cannot_be_drawn(
    world, coordinator_client
):
    page = coordinator_client.get(world.study.get_absolute_url())

    name = world.names["manipulator-train"]
    assert f"Cluster {name} is reserved for manipulator-train" in page.text
