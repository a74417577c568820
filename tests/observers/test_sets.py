"""Drawing and rendering: disjoint patients, one profile, files that say nothing."""

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from forgery.exceptions import AlreadyReserved
from forgery.imaging import fundus, profiles
from forgery.models import Reservation
from observers.exceptions import NotEnoughCases, OptSetFrozen, WrongState
from observers.models import Case, CaseTruth, PlanItem, Study
from observers.services import checklist, freezing, sets, studies
from tests import factories


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


def naming(study: Study, *names: str) -> Study:
    """Let the draft's protocol draw from the named clusters alone."""
    document = {**study.protocol, "clusters": list(names)}
    Study.objects.filter(pk=study.pk).update(protocol=document)
    study.refresh_from_db()
    return study


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
