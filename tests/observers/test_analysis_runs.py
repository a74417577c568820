"""Stored analysis runs, and the same numbers in every export."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import openpyxl
import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from forgery.exceptions import WrongInput
from forgery.models import Job
from observers import tasks, triggers
from observers.analysis.imrmc import parse_imrmc
from observers.analysis.tidy_csv import read_csv
from observers.analysis.workbook import read_workbook
from observers.exceptions import WrongState
from observers.models import (
    AnalysisRun,
    AuditEvent,
    CaseTruth,
    Rating,
    Study,
    StudyRole,
)
from observers.models.analysis_plan import AnalysisPlan
from observers.models.protocol import Group
from observers.reports import bundle, plots
from observers.reports.body import FIGURES
from observers.reports.exports import sheets
from observers.selectors.runs import asked, planned, timed_readings
from observers.services import analysing, locking, simulation, studies
from observers.services.result_hash import result_hash
from observers.services.verification import verify_study
from tests import factories

GROUPS = (
    Group("ophthalmologists", "Ophthalmologists", 3, 10),
    Group("general-doctors", "General doctors", 2, 5),
)
Kind = AnalysisRun.Kind


@pytest.fixture
def locked(db) -> Study:
    study = factories.StudyFactory(
        protocol=factories.tiny_protocol(
            groups=GROUPS,
            n_original=5,
            n_manipulated=3,
            analysis=AnalysisPlan(margin=0.1),
        )
    )
    study = simulation.prepare(study=study, seed=1)
    list(simulation.simulate_readers(study=study, seed=1))
    studies.close_study(study=study, user=None)
    locking.lock_study(study=study, user=None)
    return Study.objects.get(pk=study.pk)


@pytest.fixture
def detector(locked):
    """A detector that scored every case, with scores of many digits."""
    model = factories.DetectorModelFactory(
        pool=locked.pool, threshold=0.1, temperature=0.7
    )
    truths = CaseTruth.objects.filter(case__opt_set__study=locked)
    for place, truth in enumerate(truths.order_by("case__code")):
        is_manipulated = truth.truth == CaseTruth.Truth.MANIPULATED
        model.scores.create(
            image=truth.image,
            manipulation=truth.manipulation,
            view="reader",
            content_hash=f"{place:064d}",
            score=0.1 + place % 5 / 3 + is_manipulated,
            probability=(1 + place % 5 + is_manipulated) / 8,
            detail=0.0,
        )
    return model.name


TINY = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    """Let a speck stand for each figure, whose drawing takes most of the time."""
    specks = {f"{name}.svg": TINY for name in FIGURES}
    monkeypatch.setattr(plots, "all_figures", lambda *_: dict(specks))


def run_of(study, **changes):
    return analysing.run_analysis(
        study=study, settings=asked(study, changes), user=None
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


def test_app_equals_analyse_on_the_exported_csv_to_the_last_digit(
    locked, detector, tmp_path
):
    """Readers, groups and detector: every number of the run, compared exactly."""
    run = run_of(locked, detector=detector)
    report = bundle.build(run)
    (tmp_path / "ratings.csv").write_bytes(report.files["ratings.csv"])

    call_command(
        *("analyse", str(tmp_path / "ratings.csv"), "--json", str(tmp_path / "o.json")),
        *("--by", "lesion", "--standalone", "modality:detector"),
        *("--covariance", "jackknife", "--margin", "0.1"),
        *("--seed", str(locked.rules.seed)),
    )

    found = json.loads((tmp_path / "o.json").read_text())
    own = json.loads(report.files["result.json"])
    assert found == {k: v for k, v in own["mrmc"].items() if k in found}
    lesions = own["study"]["lesions"]
    for lesion in (row["key"] for row in lesions):
        part = found["lesions"][lesion]
        for row in part["auc"]:
            side = own["detector"] if row["reader"] == "detector" else None
            side = side or own["readers"][row["reader"]]
            assert side[lesion]["auc"] == row["auc"]
        for row in part["standalone"]:
            if row["group"] != "all":
                assert own["groups"][row["group"]][lesion]["auc"] == row["readers_auc"]
            assert own["detector"][lesion]["auc"] == row["standalone_auc"]


def test_every_format_has_the_same_numbers(locked, detector, tmp_path):
    run = run_of(locked, detector=detector)
    report = bundle.build(run)
    files, found = report.files, run.result

    assert json.loads(files["result.json"])["mrmc"] == found
    wanted = flat_numbers(found)
    assert len(wanted) > 200
    assert csv_numbers(files["mrmc.csv"]) == wanted
    assert workbook_numbers(files["result.xlsx"]) == wanted
    cells = [
        cell
        for table in report.result["mrmc_tables"]
        for row in table["rows"]
        for cell in row
    ]
    page = Cells()
    page.feed(files["report.html"].decode())
    assert not [cell for cell in cells if cell not in page.found]
    pdf = squeezed(
        "".join(
            part.extract_text()
            for part in pypdf.PdfReader(io.BytesIO(files["report.pdf"])).pages
        )
    )
    assert not [cell for cell in cells if squeezed(cell) not in pdf]


def test_printed_cells_are_the_numbers_rounded(locked, detector):
    run = run_of(locked, detector=detector)
    tables = {t["key"]: t for t in bundle.build(run).result["mrmc_tables"]}
    first = next(iter(run.result["lesions"].values()))

    row = first["standalone"][0]
    cells = tables["standalone"]["rows"][0]
    minus = "\N{MINUS SIGN}"
    assert float(cells[2]) == round(row["readers_auc"], 3)
    assert float(cells[3]) == round(row["standalone_auc"], 3)
    assert float(cells[4].replace(minus, "-")) == round(row["difference"], 3)
    assert tables["hypothesis"]["rows"]
    assert {"areas", "groups", "agreement", "calibration", "missing"} <= set(tables)


def test_ratings_read_back_give_the_same_areas(locked, detector, tmp_path):
    """.imrmc, RJafroc's workbook and CSV hold the very scores that were analysed."""
    run = run_of(locked, detector=detector)
    files = bundle.build(run).files
    (tmp_path / "r.csv").write_bytes(files["ratings.csv"])
    (tmp_path / "r.xlsx").write_bytes(files["ratings-rjafroc.xlsx"])
    text = files["ratings.imrmc"].decode()
    assert "\nBEGIN DATA:\ntruth," in text

    known = read_csv(tmp_path / "r.csv")
    for other in (parse_imrmc(text), read_workbook(tmp_path / "r.xlsx")):
        assert other.readers == known.readers
        assert other.modalities == known.modalities
        place = [other.cases.index(case) for case in known.cases]
        again = other.score[:, :, place]
        assert ((again == known.score) | (known.score != known.score)).all()
        assert (other.truth[place] == known.truth).all()


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


def test_fig_5_and_fig_7_are_drawn(locked, detector, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(plots, "KINDS", ("svg",))
    files = bundle.build(run_of(locked, detector=detector)).files
    alone = bundle.build(run_of(locked)).files

    assert b"Hilgers 1991" in files["figures/fig5.svg"]
    assert b"Detector" in files["figures/fig7.svg"]
    assert "figures/fig7.svg" not in alone


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


def test_export_refuses_a_reader_who_is_not_there(locked, tmp_path):
    with pytest.raises(CommandError, match="No reader is called X9"):
        call_command(
            "export_report", locked.name, "--out", str(tmp_path), "--leave-out", "X9"
        )


def test_hash_is_the_same_where_whole_numbers_lose_their_point():
    assert result_hash({"a": [1e16, 0.5, -0.0]}) == result_hash({"a": [10**16, 0.5, 0]})
    assert result_hash({"a": 0.1}) != result_hash({"a": 0.2})


def test_settings_are_data(locked):
    settings = planned(locked, None)

    assert json.loads(json.dumps(settings.to_dict())) == settings.to_dict()


def flat_numbers(found):
    """Every number of the tables: (table, row, quantity) -> float."""
    return {
        (table, str(number), quantity): float(value)
        for table, rows in sheets(found).items()
        for number, row in enumerate(rows, start=1)
        for quantity, value in row.items()
        if isinstance(value, int | float)
    }


def csv_numbers(data):
    rows = csv.DictReader(io.StringIO(data.decode()))
    return {
        (row["table"], row["row"], row["quantity"]): float(
            {"True": "1", "False": "0"}.get(row["value"], row["value"])
        )
        for row in rows
        if re.fullmatch(r"True|False|-?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?", row["value"])
    }


def workbook_numbers(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = {}
    for sheet in book.worksheets:
        head, *rows = sheet.iter_rows(values_only=True)
        for number, row in enumerate(rows, start=1):
            for quantity, value in zip(head, row, strict=True):
                if isinstance(value, int | float):
                    found[sheet.title, str(number), quantity] = float(value)
    return found


class Cells(HTMLParser):
    """The text of every table cell."""

    def __init__(self):
        super().__init__()
        self.found, self.text = set(), None

    def handle_starttag(self, tag, _attrs):
        if tag == "td":
            self.text = ""

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "td":
            self.found.add(self.text)
            self.text = None


def squeezed(text):
    """Text without spaces, hyphens of line ends and soft breaks."""
    return re.sub(r"[\s\u00ad\u200b-]+", "", text)


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
