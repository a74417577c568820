"""Drawing and rendering: disjoint patients, one profile, files that say nothing."""

from itertools import pairwise

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse

from forgery.exceptions import AlreadyReserved
from forgery.imaging import fundus, profiles
from forgery.models import Reservation
from observers.exceptions import NotEnoughCases, OptSetFrozen, WrongState
from observers.models import Case, CaseTruth, PlanItem, Session, Study
from observers.models.protocol import SAME_ORDER
from observers.services import checklist, freezing, sets, studies
from tests import factories

SECRETS = ("glaucoma", "normal")


@pytest.fixture
def draft(db) -> Study:
    study = factories.StudyFactory()
    factories.enrol(study)
    return study


def freeze(study):
    return freezing.freeze_study(study=study, user=study.owner)


def test_frozen_study_has_its_hash_cases_and_plans(draft):
    frozen = freeze(draft)

    assert frozen.state == "frozen"
    assert frozen.protocol_hash == frozen.rules.digest
    assert len(frozen.rules.manipulators) == 2
    for opt_set in frozen.sets.all():
        truths = CaseTruth.objects.filter(case__opt_set=opt_set)
        assert truths.filter(truth="original").count() == 3
        assert truths.filter(truth="manipulated").count() == 1
    assert PlanItem.objects.count() == 8


def test_no_patient_appears_twice_in_a_study(draft):
    freeze(draft)

    clusters = CaseTruth.objects.values_list("image__cluster", flat=True)

    assert len(set(clusters)) == len(clusters) == 8


def test_drawn_clusters_are_pinned(draft):
    freeze(draft)

    drawn = set(CaseTruth.objects.values_list("image__cluster", flat=True))
    pinned = set(
        Reservation.objects.filter(is_pinned=True).values_list("cluster", flat=True)
    )

    assert drawn == pinned


def test_same_seed_draws_the_same_cases_and_another_seed_others(db):
    pool = factories.tiny_pool(n=20).pool

    def drawn(seed):
        protocol = factories.tiny_protocol(seed=seed)
        return [(d.image.pk, d.truth) for d in sets.draw(pool, protocol)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_files_of_both_classes_are_alike(draft):
    freeze(draft)
    cases = list(Case.objects.all())
    contents = []
    for case in cases:
        with case.file.open("rb") as handle:
            contents.append(handle.read())

    assert len({len(data) for data in contents}) == 1
    assert {case.byte_length for case in cases} == {len(contents[0])}
    for data in contents:
        assert data[12:33] == contents[0][12:33]  # IHDR: size, depth, colour
        assert b"tEXt" not in data
        assert b"eXIf" not in data
    names = [case.file.name for case in cases]
    assert len(set(names)) == len(names)
    assert all(len(name) == len("cases/") + 32 + len(".png") for name in names)


def test_identity_forgery_is_rendered_to_the_very_same_bytes(db):
    made = factories.tiny_pool(is_identity=True)
    protocol = factories.tiny_protocol()

    for image in made.images["glaucoma"]:
        manipulation = image.manipulations.get()
        original = sets.Drawn("glaucoma", image, None, factories.PROFILE)
        forged = sets.Drawn("glaucoma", image, manipulation, factories.PROFILE)
        assert sets.rendered(original, protocol) == sets.rendered(forged, protocol)


def spectrum(data: bytes) -> np.ndarray:
    grey = fundus.decode(data, name="case").mean(axis=2)
    power = np.abs(np.fft.fftshift(np.fft.fft2(grey - grey.mean()))) ** 2
    y, x = np.indices(grey.shape) - grey.shape[0] // 2
    radius = np.hypot(y, x).astype(int).ravel()
    rings = np.bincount(radius, power.ravel()) / np.bincount(radius)
    return rings[1 : grey.shape[0] // 2]


@pytest.mark.parametrize(
    ("filters", "is_alike"), [("matched", True), ("unequal", False)]
)
def test_spectra_of_identity_forgeries_match_only_with_matched_filters(
    db, filters, is_alike
):
    made = factories.tiny_pool(is_identity=True)
    protocol = factories.tiny_protocol(filters=filters)
    ratios = []
    for image in made.images["glaucoma"]:
        manipulation = image.manipulations.get()
        original = sets.Drawn("glaucoma", image, None, factories.PROFILE)
        forged = sets.Drawn("glaucoma", image, manipulation, factories.PROFILE)
        high = [
            spectrum(sets.rendered(one, protocol))[20:].sum()
            for one in (original, forged)
        ]
        ratios.append(high[0] / high[1])

    assert bool(np.max(np.abs(np.log(ratios))) < 1e-9) is is_alike


def test_matched_render_equals_the_manipulation_path_by_hand(db):
    made = factories.tiny_pool()
    image = made.images["glaucoma"][0]
    with image.file.open("rb") as handle:
        photograph = fundus.decode(handle.read(), name="x")
    expected = profiles.finish(
        profiles.prepare(photograph, factories.PROFILE), factories.PROFILE
    )

    one = sets.Drawn("glaucoma", image, None, factories.PROFILE)
    shown = fundus.decode(sets.rendered(one, factories.tiny_protocol()), name="x")

    np.testing.assert_array_equal(shown, expected)


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


def test_study_without_readers_is_not_frozen(db):
    study = factories.StudyFactory()

    with pytest.raises(WrongState, match="reader"):
        freeze(study)


def test_missing_manipulations_are_named(draft):
    made = factories.tiny_pool()
    made.manipulators["normal"].manipulations.all().delete()
    Study.objects.filter(pk=draft.pk).update(pool=made.pool)
    draft.refresh_from_db()

    with pytest.raises(NotEnoughCases, match="Normal: 0 of 1 manipulated"):
        freeze(draft)
    assert any("Normal" in problem for problem in checklist.missing(draft))


def test_too_few_clusters_are_named(db):
    study = factories.StudyFactory(protocol=factories.tiny_protocol(n_original=30))
    factories.enrol(study)

    with pytest.raises(NotEnoughCases, match="Glaucoma: 8 of 31 clusters"):
        freeze(study)
    assert not default_storage.exists("cases")


def test_manipulation_by_a_model_that_saw_the_cluster_is_not_drawn(draft):
    pool = draft.pool
    for manipulator in pool.manipulators.filter(lesion="normal"):
        manipulator.clusters.set(
            image.cluster for image in pool.images.filter(lesion="normal")
        )

    with pytest.raises(NotEnoughCases, match="Normal: 0 of 1 manipulated"):
        freeze(draft)


def test_cluster_that_changed_its_role_meanwhile_is_refused_by_name(draft, monkeypatch):
    draw = sets.draw

    def draw_then_lose(*arguments):
        drawn = draw(*arguments)
        Reservation.objects.filter(cluster=drawn[0].image.cluster).update(
            role="detector-train"
        )
        return drawn

    monkeypatch.setattr(sets, "draw", draw_then_lose)

    with pytest.raises(AlreadyReserved, match=r"patient-\d+ is reserved for detector"):
        freeze(draft)
    assert not Case.objects.exists()


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


def test_manipulators_with_different_profiles_do_not_mix(db):
    made = factories.tiny_pool(("glaucoma",), n=4)
    other = factories.ManipulatorFactory(
        pool=made.pool, profile={**factories.PROFILE.to_dict(), "blur_sigma": 2.0}
    )
    for image in made.images["glaucoma"][:2]:
        factories.manipulate(image, other)
    protocol = factories.tiny_protocol(
        lesions=("glaucoma",), n_original=1, n_manipulated=3
    )

    with pytest.raises(NotEnoughCases, match="prepare images differently"):
        sets.draw(made.pool, protocol)


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


def test_nothing_changes_after_freezing(draft):
    frozen = freeze(draft)

    with pytest.raises(OptSetFrozen):
        studies.update_study(
            study=frozen, user=frozen.owner, title="x", protocol=frozen.rules
        )
    with pytest.raises(OptSetFrozen):
        factories.enrol(frozen)
    with pytest.raises(WrongState):
        freeze(frozen)


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


def test_study_is_frozen_through_the_api(draft, client_of):
    answer = client_of(draft.owner).post(reverse("api:freeze", args=[draft.name]))

    draft.refresh_from_db()
    assert answer.status_code == 200
    assert draft.state == answer.json()["state"] == "frozen"
    assert draft.protocol_hash == answer.json()["protocol_hash"]


def test_shortfall_is_answered_400_by_the_api(db, client_of):
    study = factories.StudyFactory(protocol=factories.tiny_protocol(n_original=30))
    factories.enrol(study)

    answer = client_of(study.owner).post(reverse("api:freeze", args=[study.name]))

    assert answer.status_code == 400
    assert "8 of 31 clusters" in answer.json()["detail"]


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


def test_files_of_different_length_stop_the_freeze(draft, monkeypatch):
    render = sets.rendered
    monkeypatch.setattr(
        sets,
        "rendered",
        lambda one, rules: render(one, rules) + b"x" * bool(one.manipulation),
    )

    with pytest.raises(RuntimeError, match="2 different lengths"):
        freeze(draft)
    assert not Case.objects.exists()


def test_protocol_changed_while_freezing_stops_it(draft, monkeypatch):
    store = sets.store

    def change_then_store(*arguments):
        naming(Study.objects.get(pk=draft.pk), "patient-x")
        return store(*arguments)

    monkeypatch.setattr(sets, "store", change_then_store)

    with pytest.raises(WrongState, match="changed meanwhile"):
        freeze(draft)
    assert not Case.objects.exists()
    assert default_storage.listdir("cases")[1] == []
