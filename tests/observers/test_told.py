"""A stored report in the reader's language: other words, the same numbers."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from observers.models import AnalysisRun, Report, Study
from observers.reports import bundle
from observers.reports.body import file_name
from observers.reports.told import in_language
from observers.selectors import runs
from observers.selectors.reports import newest_report
from observers.services import analysing, locking, reporting, studies
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(monkeypatch) -> Report:
    """A report that a worker made, in the site's language."""
    monkeypatch.setattr(bundle.plots, "all_figures", lambda *_: {})
    monkeypatch.setattr(bundle.plots, "journal_figures", lambda *_: {})
    monkeypatch.setattr(bundle, "render_pdf", lambda *_: b"%PDF")
    study = factories.open_study(n_readers=4)
    factories.read_study(study)
    studies.close_study(study=study, user=study.owner)
    locking.lock_study(study=Study.objects.get(pk=study.pk), user=study.owner)
    study = Study.objects.get(pk=study.pk)
    for key in ("near-duplicate", "blurred"):
        factories.FundusImageFactory(
            pool=study.pool, lesion="glaucoma", excluded_because=key
        )
    settings = runs.asked(study, {"detector": None, "left_out": []})
    run = analysing.run_analysis(study=study, settings=settings, user=study.owner)
    made = bundle.build(run)
    return reporting.store_report(
        study=study,
        run=run,
        detector=None,
        made=reporting.Made(made.result, made.files, made.view),
        name=file_name,
    )


def numbers(result: dict) -> dict:
    """Keep what no language may change."""
    kept = ("groups", "readers", "differences", "mrmc", "provenance", "paper")
    return json.loads(json.dumps({name: result[name] for name in kept}))


def test_the_sites_language_shows_the_stored_result_itself(report):
    with translation.override("en"):
        assert in_language(report) is report.result


def test_a_runs_result_is_read_with_its_report_and_not_again(
    report, django_assert_num_queries
):
    stored = AnalysisRun.objects.get().result

    with django_assert_num_queries(2), translation.override("ko"):
        found = newest_report(report.study)  # which is the newest, and all of it
        assert found.run.result == stored


def test_another_language_has_other_words_and_the_same_numbers(report):
    with translation.override("ko"):
        told = in_language(report)

    assert numbers(told) == numbers(report.result)
    assert [row["key"] for row in told["rows"]] == [
        row["key"] for row in report.result["rows"]
    ]
    assert [row["name"] for row in told["rows"]][:2] == ["녹내장", "정상"]
    titles = {table["key"]: table["title"] for table in told["mrmc_tables"]}
    assert set(titles) == {one["key"] for one in report.result["mrmc_tables"]}
    assert not [title for title in titles.values() if title.isascii()]
    assert len(told["warnings"]) == len(report.result["warnings"])


@pytest.mark.parametrize(
    ("language", "reasons", "recipe"),
    [
        ("en", "blurred 1, near duplicate 1", "U-Net of the paper"),
        ("ko", "흐림 1, 거의 같은 사진 1", "논문의 U-Net"),
    ],
)
def test_reasons_and_recipes_are_named_and_data_keep_their_keys(
    report, language, reasons, recipe
):
    client = Client(headers={"accept-language": language})
    client.force_login(report.study.owner)

    with translation.override("en"):  # the client leaves its language behind
        page, cases = (
            client.get(reverse(f"observers:{name}", args=[report.study.name])).text
            for name in ("report", "cases")
        )

    assert reasons in page
    assert f'<span class="unit">{recipe}</span>' in cases
    assert '<option value="paper-unet">' in cases
    assert report.result["table1"]["glaucoma"]["excluded"] == {
        "blurred": 1,
        "near-duplicate": 1,
    }


def test_the_analysts_pages_are_korean_where_a_korean_reads(report):
    client = Client(headers={"accept-language": "ko"})
    client.force_login(report.study.owner)

    with translation.override("en"):  # the client leaves its language behind
        pages = {
            name: client.get(
                reverse(f"observers:{name}", args=[report.study.name])
            ).text
            for name in ("results", "conduct", "report", "cases")
        }

    for name, page in pages.items():
        for word in ("Glaucoma", "Ophthalmologists", "Agreement between readers"):
            assert word not in page, (name, word)
