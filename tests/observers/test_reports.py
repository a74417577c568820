"""A locked study's report: the same numbers in every format, nothing invented."""

import csv
import io
import json
import re
import zipfile

import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from detector.models import DetectorModel
from observers.analysis.roc import empirical_auc
from observers.exceptions import WrongState
from observers.models import Report, Study, StudyRole
from observers.models.protocol import Group
from observers.reports import bundle, plots, words
from observers.reports.csvs import to_csv
from observers.reports.pdf import TEMPLATE
from observers.selectors.readings import tidy_rows
from observers.selectors.runs import asked
from observers.selectors.scores import calibrated, case_scores, detector_rows
from observers.selectors.summary import summary_lines
from observers.services import analysing, demo_people, locking, simulation, studies
from tests import factories

GROUPS = (
    Group("ophthalmologists", "Ophthalmologists", 2, 10),
    Group("general-doctors", "General doctors", 2, 5),
)


@pytest.fixture
def locked(db) -> Study:
    study = factories.StudyFactory(protocol=factories.tiny_protocol(groups=GROUPS))
    study = simulation.prepare(study=study, seed=1)
    list(simulation.simulate_readers(study=study, seed=1))
    studies.close_study(study=study, user=None)
    locking.lock_study(study=study, user=None)
    return Study.objects.get(pk=study.pk)


@pytest.fixture(autouse=True)
def only_vector_figures(monkeypatch):
    """Bitmaps take most of a report's time and are drawn by the same code."""
    monkeypatch.setattr(plots, "KINDS", ("svg",))
    monkeypatch.setattr(plots, "journal_figures", lambda *_: {})


@pytest.fixture
def report(locked):
    return bundle.build(run_of(locked))


def content(name, data):
    """A file's text; that of all its parts for a workbook."""
    if name.endswith((".pdf", ".png")):
        return data.decode("latin-1")
    if not name.endswith((".xlsx", ".zip")):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return "".join(
            book.read(part).decode("utf-8", "replace") for part in book.namelist()
        )


def run_of(study, **changes):
    settings = asked(study, changes)
    return analysing.run_analysis(study=study, settings=settings, user=None)


def test_report_is_refused_before_the_lock(db):
    study = factories.StudyFactory()

    with pytest.raises(WrongState, match="lock it before"):
        run_of(study)


def test_same_lock_gives_the_same_data_files(locked, report):
    again = bundle.build(run_of(locked))

    for name in set(report.files) - {"report.pdf", "ratings-rjafroc.xlsx"}:
        assert again.files[name] == report.files[name], name


def test_reader_auc_is_that_of_the_exported_rows(report):
    rows = list(csv.DictReader(io.StringIO(report.files["ratings.csv"].decode())))
    result = json.loads(report.files["result.json"])
    for reader, part in result["readers"].items():
        for lesion in (row["key"] for row in result["study"]["lesions"]):
            mine = [r for r in rows if r["reader"] == reader and r["lesion"] == lesion]
            truth = [r["truth"] == "1" for r in mine]
            score = [float(r["score"]) for r in mine]
            assert part[lesion]["auc"] == empirical_auc(truth, score)


def test_auc_table_agrees_with_the_result(report):
    rows = list(csv.DictReader(io.StringIO(report.files["auc.csv"].decode())))
    groups = json.loads(report.files["result.json"])["groups"]

    checked = 0
    for row in rows:
        if row["level"] == "group" and row["auc"]:
            assert float(row["auc"]) == groups[row["name"]][row["lesion"]]["auc"]
            checked += 1
    assert checked == sum(len(part) for part in groups.values())


def test_every_format_says_that_readers_are_simulated(report):
    text = "\n".join(
        page.extract_text()
        for page in pypdf.PdfReader(io.BytesIO(report.files["report.pdf"])).pages
    )

    assert report.result["simulated_readers"] is True
    assert "Simulated readers" in text
    assert "Simulated readers" in report.files["report.html"].decode()
    assert "simulated readers" in report.files["figures/roc.svg"].decode().lower()


def test_the_pdf_names_why_images_were_left_out(locked):
    factories.FundusImageFactory(
        pool=locked.pool,
        lesion=locked.rules.lesions[0],
        excluded_because="near-duplicate",
    )

    pdf = bundle.build(run_of(locked)).files["report.pdf"]

    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "near duplicate 1" in text
    assert "near-duplicate 1" not in text


def test_only_pseudonyms_leave_the_house(locked, report):
    names = set(locked.enrolments.values_list("user__username", flat=True))
    everything = "".join(
        content(name, data)
        for name, data in report.files.items()
        if not name.endswith((".png", "pdf"))
    )

    assert names
    assert not [name for name in names if name in everything]


def test_result_names_data_code_and_seeds(locked, report):
    provenance = report.result["provenance"]

    assert provenance["protocol_hash"] == locked.protocol_hash
    assert provenance["lock_hash"] == locked.lock.data_hash
    assert provenance["seeds"]["study"] == locked.rules.seed
    assert all(len(digest) == 64 for digest in provenance["model_hashes"].values())


def test_words_of_the_pdf_are_those_of_its_template():
    used = set(re.findall(r'\bt\("((?:[^"\\]|\\.)*)"\)', TEMPLATE.read_text()))

    assert used == set(words.KEYS)


def test_cells_that_start_a_formula_are_defused():
    text = to_csv([{"a": "=1+1", "b": None}, {"a": -2.5, "b": "-x"}], ("a", "b"))

    assert text == "a,b\n'=1+1,\n-2.5,'-x\n"


def test_numbers_written_as_text_stay_numbers():
    text = to_csv([{"a": "-6.507471653928852", "b": "-1e-3"}], ("a", "b"))

    assert text == "a,b\n-6.507471653928852,-1e-3\n"


def test_export_writes_what_it_stores(locked, tmp_path):
    call_command("export_report", locked.name, "--out", str(tmp_path))

    stored = Report.objects.get(study=locked)
    assert json.loads((tmp_path / "result.json").read_text()) == stored.result
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "figures" / "roc.svg").is_file()
    lines = summary_lines(locked)
    assert "(simulated)" in lines[0]
    assert len(lines) == 1 + len(stored.result["rows"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "no study is called 'nowhere'"),
        (("{study}", "--detector", "none"), "has not scored study"),
    ],
)
def test_export_refuses_in_one_sentence(locked, tmp_path, arguments, sentence):
    given = [part.format(study=locked.name) for part in arguments]

    with pytest.raises(CommandError, match=sentence):
        call_command("export_report", *given, "--out", str(tmp_path))


def test_detector_rows_stand_on_the_thresholds_scale(locked):
    model = factories.DetectorModelFactory(
        pool=locked.pool, threshold=1.5, temperature=2.0
    )
    truths = list(locked_truths(locked))
    for place, truth in enumerate(truths):
        model.scores.create(
            image=truth.image,
            manipulation=truth.manipulation,
            view="reader",
            content_hash=f"{place:064d}",
            score=float(place),
            probability=0.5,
            detail=0.0,
        )

    rows = list(detector_rows(locked, model.name))

    assert len(rows) == len(truths) == len(list(case_scores(locked, model.name)))
    scores = {row["case"]: float(row["score"]) for row in rows}
    for place, truth in enumerate(truths):
        assert scores[truth.case.code] == (place - 1.5) / 2.0
    assert {row["modality"] for row in rows} == {"detector"}
    known = {(r["case"], r["truth"]) for r in tidy_rows(locked)}
    assert {(row["case"], row["truth"]) for row in rows} == known
    assert calibrated(model.scores.first()) == -0.75


def locked_truths(study):
    from observers.models import CaseTruth

    return (
        CaseTruth.objects.filter(case__opt_set__study=study)
        .select_related("case", "image", "manipulation")
        .order_by("case__code")
    )


def test_results_page_shows_the_newest_report_and_hands_out_files(
    locked, tmp_path, make_user, client_of
):
    call_command("export_report", locked.name, "--out", str(tmp_path))
    analyst = make_user("some-analyst")
    studies.add_role(
        study=locked, actor=None, user=analyst, role=StudyRole.Role.ANALYST
    )
    client = client_of(analyst)
    stored = Report.objects.get(study=locked)

    page = client.get(reverse("observers:report", args=[locked.name]))
    file = client.get(
        reverse("observers:result-file", args=[locked.name, stored.pk, "result.json"])
    )
    wrong = client.get(
        reverse("observers:result-file", args=[locked.name, stored.pk, "../db.sqlite3"])
    )

    assert page.status_code == 200
    assert "Simulated readers." in page.content.decode()
    assert "style=" not in page.content.decode()
    assert json.loads(file.content) == stored.result
    assert wrong.status_code == 404


def test_demo_people_are_refused_in_production(db, settings):
    settings.PRODUCTION = True

    with pytest.raises(ValueError, match="not in production"):
        demo_people.ensure_people()


def test_demo_people_keep_their_password(db, django_user_model):
    demo_people.ensure_people()
    user = django_user_model.objects.get(username="coordinator")
    user.set_password("changed")
    user.save()

    demo_people.ensure_people()

    user.refresh_from_db()
    assert user.check_password("changed")
    assert user.has_perm("observers.create_study")
    assert DetectorModel.objects.count() == 0
