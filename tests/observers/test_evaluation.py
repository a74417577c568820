"""`evaluate_detector`: every view and judge in one report; kept pieces; splits."""

import io
import json

import pytest
from django.core.management import call_command

from observers.services.evaluation import presets, run
from observers.services.evaluation.presets import Preset, Steps
from tests import factories

pytestmark = pytest.mark.django_db

TINY = Preset(
    matched=2,
    named=1,
    grid=1,
    source=2,
    default=Steps(main=2, base=2, fold=1),
    paper_cnn=Steps(main=2, base=2, fold=1),
)


@pytest.fixture
def pools(monkeypatch):
    monkeypatch.setitem(presets.PRESETS, "quick", TINY)
    monkeypatch.setattr(run, "NAMED", ("jpeg:70",))
    few = [run.laundering.parse(text) for text in ("jpeg:70", "blur:1")]
    monkeypatch.setattr(run.laundering, "grid", lambda: few)
    return factories.training_pool(n=4), factories.training_pool(n=4)


def evaluate(pools, out):
    stream = io.StringIO()
    main, other = pools
    call_command(
        "evaluate_detector", main.name, other=[other.name], out=out, stdout=stream
    )
    return stream.getvalue()


def test_report(pools, tmp_path):
    told = evaluate(pools, tmp_path)
    report = json.loads((tmp_path / "report.json").read_text())
