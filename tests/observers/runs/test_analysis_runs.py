"""Stored analysis runs: what is asked, what is kept, what is refused."""

import json

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from forgery.exceptions import WrongInput
from forgery.models import Job
from observers import tasks, triggers
from observers.exceptions import WrongState
from observers.models import (
    AnalysisRun,
    AuditEvent,
    Rating,
    Study,
    StudyRole,
)
from observers.models.protocol import Group
from observers.reports import bundle
from observers.selectors.runs import planned, timed_readings
from observers.services import analysing, locking, simulation, studies
from observers.services.result_hash import result_hash
from observers.services.verification import verify_study
from tests import factories
from tests.observers.runs.asking import run_of

Kind = AnalysisRun.Kind
GROUPS = (
    Group("ophthalmologists", "Ophthalmologists", 3, 10),
    Group("general-doctors", "General doctors", 2, 5),
)


def test_planned_settings_are_those_of_the_protocol(locked):
    run = run_of(locked)

    assert run.kind == Kind.PREREGISTERED
    assert run.options["margin"] == 0.1
    assert run.data_hash == locked.lock.data_hash
    assert run.result_hash == result_hash(run.result)
    assert AuditEvent.objects.filter(study=locked, verb="analysed").count() == 1


def test_leaving_a_reader_out_is_a_sensitivity_run_and_deletes_nothing(locked):
    reader = locked.enrolments.first().pseudonym
    whole, part = run_of(locked), run_of(locked, left_out=[reader])

    assert part.kind == Kind.SENSITIVITY
    assert reader not in {row["reader"] for row in part.result["auc"]}
    assert reader in {row["reader"] for row in whole.result["auc"]}
    assert set(AnalysisRun.objects.values_list("pk", flat=True)) == {whole.pk, part.pk}


def test_other_settings_are_exploratory(locked):
    assert run_of(locked, covariance="delong").kind == Kind.EXPLORATORY
    reader = locked.enrolments.first().pseudonym
    both = run_of(locked, covariance="delong", left_out=[reader])
    assert both.kind == Kind.EXPLORATORY


def test_a_detector_that_the_protocol_did_not_name_is_exploratory(locked, detector):
    assert run_of(locked, detector=detector).kind == Kind.PREREGISTERED
    analysis = locked.protocol["analysis"] | {"detector": "another"}
    locked.protocol = locked.protocol | {"analysis": analysis}
    locked.save()

    assert run_of(locked, detector=detector).kind == Kind.EXPLORATORY


def test_a_study_frozen_before_there_were_plans_is_exploratory(locked):
    del locked.protocol["analysis"]

    assert run_of(locked).kind == Kind.EXPLORATORY


@pytest.mark.parametrize("left_out", [["nobody"], "all"])
def test_wrong_readers_are_refused(locked, left_out):
    if left_out == "all":
        left_out = list(locked.enrolments.values_list("pseudonym", flat=True))

    with pytest.raises(WrongInput, match=r"No reader is called|at least one reader"):
        run_of(locked, left_out=left_out)


def test_ratings_that_are_not_those_of_the_lock_are_refused(locked, monkeypatch):
    monkeypatch.setattr(analysing, "data_hash", lambda _study: "0" * 64)

    with pytest.raises(WrongState, match="not those that were locked"):
        run_of(locked)


def test_a_run_is_append_only(locked):
    run = run_of(locked)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AnalysisRun.objects.filter(pk=run.pk).update(kind="exploratory")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run.delete()


def test_a_result_changed_behind_the_triggers_is_found(locked):
    run = run_of(locked)
    assert verify_study(study=locked).is_sound

    with triggers.lifted():
        AnalysisRun.objects.filter(pk=run.pk).update(result={})

    assert any("was changed" in f for f in verify_study(study=locked).faults)


def test_active_time_is_taken_where_the_browser_sent_it(locked):
    before = timed_readings(locked)
    with triggers.lifted():
        Rating.objects.filter(session__enrolment__study=locked).update(active_ms=1500)

    assert len(before) == len(timed_readings(locked))
    assert {one.seconds for one in timed_readings(locked)} == {1.5}


def test_repeated_reads_are_compared_within_the_reader_and_only_there(db):
    study = factories.StudyFactory(
        protocol=factories.tiny_protocol(groups=GROUPS, rounds=2)
    )
    study = simulation.prepare(study=study, seed=1)
    list(simulation.simulate_readers(study=study, seed=1))
    studies.close_study(study=study, user=None)
    locking.lock_study(study=study, user=None)
    study = Study.objects.get(pk=study.pk)

    found = run_of(study).result

    assert [row["modality"] for row in found["modalities"]] == ["unaided"]
    rows = found["conduct"]["intra_reader"]
    assert len(rows) == study.enrolments.count()
    assert {row["second"] for row in rows} == {"unaided, round 2"}
    assert all(row["n"] == 8 for row in rows)
    assert "intra" in {
        table["key"] for table in bundle.build(run_of(study)).result["mrmc_tables"]
    }


def test_methods_tell_what_was_computed_and_warnings_what_was_not(locked, detector):
    reader = locked.enrolments.first().pseudonym
    whole = bundle.build(run_of(locked, detector=detector)).result
    part = bundle.build(run_of(locked, left_out=[reader])).result

    text = " ".join(whole["methods"])
    assert "pre-registered" in text
    assert "Newcombe's method 5" in text
    assert "Hypothesis of the detector: superiority with margin 0.1" in text
    assert "Holm's adjustment is over" in text
    assert any("named no detector" in line for line in whole["warnings"])
    assert not any("Hypothesis" in line for line in part["methods"])
    assert any(reader in line for line in part["warnings"])
    assert reader not in part["readers"]
    assert reader in {row["reader"] for row in part["study"]["readers"]}


def test_results_page_lists_runs_and_shows_any_report(
    locked, tmp_path, make_user, client_of
):
    reader = locked.enrolments.first().pseudonym
    for more in ((), ("--leave-out", reader), ("--covariance", "delong")):
        call_command("export_report", locked.name, "--out", str(tmp_path), *more)
    analyst = make_user("an-analyst")
    studies.add_role(
        study=locked, actor=None, user=analyst, role=StudyRole.Role.ANALYST
    )
    client = client_of(analyst)
    address = reverse("observers:results", args=[locked.name])
    oldest = locked.reports.last()

    newest = client.get(address).content.decode()
    older = client.get(address, {"report": oldest.pk}).content.decode()

    for kind in ("pre-registered", "sensitivity analysis", "exploratory"):
        assert kind in newest
    assert f"?report={oldest.pk}" in newest
    assert f'?report={oldest.pk}">' + "show" not in older
    for wrong in ("999999", "x", "-1"):
        assert client.get(address, {"report": wrong}).status_code == 404
    for file in ("result.xlsx", "ratings.imrmc", "ratings-rjafroc.xlsx", "mrmc.csv"):
        place = [locked.name, oldest.pk, file]
        assert client.get(reverse("observers:result-file", args=place)).content


def test_hash_is_the_same_where_whole_numbers_lose_their_point():
    assert result_hash({"a": [1e16, 0.5, -0.0]}) == result_hash({"a": [10**16, 0.5, 0]})
    assert result_hash({"a": 0.1}) != result_hash({"a": 0.2})


def test_settings_are_data(locked):
    settings = planned(locked, None)

    assert json.loads(json.dumps(settings.to_dict())) == settings.to_dict()


def test_page_asks_for_a_run_and_the_job_stores_it_with_its_report(
    locked, make_user, client_of
):
    """Without a detector nothing is scored; the analyst's choice reaches the run."""
    analyst = make_user("an-analyst")
    studies.add_role(
        study=locked, actor=None, user=analyst, role=StudyRole.Role.ANALYST
    )
    reader = locked.enrolments.first().pseudonym
    address = reverse("observers:make-report", args=[locked.name])

    wrong = client_of(analyst).post(address, {"left_out": ["X9"]}, follow=True)
    client_of(analyst).post(
        address, {"detector": "", "covariance": "unbiased", "left_out": [reader]}
    )
    job = Job.objects.get(kind="observers.make_report")
    tasks.make_report(job_id=job.pk)

    job.refresh_from_db()
    run = AnalysisRun.objects.get()
    assert "leave out readers of this study" in wrong.content.decode()
    assert job.state == Job.State.DONE, job.message
    assert run.made_by == analyst
    assert run.options["left_out"] == [reader]
    assert run.options["covariance"] == "unbiased"
    assert run.reports.get().result["run"]["kind"] == Kind.EXPLORATORY
