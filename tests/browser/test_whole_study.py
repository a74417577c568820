"""A whole study without a terminal: from photographs to the locked results."""

import csv
import io
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from playwright.sync_api import Page, expect

from forgery.imaging.recipes import PAPER_UNET
from forgery.models import Job, Pool
from observers.models import CaseTruth, Rating, Report, Session, Study
from observers.services import reading
from tests import factories
from tests.browser import exports, rooms, workers

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 300
STEPS = PAPER_UNET.presets["quick"].steps
PATIENTS, FORGED, ORIGINALS = 26, 2, 6
READERS = """kim@example.org, ophthalmologists, 12
lee@example.org, ophthalmologists, 15
park@example.org, ophthalmologists, 20
choi@example.org, general doctors, 6
jung@example.org, general doctors, six
"""
PASSWORD = {"new_password1": "reads-very-well-4", "new_password2": "reads-very-well-4"}


@pytest.fixture(autouse=True)
def patience():
    """Wait as long as a worker needs: nothing of the program is changed."""
    expect.set_options(timeout=SECONDS * 1000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def at_work(root, tmp_path, settings, live_server):
    """A worker process that does what the pages start."""
    with workers.worker(root, tmp_path / "var", settings) as process:
        yield process


def archive(shared: Path) -> bytes:
    """Real photographs of glaucoma patients, and ten rows that cannot be imported."""
    folder = shared / "data" / "odir"
    text = (folder / "full_df.csv").read_text(encoding="gb18030")
    rows = [
        row["filename"]
        for row in csv.DictReader(io.StringIO(text))
        if row["Right-Diagnostic Keywords"].strip() == "glaucoma"
        and "right" in row["filename"]
    ]
    good, spare = rows[:PATIENTS], rows[PATIENTS : PATIENTS + 6]
    data = {name: (folder / "images" / name).read_bytes() for name in [*good, *spare]}
    data[spare[0]], data[spare[1]] = data[spare[0]][:5000], b"no photograph"
    table = [[name, "glaucoma", name.split("_")[0], "right"] for name in good]
    table += [
        [spare[0], "glaucoma", "x0", "right"],
        [spare[1], "glaucoma", "x1", "right"],
        ["gone.jpg", "glaucoma", "x2", "right"],
        [good[0], "glaucoma", "x3", "right"],
        ["../outside.jpg", "glaucoma", "x4", "right"],
        [spare[2], "GON", "x5", "right"],
        [spare[3], "GON", "x6", "right"],
        [spare[4], "glaucoma", "x7", "third"],
        ["", "glaucoma", "x8", "right"],
        [spare[5], "", "x9", "right"],
    ]
    sheet = io.StringIO()
    csv.writer(sheet).writerows([["file", "lesion", "patient_id", "eye"], *table])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as handle:
        for name, content in data.items():
            handle.writestr(f"study/{name}", content)
        handle.writestr("study/labels.csv", sheet.getvalue())
    return packed.getvalue()


def work(page: Page) -> Job:
    """Wait on the job's page until the worker has done it."""
    page.wait_for_url(re.compile(r"/jobs/\d+/"))
    expect(page.locator("#job[data-over=yes]")).to_be_visible()
    job = Job.objects.get(pk=page.url.rstrip("/").rpartition("/")[2])
    assert job.state == Job.State.DONE, job.message
    return job


def import_photographs(page: Page, shared: Path) -> None:
    page.get_by_role("link", name="Pools").click()
    page.get_by_role("link", name="Import a pool").first.click()
    page.get_by_label("Photographs", exact=True).set_input_files(
        {"name": "a.zip", "mimeType": "application/zip", "buffer": archive(shared)}
    )
    page.get_by_label("Name of the pool").fill("clinic")
    page.get_by_label("Where the photographs").fill("ODIR-5K")
    page.get_by_label("Licence").fill("research use")
    page.get_by_text("More settings").click()
    page.get_by_label("Patients of a lesion kept for readers").fill("10")
    page.get_by_label("Patients of a lesion kept for practice").fill("0")
    page.get_by_role("button", name="Send and import").click()
    expect(page.get_by_text("The import is queued")).to_be_visible()
    work(page)
    page.get_by_role("link", name="10 rows to mend").click()
    page.locator("[name=label-0]").select_option("glaucoma")
    page.get_by_role("button", name="Import the mended rows").click()
    work(page)
    assert Pool.objects.get().images.count() == PATIENTS + 2
    assert Pool.objects.get().problems.count() == 8


def make_manipulations(page: Page) -> None:
    page.get_by_role("link", name="Pools").click()
    page.get_by_role("link", name="clinic").first.click()
    page.get_by_label("Training").select_option("quick")
    page.get_by_role("button", name="Make manipulated images").click()
    job = work(page)
    assert (job.done, job.total) == (STEPS, STEPS)
    page.goto(
        page.url.replace(f"/{job.pk}/", f"/{job.pk + 1}/")
    )  # it follows by itself
    assert work(page).kind == "forgery.manipulate"


def set_up(page: Page) -> None:
    page.get_by_role("link", name="Pools").click()
    page.get_by_role("link", name="clinic").first.click()
    page.get_by_role("link", name="Set up a study from this pool").click()
    page.get_by_label("Title").fill("Whole study")
    page.get_by_role("button", name="Create the draft").click()
    page.locator("[name=n_original]").fill(str(ORIGINALS))
    page.locator("[name=n_manipulated]").fill(str(FORGED))
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Check each reader's screen first").uncheck()
    page.get_by_role("button", name="Instructions and consent").click()
    page.get_by_label("Consent").fill("")
    page.get_by_role("button", name="Check and freeze").click()
    page.locator("li", has_text="No reader is enrolled").get_by_role("link").click()
    page.get_by_label("One reader a line").fill(READERS)
    page.get_by_role("button", name="Invite all").click()
    expect(page.get_by_text("'six' is no number")).to_be_visible()
    page.get_by_label("One reader a line").fill("jung@example.org, general doctors, 6")
    page.get_by_role("button", name="Invite all").click()
    page.get_by_role("link", name="Whole study").click()
    page.get_by_text("Freeze…").click()
    page.get_by_role("button", name="Freeze for good").click()
    page.get_by_text("Open…").click()
    page.get_by_role("button", name="Open for reading").click()
    expect(page.get_by_text("The study is now open")).to_be_visible()


def join(live_server: Any) -> None:
    """Follow each e-mail's link and choose a password."""
    assert len(mail.outbox) == 5
    for message in mail.outbox:
        link = re.search(rf"{live_server.url}(/join/\S+)", str(message.body))
        assert link is not None
        assert Client().post(link[1], PASSWORD).status_code == 302


def read(page: Page, live_server: Any) -> None:
    """Let one reader read in the room, and the others by a script."""
    sessions = list(Session.objects.order_by("enrolment__position"))
    first, *others = sessions
    page.context.clear_cookies()
    rooms.log_in(page.context, live_server, first.enrolment.user)
    page.goto(f"{live_server.url}/read/{first.token}/")
    page.get_by_role("button", name="Begin").click()
    for n in range(FORGED + ORIGINALS):
        rooms.at_case(page, n + 1, FORGED + ORIGINALS)
        rooms.give(page, str(n))
    expect(page.locator("#next-words")).to_have_text("Finish this set")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="thank you")).to_be_visible()
    for session in others:
        reader = session.enrolment.user
        reading.start_session(token=session.token, reader=reader)
        for item in session.items.order_by("position"):
            is_forged = item.case.truth.truth == CaseTruth.Truth.MANIPULATED
            score = 55 + item.position if is_forged else 40 + 3 * item.position
            factories.rate_next(session, score)
        reading.finish_session(token=session.token, reader=reader)
    assert Rating.objects.count() == 5 * (FORGED + ORIGINALS)


def lock(page: Page, live_server: Any, coordinator: User) -> None:
    page.context.clear_cookies()
    rooms.log_in(page.context, live_server, coordinator)
    page.goto(f"{live_server.url}/studies/whole-study/")
    page.get_by_text("Close…").click()
    page.get_by_role("button", name="End the reading").click()
    page.get_by_text("Lock…").click()
    page.get_by_role("button", name="Lock for good").click()
    page.get_by_role("link", name="See the results").click()
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_text("The report is being made")).to_be_visible()
    until_reported(page)
    heading = page.get_by_role("heading", name="AUC and differences")
    expect(heading).to_be_visible(timeout=30_000)


def until_reported(page: Page) -> None:
    """Wait for the worker's report; the page then reloads by itself."""
    end = time.monotonic() + SECONDS
    while not Report.objects.exists():
        job = Job.objects.latest("pk")
        assert job.state != Job.State.FAILED, job.message
        assert time.monotonic() < end, job.state
        page.wait_for_timeout(1000)


def files_of(page: Page, live_server: Any) -> dict[str, bytes]:
    """Fetch every file that the report's page links to, as the browser would."""
    page.goto(f"{live_server.url}/studies/whole-study/results/report/")
    links = page.locator("a[href*='/results/']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    found = {}
    for link in links:
        match = re.fullmatch(r"/studies/whole-study/results/\d+/(.+)", link)
        if match is not None:
            answer = page.request.get(f"{live_server.url}{link}")
            assert answer.ok, link
            found[match[1]] = answer.body()
    return found


def test_a_whole_study_is_played_without_a_terminal(
    page: Page, live_server, log_in, shared, tmp_path, at_work
):
    page.set_default_timeout(60_000)
    coordinator = factories.coordinator_user(username="coordinator")
    log_in(coordinator)

    import_photographs(page, shared)
    make_manipulations(page)
    set_up(page)
    join(live_server)
    read(page, live_server)
    lock(page, live_server, coordinator)

    study = Study.objects.get()
    assert study.state == Study.State.LOCKED
    assert at_work.poll() is None
    exports.check(files_of(page, live_server), study, tmp_path)
