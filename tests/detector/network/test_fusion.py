"""One score of two: who is trusted when, and originals alike whatever was done."""

from dataclasses import asdict

import numpy as np
import pytest

from detector.network import metrics
from detector.network.fusion import Fusion, Known

N = 400


def images(seed, *, is_clean):
    """Two scores: the network sees clean forgeries of both kinds, traces whole ones."""
    rng = np.random.default_rng(seed)
    family = np.repeat(["", "whole", "local"], N)
    truth = family != ""
    sees = 4.0 if is_clean else 0.0
    # laundering moves the network's scores, whatever they are of
    network = rng.normal(0 if is_clean else 3, 1, 3 * N) + sees * truth
    traces = rng.normal(0, 1, 3 * N) + 4.0 * (family == "whole")
    quality = rng.normal([1.0 if is_clean else -1.0, 0.0], 0.3, (3 * N, 2))
    known = Known(truth, family, np.full(3 * N, is_clean))
    return network, traces, quality, known


def joined(*parts):
    columns = [np.concatenate([part[i] for part in parts]) for i in range(3)]
    of_all = [part[3] for part in parts]
    names = ("truth", "family", "is_clean")
    known = {name: np.concatenate([getattr(k, name) for k in of_all]) for name in names}
    return columns, Known(**known)


@pytest.fixture(scope="module")
def rule():
    columns, known = joined(images(1, is_clean=True), images(2, is_clean=False))
    return Fusion.fit(*columns, known)


def area(rule, part, family):
    known = part[3]
    use = ~known.truth | (known.family == family)
    return metrics.auc(known.truth[use], rule.apply(*part[:3])[use])


def test_either_finding_is_enough_where_both_can_be_trusted(rule):
    clean = images(3, is_clean=True)

    assert area(rule, clean, "whole") > 0.99
    assert area(rule, clean, "local") > 0.97


def test_traces_are_asked_of_a_clean_image_too(rule):
    network, traces, quality, known = images(8, is_clean=True)
    blind = np.where(known.family == "whole", network - 4, network)

    assert area(rule, (blind, traces, quality, known), "whole") > 0.95


def test_network_is_trusted_less_for_what_traces_tell_better():
    # laundered, it sees whole forgeries dimly and nothing else
    parts = []
    for seed, is_clean in ((1, True), (2, False)):
        network, traces, quality, known = images(seed, is_clean=is_clean)
        if not is_clean:
            network += 0.5 * (known.family == "whole")
        parts.append((network, traces, quality, known))
    columns, known = joined(*parts)
    rule = Fusion.fit(*columns, known)

    def weight(slope):  # in spreads of the score
        return slope * columns[0].std()

    assert weight(rule.network[1]) > 1
    assert abs(weight(rule.network[2])) < 0.2
    assert rule.traces[2] * columns[1].std() > 1


def test_rule_of_an_older_bundle_leaves_a_clean_image_to_the_network(rule):
    older = asdict(rule)
    del older["is_clean_spared"]
    network, traces, quality, known = images(8, is_clean=True)
    alone = metrics.auc(known.truth, network)
    misled = traces + 8 * ~known.truth  # whatever traces say of an original

    found = Fusion.from_dict(older).apply(network, misled, quality)

    assert metrics.auc(known.truth, found) == pytest.approx(alone, abs=0.005)
    assert metrics.auc(known.truth, rule.apply(network, misled, quality)) < 0.6


def test_two_ways_of_laundering_move_originals_alike():
    def washed(seed, way):
        network, traces, quality, known = images(seed, is_clean=False)
        quality[:, 1] += 2 * way
        return network + way, traces + 2 * way, quality, known

    parts = images(1, is_clean=True), washed(2, way=-1), washed(3, way=1)
    columns, known = joined(*parts)
    rule = Fusion.fit(*columns, known)

    one, other = (rule.apply(*washed(9 + way, way)[:3])[:N] for way in (-1, 1))
    before = np.r_[washed(8, -1)[1][:N], washed(10, 1)[1][:N]]
    assert metrics.auc(np.arange(2 * N) >= N, before) > 0.95
    assert metrics.auc(np.arange(2 * N) >= N, np.r_[one, other]) < 0.6


def test_network_that_laundering_blinded_hardly_disturbs_the_traces(rule):
    washed = images(4, is_clean=False)
    alone = np.r_[washed[1][:N], washed[1][N : 2 * N]]
    best = metrics.auc(np.arange(2 * N) >= N, alone)

    assert area(rule, washed, "whole") > best - 0.02
    assert area(rule, washed, "local") == pytest.approx(0.5, abs=0.06)


def test_laundered_original_is_no_more_suspicious(rule):
    clean, washed = images(5, is_clean=True), images(6, is_clean=False)
    scores = [rule.apply(*part[:3])[:N] for part in (clean, washed)]

    moved = metrics.auc(np.arange(2 * N) >= N, np.r_[clean[0][:N], washed[0][:N]])
    assert moved > 0.95  # the network alone
    assert metrics.auc(np.arange(2 * N) >= N, np.concatenate(scores)) < 0.6
    spread = [np.abs(one).mean() for one in scores]
    assert spread == pytest.approx([1, 1], abs=0.25)


def test_rule_survives_its_bundle(rule):
    part = images(7, is_clean=True)
    again = Fusion.from_dict(asdict(rule))

    assert again == rule
    assert np.array_equal(again.apply(*part[:3]), rule.apply(*part[:3]))


def test_any_score_and_quality_gives_a_number(rule):
    far = rule.apply([1e3, -1e3], [-1e3, 1e3], [[1e6, -1e6], [0, 0]])

    assert np.isfinite(far).all()


def test_units_of_the_scores_do_not_matter():
    columns, known = joined(images(1, is_clean=True), images(2, is_clean=False))
    network, traces, quality = columns
    plain = Fusion.fit(network, traces, quality, known)
    scaled = Fusion.fit(10 * network, traces / 10, quality, known)

    expected = plain.apply(network, traces, quality)
    found = scaled.apply(10 * network, traces / 10, quality)
    assert found == pytest.approx(expected, abs=1e-2)
