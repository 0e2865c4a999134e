"""Calibration and thresholds of a fitted model, and its figures on texts that had no part in choosing them.

The thresholds that ship are chosen on all held-out texts. The figures are cross-fitted: of two halves of the held-out authors
each is judged with what the other half chose, so that no text is measured with a threshold it helped to choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp.card import ON_TOPIC, REFERRALS, Calibration
from nlp.training.calibrate import NEVER, apply, calibrate, choose_threshold
from nlp.training.evaluate import Floats, Scored, decide
from nlp.training.examples import Example
from nlp.training.split import is_held_out

PRECISION = {
    "on_topic": 0.6,
    "smuggling_offer": 0.82,
    "risk_narrative": 0.5,
    "xenophobic_framing": 0.5,
    "positive_framing": 0.5,
}
"""Precision asked of each label on held-out texts; of the thresholds that reach it the one with the best F1 is taken.
An advert named wrongly costs an investigator an hour. A framing feeds shares, which an error in either direction shifts alike;
there the best F1 decides, but never with more wrong than right."""
BETA = dict.fromkeys(REFERRALS, 2.0)
"""Referrals go to a person at once: a missed one weighs more than a needless look. A recall of 0.8, asked for outright, gave a
third of all texts to that person, who would stop looking."""
REFERRAL_PRECISION = 0.1
"""One in ten that is right: what a duty desk still reads."""


@dataclass(frozen=True)
class Logits:
    """What both readers say of n texts: ``encoder`` and ``spelled`` (the n-grams) of shape (n, outputs), ``kinds`` (n, 11)."""

    encoder: Floats
    spelled: Floats
    kinds: Floats

    def column(self, at: int) -> tuple[Floats, Floats]:
        """Both readers' logits of one output."""
        return self.encoder[:, at], self.spelled[:, at]

    def rows(self, which: npt.NDArray[np.bool_]) -> Logits:
        """The texts where ``which`` is true."""
        return Logits(self.encoder[which], self.spelled[which], self.kinds[which])


@dataclass(frozen=True)
class Settled:
    """What turns logits into labels."""

    calibration: dict[str, Calibration]
    thresholds: dict[str, float]

    def probability(self, raw: Logits, names: Sequence[str]) -> Floats:
        """Calibrated probabilities, shape (n, outputs)."""
        columns = [apply(self.calibration[name], *raw.column(at)) for at, name in enumerate(names)]
        return np.stack(columns, axis=1)


def settle(examples: Sequence[Example], names: tuple[str, ...], raw: Logits) -> tuple[Settled, Scored]:
    """What ships, and the cross-fitted scores."""
    truth = np.array([[example.targets.get(name, np.nan) for name in names] for example in examples])
    own = np.array([example.origin == "corpus" for example in examples])
    everything = _choose(names, raw, truth, own)
    half = np.array([is_held_out(f"half of {example.group}", 0.5) for example in examples])
    probability, given = np.empty_like(raw.encoder), np.empty(raw.encoder.shape, dtype=bool)
    for side in (half, ~half):
        chosen = _choose(names, raw.rows(~side), truth[~side], own[~side])
        # An output that ships is judged, also where one half had too few examples of it to choose a threshold.
        thresholds = {
            name: everything.thresholds[name] if limit == NEVER else limit for name, limit in chosen.thresholds.items()
        }
        probability[side] = chosen.probability(raw.rows(side), names)
        given[side] = decide(probability[side], names, thresholds)
    return everything, Scored(tuple(examples), names, probability, truth, given, raw.kinds)


def _choose(names: tuple[str, ...], raw: Logits, truth: Floats, own: npt.NDArray[np.bool_]) -> Settled:
    # Half of what a source about migration lands is on topic, far more than among posts at large.
    encoder, spelled = raw.column(0)
    topic = calibrate(encoder, truth[:, 0], spelled, balanced=True)
    found = apply(topic, encoder, spelled)
    limit = round(choose_threshold(found, truth[:, 0], PRECISION[ON_TOPIC]), 4)
    # A label is only ever given on topic, so its probability means: given that the post is on topic. The corpus alone
    # decides: its negatives are the hard ones. What the easy ones cost is measured apart, as false alarms.
    seen = (found >= limit) & own
    calibration = {
        name: calibrate(raw.encoder[seen, at], truth[seen, at], raw.spelled[seen, at]) for at, name in enumerate(names)
    }
    calibration[ON_TOPIC] = topic
    thresholds = {ON_TOPIC: limit}
    for at, name in enumerate(names[1:], 1):
        probability = np.where(found >= limit, apply(calibration[name], *raw.column(at)), 0.0)[own]
        wanted = choose_threshold(
            probability,
            truth[own, at],
            REFERRAL_PRECISION if name in BETA else PRECISION.get(name, 0.6),
            BETA.get(name, 1.0),
        )
        thresholds[name] = round(wanted, 4)
    return Settled(calibration, thresholds)
