"""A job speaks the language of whoever started it; its data stay as they are."""

import pytest
from django.urls import reverse
from django.utils import translation

from forgery.exceptions import WrongInput
from forgery.models import ImportProblem, Job
from forgery.services import jobs, sheets
from forgery.services import pools as pool_service

pytestmark = pytest.mark.django_db


def refuse(_context):
    raise WrongInput(translation.gettext("Name the folder to import."))


def started(owner, language, **arguments) -> Job:
    with translation.override(language):
        return jobs.start_job(
            kind="forgery.import_pool", arguments=arguments, owner=owner
        )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ko", "가져올 폴더를 적으십시오."),
        ("en", "Name the folder to import."),
        (None, "Name the folder to import."),
    ],
)
def test_a_worker_answers_in_the_language_of_who_asked(coordinator, language, sentence):
    job = started(coordinator, language)

    jobs.run_job(job.pk, refuse)

    job.refresh_from_db()
    assert (job.state, job.message) == (Job.State.FAILED, sentence)
    assert translation.get_language() == "en"


def test_an_import_s_log_tells_people_without_a_terminal_what_to_do(
    coordinator, coordinator_client, source, write_rows, monkeypatch
):
    monkeypatch.setattr(sheets, "thresholds", lambda _pool: "")
    write_rows(source, [[f"p{n}.jpg", "Katarakt", "x", "right"] for n in range(2)])
    arguments = pool_service.arguments(
        source=str(source), pool="made", layout="manifest"
    )
    logs = {}
    for language in ("en", "ko"):
        job = started(coordinator, language, **arguments)
        jobs.run_job(job.pk, pool_service.import_work)
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.message
        logs[language] = job.log

    assert "row 2, p0.jpg: “Katarakt” is not the name of a lesion." in logs["en"]
    assert "choose “See what is wrong, and mend them”" in logs["en"]
    assert "2행, p0.jpg: “Katarakt”" in logs["ko"]
    assert not any(flag in log for log in logs.values() for flag in ("--map", "LESION"))
    page = coordinator_client.get(reverse("forgery:pool", args=["made"])).text
    assert "See what is wrong, and mend them" in page
    assert set(ImportProblem.objects.values_list("row", flat=True)) == {2, 3}
    assert "--map" in ImportProblem.objects.first().reason  # the command's sentence
