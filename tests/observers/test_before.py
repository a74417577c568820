"""Consent, conditions, practice, rounds with washout, and the debrief."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from forgery.models import Reservation
from observers.exceptions import ConsentMissing, NotEnoughCases, WashoutNotOver
from observers.models import CaseTruth, ConditionsCheck, Consent, Rating, Session, Study
from observers.selectors import readings
from observers.services import (
    checklist,
    consent,
    freezing,
    locking,
    practice,
    reading,
    studies,
)
from observers.services.verification import verify_study
from tests import factories

SCREEN = {
    "screen_width": 1440,
    "screen_height": 900,
    "window_width": 1400,
    "window_height": 800,
    "pixel_ratio": "1.000",
    "zoom": "1.000",
    "grey_steps": 10,
    "dark_patches": 6,
}


def practice_pool(n=2):
    made = factories.tiny_pool()
    for lesion, manipulator in made.manipulators.items():
        for _ in range(n):
            image = factories.image_with_role(made.pool, "practice", lesion=lesion)
            factories.manipulate(image, manipulator)
    return made.pool


def open_with(**changes):
    pool = changes.pop("pool", None) or practice_pool()
    return factories.open_study(pool=pool, protocol=factories.tiny_protocol(**changes))


def page(name, study):
    return reverse(f"observers:{name}", args=[study.name])


# --- consent and conditions ---------------------------------------------------------
@pytest.fixture
def asked(db):
    return factories.open_study(
        protocol=factories.tiny_protocol(consent="We ask you.", conditions_check=True)
    )


def test_consent_and_conditions_come_before_the_first_case(asked, client_of):
    session = factories.first_session(asked)
    client = client_of(session.enrolment.user)
    room = reverse("observers:room", args=[session.token])

    to_consent = client.get(room)["Location"]
    shown = client.get(to_consent)
    back = client.post(to_consent)["Location"]
    to_conditions = client.get(back)["Location"]
    client.get(to_conditions)
    last = client.post(to_conditions, SCREEN)["Location"]

    assert to_consent == f"{page('consent', asked)}?set={session.token}"
    assert "We ask you." in shown.text
    assert (back, last) == (room, room)
    assert to_conditions.startswith(page("conditions", asked))
    assert client.get(room).status_code == 200
    given = Consent.objects.get()
    assert given.text.startswith("We ask you.")
    assert len(given.text_hash) == 64
    check = ConditionsCheck.objects.get()
    assert (check.session, check.grey_steps) == (session, 10)


def test_conditions_are_asked_again_on_another_device(asked, client_of):
    session = factories.first_session(asked)
    user = session.enrolment.user
    one, other = client_of(user), client_of(user)
    one.post(page("consent", asked))
    one.post(page("conditions", asked), SCREEN)
    room = reverse("observers:room", args=[session.token])

    assert one.get(room).status_code == 200
    assert other.get(room)["Location"].startswith(page("conditions", asked))


@pytest.mark.parametrize("change", [{"grey_steps": 12}, {"zoom": ""}, {"zoom": "x"}])
def test_conditions_that_cannot_be_are_not_stored(asked, client_of, change):
    client = client_of(factories.first_session(asked).enrolment.user)

    answer = client.post(page("conditions", asked), SCREEN | change)

    assert answer.status_code == 200
    assert not ConditionsCheck.objects.exists()


def test_nobody_reads_without_consent(asked):
    session = factories.first_session(asked)

    with pytest.raises(ConsentMissing):
        reading.start_session(token=session.token, reader=session.enrolment.user)


def test_consent_again_is_the_same_as_once(asked):
    enrolment = asked.enrolments.all()[0]

    for _ in range(2):
        consent.give_consent(enrolment=enrolment, reader=enrolment.user, text="yes")

    assert Consent.objects.count() == 1


@pytest.mark.parametrize(("rule", "rows"), [("leave-out", 8), ("keep", 16)])
def test_withdrawal_closes_the_sets_and_keeps_the_record(db, client_of, rule, rows):
    study = factories.open_study(protocol=factories.tiny_protocol(withdrawal=rule))
    session = factories.started_session(study)
    factories.rate_next(session)
    client = client_of(session.enrolment.user)
    assert "leave" in client.get(page("withdraw", study)).text or rule == "keep"

    client.post(page("withdraw", study))
    client.post(page("withdraw", study))

    with pytest.raises(ConsentMissing):
        factories.rate_next(session)
    assert client.post(page("consent", study)).status_code == 403
    assert Rating.objects.count() == 1
    assert verify_study(study=study).is_sound
    assert len(list(readings.tidy_rows(study))) == rows
    assert Consent.objects.get().act == "withdrawn"


def test_consent_is_not_withdrawn_from_locked_ratings(db, client_of):
    study = factories.open_study()
    Study.objects.filter(pk=study.pk).update(state="locked")
    client = client_of(study.enrolments.all()[0].user)

    assert client.post(page("withdraw", study)).status_code == 403
    assert not Consent.objects.exists()


def test_a_stranger_learns_nothing_of_a_study(asked, somebody_client):
    for name in ("consent", "conditions", "withdraw"):
        assert somebody_client.get(page(name, asked)).status_code == 404


# --- practice -----------------------------------------------------------------------
def test_practice_comes_first_from_its_own_clusters_with_both_classes(db):
    study = open_with(practice=4)
    sessions = Session.objects.filter(enrolment__study=study, position=0)

    truths = CaseTruth.objects.filter(case__opt_set__block="practice")
    roles = truths.values_list("image__cluster__reservation__role", flat=True)
    pinned = Reservation.objects.filter(role="practice", is_pinned=True)

    assert {s.opt_set.block for s in sessions} == {"practice"}
    assert sorted(t.truth for t in truths) == ["manipulated"] * 2 + ["original"] * 2
    assert set(roles) == {"practice"}
    assert pinned.count() == 4


def test_main_sets_wait_for_practice(db):
    study = open_with(practice=2)
    second = Session.objects.get(enrolment=study.enrolments.all()[0], position=1)

    with pytest.raises(WashoutNotOver):
        reading.start_session(token=second.token, reader=second.enrolment.user)


def test_feedback_is_true_in_practice_and_nowhere_else(db, client_of):
    study = open_with(practice=2)
    practice = factories.started_session(study)
    client = client_of(practice.enrolment.user)

    def rate_next(session):
        state = client.get(reverse("observers:api-state", args=[session.token])).json()
        token = state["current"]["token"]
        body = factories_body()
        address = reverse("observers:api-rating", args=[session.token, token])
        answer = client.post(address, body, content_type="application/json").json()
        again = client.post(address, body, content_type="application/json").json()
        assert answer.get("feedback") == again.get("feedback")
        return token, answer

    for _ in range(2):
        token, answer = rate_next(practice)
        truth = CaseTruth.objects.get(case__items__token=token).truth
        assert answer["feedback"]["truth"] == truth
        assert answer["undo_seconds"] == 0
    reading.finish_session(token=practice.token, reader=practice.enrolment.user)
    main = Session.objects.get(enrolment=practice.enrolment, position=1)
    reading.start_session(token=main.token, reader=main.enrolment.user)

    assert "feedback" not in rate_next(main)[1]


def factories_body():
    from uuid import uuid4

    return {"score": 5, "elapsed_ms": 5, "idempotency_key": str(uuid4())}


def test_practice_never_reaches_the_statistics(db):
    study = open_with(practice=2)
    factories.read_study(study)
    studies.close_study(study=study, user=study.owner)
    locking.lock_study(study=study, user=study.owner)

    rows = list(readings.tidy_rows(study))
    codes = CaseTruth.objects.filter(case__opt_set__block="practice")

    assert len(rows) == 2 * 2 * 4
    assert not {row["case"] for row in rows} & set(
        codes.values_list("case__code", flat=True)
    )
    assert {row["set_position"] for row in rows} == {1, 2}
    assert readings.readings_table(study)
    assert verify_study(study=study).is_sound


def test_a_new_study_offers_the_practice_that_the_import_has_kept(coordinator_client):
    pool = practice_pool()
    factories.image_with_role(pool, "practice", lesion="normal")
    data = {"title": "With practice", "pool": pool.name}

    coordinator_client.post(reverse("observers:create"), data)

    study = Study.objects.get()
    assert study.rules.practice == 4  # of five patients, half of them manipulated
    assert practice.shortfall(pool, study.rules) == ""
    step = reverse("observers:setup", args=[study.name, "readers"])
    told = coordinator_client.get(step).text
    assert "5 here, 4 of them with a manipulated image" in told
    assert "enough for 4 cases" in told


def test_a_pool_that_keeps_nobody_offers_no_practice(coordinator_client):
    data = {"title": "Without", "pool": factories.tiny_pool().pool.name}

    coordinator_client.post(reverse("observers:create"), data)

    assert Study.objects.get().rules.practice == 0


def test_practice_that_is_kept_but_not_planned_is_to_consider(db):
    study = factories.StudyFactory(
        pool=practice_pool(), protocol=factories.tiny_protocol(practice=0)
    )

    told = {p.text: p.state for p in checklist.checklist(study) if p.name == "Practice"}

    text = "None is planned, though the pool keeps patients for 4 cases."
    assert told == {text: "consider"}


def test_practice_without_reserved_clusters_is_refused_in_a_sentence(db):
    study = factories.StudyFactory(protocol=factories.tiny_protocol(practice=2))
    factories.enrol(study)

    assert any("Practice needs 2" in p for p in checklist.missing(study))
    with pytest.raises(NotEnoughCases, match="Practice needs 2"):
        freezing.freeze_study(study=study, user=study.owner)


# --- rounds and washout ---------------------------------------------------------------
def test_rounds_repeat_each_set_in_another_order(db):
    study = open_with(rounds=2, lesions=("glaucoma",), n_original=6)
    one, two = Session.objects.filter(enrolment=study.enrolments.all()[0]).order_by(
        "position"
    )

    def codes(session):
        return [i.case.code for i in session.items.order_by("position")]

    assert (one.round, two.round) == (1, 2)
    assert one.opt_set == two.opt_set
    assert sorted(codes(one)) == sorted(codes(two))
    assert codes(one) != codes(two)


def test_the_second_reading_opens_after_the_washout(db, client_of, monkeypatch):
    study = open_with(rounds=2, washout_days=30, lesions=("glaucoma",))
    factories.rate_all(factories.started_session(study))
    second = Session.objects.get(enrolment=study.enrolments.all()[0], round=2)
    reader = second.enrolment.user
    client = client_of(reader)

    with pytest.raises(WashoutNotOver, match="opens on"):
        reading.start_session(token=second.token, reader=reader)
    assert "opens on" in client.get(reverse("observers:home")).text
    room = reverse("observers:room", args=[second.token])
    assert "opens on" in client.get(room).text
    later = timezone.now() + timedelta(days=30, minutes=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)

    assert reading.start_session(token=second.token, reader=reader).started_at


def test_only_the_first_round_is_analysed_and_all_are_in_the_table(db):
    study = open_with(rounds=2, lesions=("glaucoma",))
    factories.read_study(study)

    modalities = [row["modality"] for row in readings.tidy_rows(study)]

    assert modalities.count("unaided") == modalities.count("unaided, round 2") == 8
    assert readings.readings_table(study)


# --- debrief ---------------------------------------------
@pytest.mark.parametrize("may", [True, False])
def test_own_result_is_shown_after_the_lock_if_the_protocol_says_so(db, client_of, may):
    study = factories.open_study(protocol=factories.tiny_protocol(debrief=may))
    factories.read_study(study)
    session = factories.first_session(study)
    client = client_of(session.enrolment.user)
    address = reverse("observers:debrief", args=[session.token])
    before = client.get(address).status_code
    Study.objects.filter(pk=study.pk).update(state="locked")

    after = client.get(address)

    assert before == 403
    assert after.status_code == (200 if may else 403)
    if may:
        assert "AUC" in after.text
        assert client.get(reverse("observers:home")).status_code == 200
