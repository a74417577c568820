"""Novelty: learned from originals alone, it tells what no original leaves."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from detector.network import metrics, traces
from detector.network.inference import Detector
from detector.network.judgement import Judgement
from detector.network.novelty import NoveltyRule, Usual
from detector.network.quality import products, standard
from detector.network.trace_head import Learned, draw
from detector.services import shipped
from forgery.imaging import checkpoints
from forgery.imaging.phantom.render import make

SIZE = 128


def originals(seeds):
    return np.stack([make("normal", seed, size=SIZE).image for seed in seeds])


def washed(images, seed):
    rng = np.random.default_rng(seed)
    return np.stack([draw(rng).apply(image) for image in images])


def smoothed(image):
    soft = cv2.bilateralFilter(image, 5, 12, 2)
    return np.where(image.max(axis=2, keepdims=True) > 0, soft, image)


def auc(low, high):
    truth = np.repeat([False, True], [len(low), len(high)])
    return metrics.auc(truth, np.concatenate([low, high]))


@pytest.fixture(scope="module")
def usual():
    seen = originals(range(24))
    kinds = [seen, seen, *(washed(seen, number) for number in range(6))]
    return Usual.fit(np.concatenate([traces.describe(one) for one in kinds]))


@pytest.fixture(scope="module")
def unseen():
    return originals(range(100, 116))


def test_forgeries_of_a_kind_never_learned_are_novel(usual, unseen):
    forged = np.stack([smoothed(image) for image in unseen])
    low, high = (usual.distance(traces.describe(one)) for one in (unseen, forged))

    assert auc(low, high) > 0.9


def test_an_original_that_was_laundered_is_hardly_more_novel(usual, unseen):
    later = np.concatenate([washed(unseen, number) for number in (20, 21, 22)])
    low, high = (usual.distance(traces.describe(one)) for one in (unseen, later))

    assert 0.3 < auc(low, high) < 0.7


def test_distance_is_mahalanobis_of_the_model_that_it_keeps(usual, unseen):
    found = traces.describe(unseen[:4])
    known = {name: one.astype(float) for name, one in usual.tensors.items()}
    quality = known["quality"][0], known["quality"][1]
    terms = products(standard(found[:, traces.QUALITY].astype(float), quality))
    at = np.clip((found - known["mean"]) / known["spread"], -6, 6)
    apart = at - known["expected"][0] - terms @ known["expected"][1:]
    axes, variances = known["directions"], known["variances"]
    rest = variances[-1] * (np.eye(traces.WIDTH) - axes @ axes.T)
    covariance = (axes * variances[:-1]) @ axes.T + rest
    exact = (np.linalg.solve(covariance, apart.T).T * apart).sum(1)

    wanted = np.log(exact / traces.WIDTH)
    assert usual.distance(found) == pytest.approx(wanted, abs=1e-3)


def test_what_is_usual_follows_quality():
    rng = np.random.default_rng(5)
    found = rng.standard_normal((300, traces.WIDTH)).astype(np.float32)
    place = traces.QUALITY[0]
    other = next(n for n in range(traces.WIDTH) if n not in traces.QUALITY)
    found[:, other] = 3 * found[:, place] ** 2 + 0.1 * found[:, other]
    usual = Usual.fit(found)
    asked = np.zeros((2, traces.WIDTH), np.float32)
    asked[:, place] = 2.0
    asked[0, other] = 12.0  # as its quality has it

    near, far = usual.distance(asked)
    assert near < far


def test_rule_is_learned_from_originals_alone():
    rng = np.random.default_rng(3)
    distances, scores = rng.standard_normal(200), rng.standard_normal(200)
    truth = np.arange(200) >= 150
    rule = NoveltyRule.fit(scores, distances, truth, 4.0, 0.5)
    elsewhere = np.where(truth, 50.0, distances), np.where(truth, 9.0, scores)

    assert NoveltyRule.fit(elsewhere[1], elsewhere[0], truth, 4.0, 0.5) == rule
    usual = distances[~truth]
    assert (usual <= rule.least).mean() == pytest.approx(0.1, abs=0.01)
    assert (usual >= rule.full).mean() == pytest.approx(0.05, abs=0.01)
    assert rule.weight == pytest.approx((4 - np.median(scores[~truth])) / 2)


def test_novelty_raises_up_to_a_limit_and_never_lowers():
    rule = NoveltyRule(least=1.0, full=3.0, weight=4.0)
    raised = rule.apply(np.full(5, 2.0), [-9.0, 1.0, 2.0, 3.0, 99.0])

    assert raised.tolist() == [2.0, 2.0, 4.0, 6.0, 6.0]


def test_typical_original_over_the_threshold_is_not_lifted_further():
    distances = np.arange(20.0)
    rule = NoveltyRule.fit(np.full(20, 5.0), distances, np.zeros(20, bool), 1.0, 0.5)

    assert rule.weight == 0
    assert np.array_equal(rule.apply(np.ones(20), distances), np.ones(20))


def test_bundle_brings_back_what_is_usual(usual, unseen, tmp_path):
    detector = Detector.load(shipped.WEIGHTS)
    rule = NoveltyRule(least=-1.0, full=0.5, weight=2.0)
    known = replace(detector.judgement, usual=usual, novelty=rule)
    path = tmp_path / "detector.safetensors"
    checkpoints.save(
        path,
        detector.network.state_dict() | known.tensors(),
        detector.metadata | known.described(),
    )
    again = Detector.load(path)
    plain = replace(known, usual=None, novelty=None, copies=None)
    found = traces.describe(unseen)
    alone = plain.apply(np.zeros(len(unseen)), unseen)
    raised = replace(again.judgement, copies=None).apply(np.zeros(len(unseen)), unseen)

    assert again.judgement.novelty == rule
    wanted = rule.apply(alone, usual.distance(found))
    assert raised == pytest.approx(wanted)
    assert np.abs(raised - alone).max() > 0.1


def test_bundle_without_novelty_scores_as_it_did(usual, unseen):
    detector = Detector.load(shipped.WEIGHTS)
    before = replace(detector.judgement, usual=None, novelty=None)
    loaded = Judgement.load(
        detector.network.state_dict() | before.tensors(),
        detector.metadata | before.described(),
    )

    assert (loaded.usual, loaded.novelty) == (None, None)
    images, zeros = unseen[:2], np.zeros(2)
    assert np.array_equal(loaded.apply(zeros, images), before.apply(zeros, images))


def test_originals_are_chosen_from_every_laundering():
    class Some:
        truth = np.array([False, True, False])

    found = np.arange(6 * traces.WIDTH, dtype=np.float32).reshape(6, -1)
    chosen = Learned(Some(), found, 2).originals

    assert np.array_equal(chosen, found[[0, 2, 3, 5]])
