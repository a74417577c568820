"""`evaluate_detector`: every view and judge in one report; kept pieces; splits."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from detector.network import training
from forgery.exceptions import WrongInput
from forgery.imaging.errors import TrainingCancelled
from forgery.models import Reservation
from observers.analysis import detection_bootstrap
from observers.services.evaluation import presets, run, split
from observers.services.evaluation.presets import Preset, Steps
from tests import factories

pytestmark = pytest.mark.django_db

TINY = Preset(
    matched=2,
    named=1,
    grid=1,
    source=2,
    validation=1,
    both_profiles=False,
    default=Steps(main=2, base=1, fold=1),
    paper_cnn=Steps(main=2, base=1, fold=1),
)
JUDGES = {
    "default",
    "paper-sparse-cnn",
    "high-frequency energy",
    "residual regression",
    "EfficientNet-Lite0 + linear",
}


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(presets.PRESETS, "quick", TINY)
    monkeypatch.setattr(run, "NAMED", ())
    monkeypatch.setattr(detection_bootstrap, "DRAWS", 40)
    few = [run.laundering.parse("jpeg:70")]
    monkeypatch.setattr(run.laundering, "grid", lambda _seed=0: few)


def names(images):
    return {image.cluster.name for image in images}


def evaluate(main, out, *others):
    stream = io.StringIO()
    call_command(
        "evaluate_detector", main.name, other=[*others], out=out, stdout=stream
    )
    return stream.getvalue()


def test_one_report_holds_every_view_and_judge_and_goes_on_where_it_stopped(
    small, tmp_path, monkeypatch
):
    main = factories.training_pool(n=1)
    other = factories.training_pool(n=1)
    told = evaluate(main, tmp_path, other.name)
    report = json.loads((tmp_path / "report.json").read_text())

    assert "about" in told.splitlines()[0]
    assert {row["judge"] for row in report["T0"]} == JUDGES
    assert set(report["T1"]) >= {"lesion-insert", "paper-unet", "splice", "inpaint"}
    assert set(report["T2"]) == {main.name, other.name}
    assert set(report["T3"]) == {"random", "jpeg:70"}
    assert set(report["T4"]) == JUDGES
    assert set(report["T3 differences"]) == {"mean", *JUDGES} - {"default"}
    assert all(
        row["n_original"] and 0 <= row["lower"] <= row["upper"] <= 1
        for row in report["T0"]
    )
    assert any("T1 worst" in one["what"] for one in report["verdicts"])
    page = (tmp_path / "report.html").read_text()
    assert "What was asked" in page
    assert "style=" not in page
    assert (tmp_path / "figures" / "roc.svg").exists()

    monkeypatch.setattr(training, "train", None)  # nothing is left to train
    evaluate(main, tmp_path, other.name)
    assert json.loads((tmp_path / "report.json").read_text())["T0"] == report["T0"]


def test_a_cancelled_evaluation_says_so_and_keeps_what_it_has(
    small, tmp_path, monkeypatch
):
    main = factories.training_pool(n=1)

    def stop(*_args, **_options):
        raise TrainingCancelled("stopped")

    with monkeypatch.context() as patched:
        patched.setattr(training, "train", stop)
        with pytest.raises(CommandError, match="same command again"):
            evaluate(main, tmp_path)

    assert list((tmp_path / "kept" / "twins").glob("*.npz"))


def test_no_part_of_a_split_shares_a_cluster():
    pool = factories.training_pool(n=3)

    parts = split.splits(pool, 10)[None]

    groups = [names(getattr(parts, name)) for name in ("train", "test")]
    assert not groups[0] & groups[1]
    assert not groups[0] & names(parts.validation)
    with pytest.raises(WrongInput, match="would both"):
        split.check_apart(split.Split(parts.train, [], [*parts.test, parts.train[0]]))


def test_detectors_learn_from_what_manipulators_were_to_learn_from():
    pool = factories.training_pool(n=2)
    lent = names(split.others(pool, 99)) & {
        one.name for one in factories.clusters_with(pool, "manipulator-train")
    }

    parts = split.splits(pool, 10)[None]

    assert len(lent) == 2
    assert lent < names(parts.train)
    assert not lent & (names(parts.validation) | names(parts.test))


def test_a_cross_fitted_lesion_is_judged_once_by_each_fold_that_held_it_out():
    pool = factories.training_pool(n=2)
    rows = Reservation.objects.filter(role__in=("detector-train", "test", "opt"))
    for number, row in enumerate(rows.order_by("pk")):
        row.role, row.fold = Reservation.Role.CROSSFIT, number % 3
        row.save()

    found = split.splits(pool, 10)

    judged = [names(one.test) for one in found.values()]
    assert set(found) == {0, 1, 2}
    assert len(set.union(*judged)) == sum(map(len, judged)) == 6
    for one in found.values():
        assert not names(one.train) & names(one.test)


def test_a_pool_without_test_clusters_is_refused_in_a_sentence(small, tmp_path):
    pool = factories.training_pool(n=1)
    Reservation.objects.filter(role__in=("test", "opt")).update(role="practice")

    with pytest.raises(CommandError, match="set aside for tests"):
        evaluate(pool, tmp_path)
