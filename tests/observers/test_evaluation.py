"""`evaluate_detector`: one report, kept scores, clusters that were seen left out."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from detector.models import DetectorModel
from observers.services import evaluation
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool(monkeypatch):
    monkeypatch.setattr(evaluation, "WHOLE", ())
    monkeypatch.setattr(evaluation, "QUICK", ("jpeg:70",))
    return factories.tiny_pool(n=2).pool


def run(pool, out):
    stream = io.StringIO()
    call_command("evaluate_detector", pool.name, out=out, stdout=stream)
    return stream.getvalue()


def test_report_holds_every_view_and_goes_on_where_it_stopped(
    pool, tmp_path, monkeypatch
):
    told = run(pool, tmp_path)
    report = json.loads((tmp_path / "report.json").read_text())

    assert "about" in told.splitlines()[0]
    assert list(report["views"]) == [
        "T0 lossless",
        "T3 jpeg:70",
        "T3 random",
        "T4 originals laundered alone",
        "T4 manipulated laundered alone",
    ]
    rows = report["views"]["T0 lossless"]
    assert {row["model"] for row in rows} == {"default", "high-frequency energy"}
    assert all(0 <= row["lower"] <= row["auc"] <= row["upper"] <= 1 for row in rows)
    assert "<table>" in (tmp_path / "report.html").read_text()

    monkeypatch.setattr(evaluation.views, "laundered", None)  # nothing is left to do
    run(pool, tmp_path)


def test_clusters_that_the_detector_has_seen_are_left_out(pool, tmp_path):
    run(pool, tmp_path)
    model = DetectorModel.objects.get(name="default")
    seen = pool.images.order_by("pk").first().cluster
    model.clusters.add(seen)

    test = evaluation.test_examples(pool, model, 10)

    assert seen.name not in set(test.cluster.tolist())
    model.clusters.set([image.cluster for image in pool.images.all()])
    with pytest.raises(evaluation.WrongInput, match="no test cluster"):
        evaluation.test_examples(pool, model, 10)


def test_unknown_detector_is_refused_in_a_sentence(pool, tmp_path):
    with pytest.raises(CommandError, match="no detector"):
        call_command("evaluate_detector", pool.name, out=tmp_path, detector="other")
