"""Reading plans and cross-fitted cases of a frozen study."""

from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from forgery.exceptions import AlreadyReserved
from forgery.models import Reservation
from observers.models import CaseTruth, Session, Study
from observers.models.protocol import SAME_ORDER
from observers.services import freezing, sets
from tests import factories

SECRETS = ("glaucoma", "normal")


@pytest.fixture
def draft(db) -> Study:
    study = factories.StudyFactory()
    factories.enrol(study)
    return study


def freeze(study):
    return freezing.freeze_study(study=study, user=study.owner)


def wrong_cluster(study: Study) -> str:
    """Give one of the pool's opt clusters another role, and return its name."""
    cluster = study.pool.images.filter(lesion="normal")[0].cluster
    Reservation.objects.filter(cluster=cluster).update(role="detector-train")
    return cluster.name


def naming(study: Study, *names: str) -> Study:
    """Let the draft's protocol draw from the named clusters alone."""
    document = {**study.protocol, "clusters": list(names)}
    Study.objects.filter(pk=study.pk).update(protocol=document)
    study.refresh_from_db()
    return study


def test_order_of_keys_says_nothing_of_truth(db):
    pool = factories.tiny_pool(("glaucoma",), n=40).pool
    protocol = factories.tiny_protocol(
        lesions=("glaucoma",), n_original=20, n_manipulated=20
    )
    study = factories.frozen_study(1, pool=pool, protocol=protocol)
    truths = [
        t == "manipulated"
        for t in CaseTruth.objects.filter(case__opt_set__study=study)
        .order_by("case_id")
        .values_list("truth", flat=True)
    ]

    changes = sum(a != b for a, b in pairwise(truths))

    assert 10 <= changes <= 30  # 1 if the classes came one after the other


def test_cross_fitted_clusters_take_the_manipulator_that_held_their_fold_out(db):
    pool = factories.PoolFactory()
    manipulators = [
        factories.ManipulatorFactory(pool=pool, held_out_fold=fold) for fold in (0, 1)
    ]
    for i in range(6):
        image = factories.FundusImageFactory(pool=pool)
        factories.reserve(image, "crossfit", fold=i % 2)
        for manipulator in manipulators:
            factories.manipulate(image, manipulator)
    protocol = factories.tiny_protocol(
        lesions=("glaucoma",), n_original=2, n_manipulated=4
    )

    drawn = sets.draw(pool, protocol)

    forged = [d for d in drawn if d.manipulation]
    assert len(forged) == 4
    for one in forged:
        fold = one.image.cluster.reservation.fold
        assert one.manipulation.manipulator.held_out_fold == fold


def test_plans_follow_the_latin_square(db):
    study = factories.frozen_study(2)

    orders = [
        list(
            reader.sessions.order_by("position").values_list(
                "opt_set__lesion", flat=True
            )
        )
        for reader in study.enrolments.all()
    ]

    assert orders[0] == orders[1][::-1]


def test_same_order_gives_every_reader_the_protocols_order(db):
    study = factories.frozen_study(
        2, protocol=factories.tiny_protocol(set_order=SAME_ORDER)
    )

    for session in Session.objects.filter(position=0):
        assert session.opt_set.lesion == study.rules.lesions[0]


def test_readers_have_orders_of_their_own_made_from_the_recorded_seed(db):
    from observers.analysis import design

    pool = factories.tiny_pool(("glaucoma",), n=16).pool
    protocol = factories.tiny_protocol(lesions=("glaucoma",), n_original=15)
    study = factories.frozen_study(2, pool=pool, protocol=protocol)
    orders = []
    for session in Session.objects.filter(enrolment__study=study):
        codes = list(
            session.items.order_by("position").values_list("case__code", flat=True)
        )
        orders.append(codes)
        assert session.algorithm == design.ALGORITHM
        assert codes == list(
            design.case_order(
                codes,
                seed=session.seed,
                reader=session.enrolment.pseudonym,
                set_name="glaucoma",
            )
        )

    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_named_clusters_are_the_only_ones_drawn(draft):
    names = [
        image.cluster.name
        for lesion in SECRETS
        for image in draft.pool.images.filter(lesion=lesion)[:4]
    ]

    freeze(naming(draft, *names))

    drawn = CaseTruth.objects.values_list("image__cluster__name", flat=True)
    assert sorted(drawn) == sorted(names)


def test_named_cluster_with_another_role_is_refused_everywhere(draft, client_of):
    name = wrong_cluster(draft)
    draft = naming(draft, name)
    client = client_of(draft.owner)

    with pytest.raises(AlreadyReserved, match=f"{name} is reserved for detector-train"):
        freeze(draft)
    with pytest.raises(CommandError, match=f"{name} is reserved for detector-train"):
        call_command("move_study", draft.name, "--to", "frozen")
    page = client.post(
        reverse("observers:move", args=[draft.name, "frozen"]), follow=True
    )
    answer = client.post(reverse("api:freeze", args=[draft.name]))
    desk = client.get(draft.get_absolute_url())

    sentence = f"{name} is reserved for detector-train"
    assert sentence in page.content.decode()
    assert sentence in desk.content.decode()
    assert answer.status_code == 403
    assert sentence in answer.json()["detail"]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_study_of_cross_fitted_clusters_is_frozen(db):
    pool = factories.PoolFactory()
    manipulator = factories.ManipulatorFactory(pool=pool, held_out_fold=0)
    for _ in range(4):
        image = factories.FundusImageFactory(pool=pool)
        factories.reserve(image, "crossfit", fold=0)
        factories.manipulate(image, manipulator)
    study = factories.frozen_study(
        1, pool=pool, protocol=factories.tiny_protocol(lesions=("glaucoma",))
    )

    assert study.state == "frozen"
    assert CaseTruth.objects.count() == 4
