"""A report in the language that was chosen; its data know no language."""

import io
import json

import pypdf
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from forgery.models import Job
from observers.models import Study
from observers.reports import bundle, plots
from observers.reports.body import file_name
from observers.reports.told import said
from observers.services import reporting
from tests import factories
from tests.observers.runs.asking import run_of

SPOKEN = {"report.html", "report.pdf", "manifest.json", "everything.zip"}
"""Files that differ by language; so do figures, for which specks stand here."""


@pytest.fixture
def analyst(locked, make_user):
    user = make_user("an-analyst")
    factories.give_role(locked, user, "analyst")
    return user


def client_in(language, user) -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text() for page in pages)


def test_another_language_changes_what_people_read_and_no_data(locked, detector):
    run = run_of(locked, detector=detector)

    english, korean = bundle.build(run, "en"), bundle.build(run, "ko")

    assert set(english.files) == set(korean.files)
    differing = {n for n in english.files if english.files[n] != korean.files[n]}
    assert differing == SPOKEN
    assert korean.result == english.result
    assert json.loads(korean.files["manifest.json"])["language"] == "ko"
    assert json.loads(english.files["manifest.json"])["language"] == "en"
    page = korean.files["report.html"].decode()
    assert '<html lang="ko">' in page
    assert "판독자" in page
    assert "판독자" in text_of(korean.files["report.pdf"])
    assert "판독자" not in text_of(english.files["report.pdf"])


def test_two_builds_in_one_language_are_the_same_bytes(locked, detector):
    run = run_of(locked, detector=detector)

    first, second = (bundle.build(run, "ko").files for _ in range(2))

    assert {name for name in first if first[name] != second[name]} == set()


def test_a_worker_that_speaks_korean_writes_the_same_data(locked):
    run = run_of(locked)
    english = bundle.build(run).files

    with translation.override("ko"):
        asked_for_none = bundle.build(run).files

    assert asked_for_none == english


def test_figures_are_named_in_the_language_of_the_report(locked):
    run = run_of(locked)
    result = bundle.build(run).result

    with translation.override("ko"):
        labels = plots.labels_of(said(result, run))

    assert labels.detector == "검출기"
    assert set(labels.lesions.values()) & {"정상", "녹내장"}
    assert labels.banner == "모의 판독자, 합성 팬텀"


def test_the_command_writes_the_language_that_it_is_given(locked, tmp_path):
    call_command("export_report", locked.name, "--out", str(tmp_path), language="ko")

    expected = bundle.build(run_of(locked), "ko").files
    for name in SPOKEN | {"result.json"}:
        assert (tmp_path / name).read_bytes() == expected[name], name


@pytest.mark.parametrize(
    ("page", "chosen", "language"),
    [("en", None, "en"), ("ko", None, "ko"), ("ko", "en", "en"), ("en", "xx", None)],
)
def test_the_page_s_language_is_taken_unless_another_is_chosen(
    locked, analyst, page, chosen, language
):
    body = {"detector": "", "covariance": "jackknife"}
    if chosen is not None:
        body["language"] = chosen

    client_in(page, analyst).post(
        reverse("observers:make-report", args=[locked.name]), body
    )
    script = client_in(page, analyst).post(
        reverse("api:runs", args=[locked.name]),
        {key: value for key, value in body.items() if key != "covariance"},
        content_type="application/json",
    )

    made = Job.objects.filter(kind="observers.make_report")
    found = [job.arguments["language"] for job in made]
    assert found == ([] if language is None else [language] * 2)
    assert script.status_code == (400 if language is None else 202)


def test_the_page_says_in_which_language_the_files_are(locked, analyst):
    run = run_of(Study.objects.get(pk=locked.pk))
    made = bundle.build(run, "ko")
    reporting.store_report(
        study=locked,
        run=run,
        detector=None,
        made=reporting.Made(made.result, made.files, made.view),
        name=file_name,
    )

    client = client_in("en", analyst)
    told = client.get(reverse("observers:report", args=[locked.name])).text
    form = client.get(reverse("observers:results", args=[locked.name])).text

    assert "HTML, PDF and figures are in 한국어" in told
    assert '<option value="en" selected>English</option>' in form
