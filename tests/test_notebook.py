"""The notebook of docs/ runs as it stands: from an upload to curves, over HTTP."""

import runpy
import zipfile

import pytest
from rest_framework.authtoken.models import Token

from forgery.imaging import fundus
from forgery.imaging.phantom.render import make
from forgery.models import Pool
from forgery.services import jobs
from fundus_study.celery import app
from observers.models import Study
from observers.reports import plots
from observers.reports.body import FIGURES
from tests import factories

PATIENTS = 8
TINY = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


@pytest.fixture
def at_once(monkeypatch):
    """A worker that takes each job the moment it is sent; figures are specks."""
    app.loader.import_default_modules()

    def work(kind, kwargs):
        app.tasks[kind](**kwargs)

    specks = {f"{name}.svg": TINY for name in FIGURES}
    monkeypatch.setattr(jobs.current_app, "send_task", work)
    monkeypatch.setattr(plots, "all_figures", lambda *_: specks)
    monkeypatch.setattr(plots, "journal_figures", lambda *_: {})


@pytest.fixture
def photographs(tmp_path):
    """x for each of two lesions, as somebody sends it."""
    path = tmp_path / "eyes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for lesion in ("glaucoma", "diabetic-retinopathy"):
            for seed in range(PATIENTS):
                image = make(lesion, seed, size=300).image
                archive.writestr(f"{lesion}/{seed}.png", fundus.encode_png(image))
    return path


def test_a_study_is_made_read_and_drawn(
    live_server, coordinator, at_once, photographs, root, tmp_path
):
    token = Token.objects.create(user=coordinator)
    notebook = runpy.run_path(str(root / "docs/roc_through_the_api.py"))
    target = tmp_path / "roc.svg"

    name = notebook["main"](
        live_server.url,
        token.key,
        str(photographs),
        str(target),
        n_original=4,
        n_manipulated=2,
        reader_profile={"size": factories.SIDE},
    )

    study = Study.objects.get(name=name)
    assert Pool.objects.get().images.count() == 2 * PATIENTS
    assert set(study.rules.lesions) == {"glaucoma", "diabetic-retinopathy"}
    assert (study.state, study.is_simulated) == (Study.State.LOCKED, True)
    assert study.runs.get().kind == "pre-registered"
    assert study.runs.get().made_by == coordinator
    assert "SIMULATED READERS" in target.read_text() or target.stat().st_size > 5000
