"""One factory a table, smallest valid object; each app has its section."""

from __future__ import annotations

import functools
import hashlib
import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import factory
import numpy as np
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from detector.models import DetectorModel
from forgery.imaging import fundus, profiles
from forgery.models import (
    FundusImage,
    Manipulation,
    Manipulator,
    PatientCluster,
    Pool,
    Reservation,
)
from observers.models import Enrolment, OptSet, Session, Study, StudyRole
from observers.models.protocol import Group, Profile, Protocol
from observers.services import enrolment as enrolling
from observers.services import freezing, studies
from observers.services import reading as reading_service
from observers.services.timing import Times

SIDE = 64  # pixels
PROFILE = profiles.Profile("tiny", 1, size=SIDE, sharpen=True, blur_sigma=0.8)


class UserFactory(DjangoModelFactory[User]):
    """A person with a password nobody needs."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    password = factory.django.Password("reads-well-4")


# --- forgery: tiny pools ------------------------------------------------------------
class PoolFactory(DjangoModelFactory[Pool]):
    """An empty pool of the fundus domain."""

    class Meta:
        model = Pool

    name = factory.Sequence(lambda n: f"pool-{n}")
    source = "made for a test"
    layout = "phantom"
    is_synthetic = True


class PatientClusterFactory(DjangoModelFactory[PatientCluster]):
    """A patient."""

    class Meta:
        model = PatientCluster

    name = factory.Sequence(lambda n: f"patient-{n:05d}")


def disc(seed: int, side: int = SIDE) -> np.ndarray:
    """Draw a noisy reddish disc on black: a fundus photograph in miniature."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    inside = (x**2 + y**2 <= (side / 2) ** 2)[..., None]
    colour = np.array([180, 90, 40]) + rng.normal(0, 12, (side, side, 3))
    return np.where(inside, np.clip(colour, 1, 255), 0).astype(np.uint8)


@functools.cache
def disc_file(seed: int) -> bytes:
    """Encode a disc, once a seed."""
    return fundus.encode_png(disc(seed))


@functools.cache
def working_image(data: bytes) -> np.ndarray:
    """Prepare an encoded image, once a file."""
    return profiles.prepare(fundus.decode(data, name="test"), PROFILE)


class FundusImageFactory(DjangoModelFactory[FundusImage]):
    """An included image with its file."""

    class Meta:
        model = FundusImage

    pool = factory.SubFactory(PoolFactory)
    cluster = factory.SubFactory(PatientClusterFactory)
    lesion = "glaucoma"
    source_file = factory.Sequence(lambda n: f"SECRET-SOURCE-{n}.jpg")
    eye = "right"
    width = SIDE
    height = SIDE
    dhash = "0" * 16
    thumbnail = b""
    is_trainable = True
    seed = factory.Sequence(lambda n: n % 256)  # more than any test's pool holds

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> FundusImage:
        data = disc_file(kwargs.pop("seed"))
        digest = hashlib.sha256(data).hexdigest()
        kwargs.setdefault("content_hash", digest)
        kwargs.setdefault("file", ContentFile(data, name=f"{digest}.png"))
        return super()._create(model_class, *args, **kwargs)


class ManipulatorFactory(DjangoModelFactory[Manipulator]):
    """A manipulator that was trained on nothing here."""

    class Meta:
        model = Manipulator

    name = factory.Sequence(lambda n: f"secret-manipulator-{n}")
    pool = factory.SubFactory(PoolFactory)
    lesion = "glaucoma"
    recipe = "paper-unet"
    preset = "quick"
    profile = factory.LazyFunction(PROFILE.to_dict)
    seed = 1
    file = ""
    sha256 = "0" * 64
    data_hash = "0" * 64
    code_version = "test"


def manipulate(
    image: FundusImage, manipulator: Manipulator, *, is_identity: bool = False
) -> Manipulation:
    """Make a manipulation: the working image with a bright square, or unchanged."""
    with image.file.open("rb") as handle:
        working = working_image(handle.read())
    if not is_identity:
        working = working.copy()
        working[20:30, 20:30] = 255
    data = fundus.encode_png(working)
    return Manipulation.objects.create(
        manipulator=manipulator,
        source=image,
        seed=1,
        file=ContentFile(data, name="m.png"),
        content_hash=hashlib.sha256(data).hexdigest(),
    )


def reserve(
    image: FundusImage, role: str = "opt", fold: int | None = None
) -> Reservation:
    """Set the image's cluster aside."""
    return Reservation.objects.create(
        cluster=image.cluster, role=role, fold=fold, lesion=image.lesion, seed=1
    )


@dataclass
class TinyPool:
    """A pool with reserved clusters and manipulations, ready for studies."""

    pool: Pool
    images: dict[str, list[FundusImage]] = field(default_factory=dict)
    manipulators: dict[str, Manipulator] = field(default_factory=dict)


def tiny_pool(
    lesions: tuple[str, ...] = ("glaucoma", "normal"),
    n: int = 8,
    *,
    is_identity: bool = False,
    **pool_fields: Any,
) -> TinyPool:
    """Make ``n`` opt clusters a lesion, each with an image and its manipulation."""
    made = TinyPool(PoolFactory(**pool_fields))
    for lesion in lesions:
        manipulator = ManipulatorFactory(pool=made.pool, lesion=lesion)
        images = [FundusImageFactory(pool=made.pool, lesion=lesion) for _ in range(n)]
        for image in images:
            reserve(image)
            manipulate(image, manipulator, is_identity=is_identity)
        made.images[lesion], made.manipulators[lesion] = images, manipulator
    return made


# --- detector: pools to train on, bundles, detectors ----------------------------------
@functools.cache
def manipulator_bundle() -> bytes:
    """Make the bundle of a U-Net after one step, once for all tests."""
    from forgery.imaging import manipulator as forging  # torch: only where needed
    from forgery.imaging import recipes

    images = np.stack([fundus.resize(disc(seed), 256) for seed in range(2)])
    settings = recipes.PAPER_UNET.settings("quick", steps=1, batch_size=2)
    with tempfile.TemporaryDirectory() as folder:
        return forging.train(images, settings, workdir=folder).path.read_bytes()


@functools.cache
def detector_bundle() -> bytes:
    """Make the bundle of an untrained detector, once for all tests."""
    from detector.network import networks
    from forgery.imaging import checkpoints
    from forgery.imaging.training import seeded

    with seeded(1):
        network = networks.build("paper-sparse-cnn")
    described = {
        "kind": "detector",
        "recipe": "paper-sparse-cnn",
        "config": network.config.to_dict(),
        "threshold": 0.0,
        "temperature": 1.0,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "detector.safetensors"
        checkpoints.save(path, network.state_dict(), described)
        return path.read_bytes()


def working_manipulator(pool: Pool, lesion: str, **fields: Any) -> Manipulator:
    """Make a manipulator whose bundle forges."""
    bundle = manipulator_bundle()
    return ManipulatorFactory(
        pool=pool,
        lesion=lesion,
        profile=profiles.PAPER.to_dict(),
        file=ContentFile(bundle, name="manipulator.safetensors"),
        sha256=hashlib.sha256(bundle).hexdigest(),
        **fields,
    )


class DetectorModelFactory(DjangoModelFactory[DetectorModel]):
    """A detector with untrained weights that has seen nothing here."""

    class Meta:
        model = DetectorModel

    name = factory.Sequence(lambda n: f"detector-{n}")
    pool = factory.SubFactory(PoolFactory)
    recipe = "paper-sparse-cnn"
    preset = "quick"
    seed = 1
    threshold = 0.0
    temperature = 1.0
    file = factory.LazyFunction(
        lambda: ContentFile(detector_bundle(), name="detector.safetensors")
    )
    sha256 = factory.LazyFunction(lambda: hashlib.sha256(detector_bundle()).hexdigest())
    data_hash = "0" * 64
    code_version = "test"
    metrics = factory.LazyFunction(
        lambda: {
            "baseline": {
                view: {"threshold": 0.0, "direction": 1.0}
                for view in ("matched", "unmatched")
            },
            "unmatched_threshold": 0.0,
        }
    )


def image_with_role(
    pool: Pool, role: str, fold: int | None = None, **fields: Any
) -> FundusImage:
    """Make an image whose cluster has a role."""
    image = FundusImageFactory(pool=pool, **fields)
    reserve(image, role, fold)
    return image


def training_pool(
    lesions: tuple[str, ...] = ("glaucoma",), n: int = 2, **pool_fields: Any
) -> Pool:
    """Make a pool with ``n`` clusters of each role a lesion, and its manipulators."""
    pool = PoolFactory(**pool_fields)
    roles = ("manipulator-train", "detector-train", "validation", "test", "opt")
    for lesion in lesions:
        manipulator = working_manipulator(pool, lesion)
        for role in roles:
            for _ in range(n):
                image = image_with_role(pool, role, lesion=lesion)
                if role == "manipulator-train":
                    manipulator.clusters.add(image.cluster)
    return pool


def clusters_with(pool: Pool, role: str) -> list[PatientCluster]:
    """List the pool's clusters that have a role."""
    found = PatientCluster.objects.filter(images__pool=pool, reservation__role=role)
    return list(found.distinct().order_by("name"))


# --- observers: studies, readers, sessions --------------------------------------------
GROUPS = (Group("ophthalmologists", "Ophthalmologists", 1), Group("gp", "Doctors", 1))


def tiny_protocol(**changes: Any) -> Protocol:
    """Make a protocol of two lesions with three originals and one manipulated each."""
    values: dict[str, Any] = {
        "lesions": ("glaucoma", "normal"),
        "n_original": 3,
        "n_manipulated": 1,
        "groups": GROUPS,
        "reader_profile": Profile(size=SIDE),
    }
    return Protocol(**{**values, **changes})


def coordinator_user(**fields: Any) -> User:
    """Make a user who may create studies, import and train."""
    user = UserFactory(**fields)
    names = ("create_study", "import_pool", "train_manipulator", "train_detector")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


class StudyFactory(DjangoModelFactory[Study]):
    """A draft without readers; its owner coordinates it."""

    class Meta:
        model = Study

    name = factory.Sequence(lambda n: f"study-{n}")
    title = factory.Sequence(lambda n: f"Study {n}")
    pool = factory.LazyFunction(lambda: tiny_pool().pool)

    @classmethod
    def _create(cls, _model_class: Any, *_args: Any, **kwargs: Any) -> Study:
        protocol = kwargs.pop("protocol", None) or tiny_protocol()
        return studies.create_study(
            user=kwargs.pop("owner", None) or coordinator_user(),
            protocol=protocol,
            **kwargs,
        )


def enrol(study: Study, user: User | None = None, group: str = "gp") -> Enrolment:
    """Enrol a reader in a draft."""
    name = (user or UserFactory()).username
    reader = enrolling.NewReader(name, group, Decimal(7))
    return enrolling.enrol_reader(study=study, actor=None, reader=reader).enrolment


def frozen_study(n_readers: int = 2, **fields: Any) -> Study:
    """Make a frozen study with readers of both groups."""
    study = StudyFactory(**fields)
    for i in range(n_readers):
        enrol(study, group=GROUPS[i % 2].key)
    return freezing.freeze_study(study=study, user=study.owner)


def open_study(n_readers: int = 2, **fields: Any) -> Study:
    """Make a study that is open for reading."""
    study = frozen_study(n_readers, **fields)
    return studies.open_study(study=study, user=study.owner)


def first_session(study: Study, reader: int = 0) -> Session:
    """Return the first session of a reader, not started."""
    return Session.objects.get(enrolment=study.enrolments.all()[reader], position=0)


def started_session(study: Study, reader: int = 0) -> Session:
    """Return the first session of a reader, begun."""
    return begun(first_session(study, reader))


def begun(session: Session) -> Session:
    """Begin a session."""
    return reading_service.start_session(
        token=session.token, reader=session.enrolment.user
    )


def answer(score: float | None = 50, **changes: Any) -> reading_service.Answer:
    """Make an answer with a key of its own."""
    values: dict[str, Any] = {
        "score": None if score is None else Decimal(str(score)),
        "cannot_rate": "",
        "idempotency_key": uuid4(),
    }
    times = Times(changes.pop("elapsed_ms", 1500))
    return reading_service.Answer(times=times, **{**values, **changes})


def rate_next(session: Session, score: float | None = 50, **changes: Any) -> Any:
    """Rate the case whose turn it is."""
    fresh = reading_service.selectors.session_by_token(session.token)
    item = reading_service.selectors.position(fresh).current
    assert item is not None
    return reading_service.record_rating(
        session_token=session.token,
        token=item.token,
        reader=session.enrolment.user,
        answer=answer(score, **changes),
    )


def rate_all(session: Session) -> Session:
    """Rate every case of a session and finish it."""
    for i in range(session.items.count()):
        rate_next(session, 10 * (i % 10))
    return reading_service.finish_session(
        token=session.token, reader=session.enrolment.user
    )


def read_study(study: Study) -> None:
    """Let every reader read every set."""
    for session in Session.objects.filter(enrolment__study=study).order_by(
        "enrolment_id", "position"
    ):
        rate_all(begun(session))


def give_role(study: Study, user: User, role: str) -> StudyRole:
    """Make somebody coordinator or analyst."""
    return studies.add_role(
        study=study, actor=None, user=user, role=StudyRole.Role(role)
    )


def set_of(study: Study, lesion: str = "glaucoma") -> OptSet:
    """Return the study's OPT set of a lesion."""
    return study.sets.get(lesion=lesion)


def empty_result(study: Study) -> dict[str, Any]:
    """Make a result without a number, as pages take it."""
    views: dict[str, Any] = {"matched": {}, "unmatched": {}}
    return {
        "rows": [],
        "study": {"readers": [], "groups": [], "protocol": study.protocol},
        "groups": {},
        "readers": {},
        "paper": {"auc": {}},
        "mrmc": {"lesions": {}, "pooled": {}},
        "mrmc_tables": [],
        "detector": {**views, "name": None, "baseline": views},
    }


def empty_view(study: Study) -> dict[str, Any]:
    """Make a view of a study's cases that nobody has read."""
    nothing = ("detector", "probability", "mean", "disagreement", "wrong", "seconds")
    return {
        "panels": {},
        "histograms": {},
        "readers": [],
        "cases": [
            {
                "case": case.code,
                "lesion": opt_set.lesion,
                "truth": 0,
                "n": 0,
                "patient": "P001",
                "family": "",
                "ratings": [],
                "times": [],
                **dict.fromkeys(nothing),
            }
            for opt_set in study.sets.all()
            for case in opt_set.cases.all()
        ],
    }
