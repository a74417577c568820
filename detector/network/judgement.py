"""From a network's scores to the detector's: what is known beside the network.

`default` reads traces and looks for copies beside its network. What each is worth is
decided on validation alone, and goes into the bundle with the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from detector.network import copies, metrics, trace_head, traces
from detector.network.configs import ForensicSettings
from detector.network.copies import CopyRule
from detector.network.examples import LAUNDERED, Examples, Images
from detector.network.fusion import Fusion, Known
from detector.network.novelty import NoveltyRule, Usual
from detector.network.trace_head import Describe, TraceHead
from detector.network.traces import QUALITY, Traces

MADE = "3"
"""Counted up when the way in which fusion, novelty or copies are learned changes: a
network that an evaluation kept with what was learned before is then known from one of
now."""
_HEAD, _USUAL = "traces.", "novelty."  # of tensors in a bundle
_LAUNDERED = 3  # more launderings of validation, from which the fusion is learned
_MEASURED = 12  # more of its originals alone: how far quality moves their scores
Scores = NDArray[np.float64]
Score = Callable[[Images], Scores]
"""The network alone."""


@dataclass(frozen=True)
class Judgement:
    """What is known beside a network; nothing of it for a network that stands alone."""

    head: TraceHead | None = None
    fusion: Fusion | None = None
    usual: Usual | None = None
    novelty: NoveltyRule | None = None
    copies: CopyRule | None = None

    @classmethod
    def load(
        cls, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, Any]
    ) -> Self:
        """
        Read it from a bundle.

        Parameters
        ----------
        tensors : mapping of str to torch.Tensor
            The bundle's.
        metadata : mapping
            What the bundle says of itself.

        Returns
        -------
        Judgement
            What the bundle holds beside its network.
        """
        rules = [metadata.get(name) for name in ("fusion", "novelty", "copies")]
        fused, novel, copied = rules
        head = None
        if fused is not None:
            held = _named(tensors, _HEAD)
            head = TraceHead(len(held["mean"]))
            head.load_state_dict(held)
        usual = {name: one.numpy() for name, one in _named(tensors, _USUAL).items()}
        return cls(
            None if head is None else head.eval(),
            None if fused is None else Fusion.from_dict(fused),
            None if novel is None else Usual(usual),
            None if novel is None else NoveltyRule(**novel),
            None if copied is None else CopyRule(**copied),
        )

    def tensors(self) -> dict[str, torch.Tensor]:
        """
        Return what belongs beside the network's tensors in a bundle.

        Returns
        -------
        dict of str to torch.Tensor
            The trace head's, and what is usual.
        """
        found: dict[str, torch.Tensor] = {}
        if self.head is not None:
            held = self.head.state_dict()
            found |= {_HEAD + name: one for name, one in held.items()}
        if self.usual is not None:
            found |= {
                _USUAL + name: torch.from_numpy(np.ascontiguousarray(one))
                for name, one in self.usual.tensors.items()
            }
        return found

    def described(self) -> dict[str, Any]:
        """
        Return what belongs into a bundle's metadata.

        Returns
        -------
        dict
            The rules, JSON-ready; None for those that there are not.
        """
        return {
            "fusion": None if self.fusion is None else asdict(self.fusion),
            "novelty": None if self.novelty is None else asdict(self.novelty),
            "copies": None if self.copies is None else asdict(self.copies),
        }

    def apply(self, scores: Scores, images: Images) -> Scores:
        """
        Turn the network's scores into the detector's.

        Parameters
        ----------
        scores : ndarray of float, shape (n,)
            The network's.
        images : ndarray of uint8, shape (n, S, S, 3)
            What they are of.

        Returns
        -------
        ndarray of float, shape (n,)
            The detector's.
        """
        if self.fusion is not None and self.head is not None:
            found = traces.describe(images)
            scores = self.fusion.apply(
                scores, self.head.score(found), found[:, QUALITY]
            )
            if self.usual is not None and self.novelty is not None:
                scores = self.novelty.apply(scores, self.usual.distance(found))
        if self.copies is not None:
            rule = self.copies
            scores = rule.apply(scores, copies.areas(images, rule.clip, rule.alike))
        return scores


def of_network(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """
    Choose a bundle's tensors of the network alone.

    Parameters
    ----------
    tensors : mapping of str to torch.Tensor
        The bundle's.

    Returns
    -------
    dict of str to torch.Tensor
        Those that are nothing beside it.
    """
    beside = _HEAD, _USUAL
    return {name: one for name, one in tensors.items() if not name.startswith(beside)}


def _named(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(prefix): one
        for name, one in tensors.items()
        if name.startswith(prefix)
    }


def with_traces(
    score: Score,
    parts: tuple[Examples, Examples],
    settings: ForensicSettings,
    describe: Describe,
) -> tuple[Judgement, Scores]:
    """
    Learn from traces, and how far to trust them beside the network.

    Parameters
    ----------
    score : callable
        The trained network.
    parts : tuple of Examples
        Training, of which the trace head learns, and what is usual; validation, of
        which the fusion does, as it is and laundered several times over, its originals
        more often, and the rule of novelty, as it is.
    settings : ForensicSettings
        Number of launderings, and seed of every draw.
    describe : callable
        Gives training's traces.

    Returns
    -------
    beside : Judgement
        Head, fusion and novelty, or none of them where no whole photograph was
        repainted.
    scores : ndarray of float, shape (n,)
        Validation's, by network and traces.
    """
    train, validation = parts
    seed = settings.seed
    learned = trace_head.learned(train, settings.washings, describe)
    if learned is None:
        return Judgement(), score(validation.images)
    head = trace_head.fit(learned, seed)
    originals = validation.take(~validation.truth)
    whose = [validation] * _LAUNDERED + [originals] * _MEASURED
    seen = [validation]
    seen += [_laundered(one, seed, number) for number, one in enumerate(whose)]
    scores = np.concatenate([score(one.images) for one in seen])
    found: Traces = np.concatenate([traces.describe(one.images) for one in seen])
    own = slice(len(validation))
    is_clean = np.zeros(len(scores), bool)
    is_clean[own] = ~np.char.endswith(validation.pair, LAUNDERED)
    known = Known(
        truth=np.concatenate([one.truth for one in seen]),
        family=np.concatenate([one.family for one in seen]),
        is_clean=is_clean,
    )
    columns = scores, head.score(found), found[:, QUALITY]
    fusion = Fusion.fit(*columns, known)
    fused = fusion.apply(*(one[own] for one in columns))
    if settings.novelty == 0:
        return Judgement(head, fusion), fused
    usual = Usual.fit(learned.originals)
    distances = usual.distance(found[own])
    truth, wanted = validation.truth, settings.most_false
    threshold = metrics.best_threshold(truth, fused, most_false=wanted)
    rule = NoveltyRule.fit(fused, distances, truth, threshold, settings.novelty)
    return Judgement(head, fusion, usual, rule), rule.apply(fused, distances)


def _laundered(examples: Examples, seed: int, number: int) -> Examples:
    images = np.empty_like(examples.images)
    for i, image in enumerate(examples.images):
        # each image by itself: how it was treated tells nothing of its truth
        rng = np.random.default_rng([seed, 9, number, i])
        images[i] = trace_head.draw(rng).apply(image)
    return replace(examples, images=images)
