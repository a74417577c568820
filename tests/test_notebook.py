"""The notebook of docs/ runs as it stands, against a running server."""

import runpy

import pytest
from rest_framework.authtoken.models import Token

from forgery.services import jobs
from fundus_study.celery import app
from observers import tasks
from observers.models import Study
from observers.reports import plots
from observers.reports.body import FIGURES
from tests import factories

TINY = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


@pytest.fixture
def at_once(monkeypatch):
    """A worker that takes each job the moment it is sent; figures are specks."""
    assert tasks.make_report

    def work(kind, kwargs):
        app.tasks[kind](**kwargs)

    specks = {f"{name}.svg": TINY for name in FIGURES}
    monkeypatch.setattr(jobs.current_app, "send_task", work)
    monkeypatch.setattr(plots, "all_figures", lambda *_: specks)
    monkeypatch.setattr(plots, "journal_figures", lambda *_: {})


def test_a_study_is_made_read_and_drawn(
    live_server, coordinator, at_once, root, tmp_path
):
    pool = factories.tiny_pool(n=20).pool
    token = Token.objects.create(user=coordinator)
    notebook = runpy.run_path(str(root / "docs/roc_through_the_api.py"))
    target = tmp_path / "roc.svg"

    name = notebook["main"](
        live_server.url,
        token.key,
        pool.name,
        str(target),
        n_original=5,
        n_manipulated=2,
        reader_profile={"size": factories.SIDE},
    )

    study = Study.objects.get(name=name)
    assert (study.state, study.is_simulated) == (Study.State.LOCKED, True)
    assert study.runs.get().kind == "pre-registered"
    assert study.runs.get().made_by == coordinator
    assert "SIMULATED READERS" in target.read_text() or target.stat().st_size > 5000
