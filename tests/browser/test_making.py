"""'Make the report' is watched on its page: progress, then the report and its files."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from forgery.models import Job
from observers import tasks
from observers.models import Study, StudyRole
from observers.reports import plots
from observers.services import locking, simulation, studies
from tests import factories


@pytest.fixture
def locked(transactional_db, monkeypatch) -> Study:
    """A study that simulated readers read, locked; nothing was analysed yet."""
    monkeypatch.setattr(plots, "KINDS", ("svg",))  # bitmaps take most of the time
    protocol = factories.tiny_protocol(n_original=5, n_manipulated=3)
    study = simulation.prepare(study=factories.StudyFactory(protocol=protocol), seed=1)
    list(simulation.simulate_readers(study=study, seed=1))
    studies.close_study(study=study, user=None)
    locking.lock_study(study=study, user=None)
    return Study.objects.get(pk=study.pk)


@pytest.fixture
def job(page: Page, live_server, log_in, locked) -> Job:
    """An analyst, without any right of the site, has asked for the report."""
    analyst = factories.UserFactory(username="analyst")
    studies.add_role(
        study=locked, actor=None, user=analyst, role=StudyRole.Role.ANALYST
    )
    log_in(analyst)
    page.goto(live_server.url + reverse("observers:results", args=[locked.name]))
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("heading", name="The report is being made")).to_be_visible()
    return Job.objects.get(kind="observers.make_report")


def test_page_shows_progress_and_then_the_report_without_a_reload(
    page: Page, job: Job, complaints
):
    card = page.locator("#making")
    expect(card.get_by_text("No worker is running")).to_be_visible()
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING,
        started_at=timezone.now(),
        heartbeat=timezone.now(),
        done=1,
        total=3,
        message="writing tables, figures and files",
    )

    expect(card.get_by_text("writing tables, figures and files")).to_be_visible()
    expect(card.get_by_text("1 / 3")).to_be_visible()
    assert float(card.locator("progress").evaluate("own => own.value")) > 0.3
    expect(card.get_by_text("No worker is running")).to_be_hidden()

    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, done=0)
    tasks.make_report(job_id=job.pk)

    expect(page.get_by_role("heading", name="AUC and differences")).to_be_visible()
    expect(card).to_have_count(0)
    with page.expect_download() as taken:
        page.get_by_role("link", name="PDF").click()
    assert taken.value.path().read_bytes().startswith(b"%PDF")
    assert complaints == []


def test_page_says_why_a_report_was_not_made(page: Page, job: Job):
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.FAILED,
        finished_at=timezone.now(),
        message="The detector's file is gone.",
    )

    expect(page.get_by_text("The report was not made")).to_be_visible()
    expect(page.get_by_text("The detector's file is gone.")).to_be_visible()
    expect(page.get_by_role("button", name="Make the report")).to_be_enabled()
