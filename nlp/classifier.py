"""The classifier: working copies in, calibrated scores out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import torch

from nlp.card import KINDS, LABELS, ON_TOPIC, REFERRALS, ModelCard, model_folder
from nlp.encoder import Encoder, load_encoder
from nlp.heads import TrainedModel
from records import TOKEN, Kind, Label, Referral

_PLAIN = {"phone": "phone number", "email": "e-mail address", "handle": "@user"}
_ELONGATION = re.compile(r"(\w)\1{3,}")
_SPACES = re.compile(r"\s+")


def model_text(title: str, text: str, media_text: str = "") -> str:
    """What the encoder reads of a working copy: contacts as plain words (a hash says nothing), long letters cut to three."""
    whole = "\n".join(part for part in (title, text, media_text) if part)
    whole = TOKEN.sub(lambda match: _PLAIN[match[1]], whole)
    whole = _ELONGATION.sub(r"\1\1\1", whole)
    return _SPACES.sub(" ", whole).strip()


@dataclass(frozen=True)
class Reading:
    """Scores of one text, calibrated."""

    on_topic: float
    scores: dict[Label, float]
    labels: tuple[Label, ...]
    sub_labels: tuple[str, ...]
    kind: Kind
    referral: tuple[Referral, ...]
    is_on_topic: bool


class Classifier:
    """An encoder with its heads. Thread-safe for reading; load once per process."""

    def __init__(self, encoder: Encoder, model: TrainedModel) -> None:
        self.encoder = encoder
        self.model = model
        card = model.card
        self._names = card.binary
        self._slope = np.array([card.calibration[name].slope for name in card.binary])
        self._offset = np.array([card.calibration[name].offset for name in card.binary])
        self._thresholds = np.array([card.thresholds[name] for name in card.binary])

    @classmethod
    def load(cls, setting: str = "package", base: str = "package") -> Self:
        """Opens model and encoder by the settings DAYMARK_MODEL and DAYMARK_ENCODER. Raises ModelError."""
        model = TrainedModel.open(Path(model_folder(setting)))
        chosen = model.card.encoder if base == "package" else base
        return cls(load_encoder(chosen, model.adapter), model)

    @property
    def card(self) -> ModelCard:
        """What the model says of itself."""
        return self.model.card

    def thresholds(self) -> dict[str, float]:
        """The thresholds of on_topic and the four labels, on calibrated probabilities."""
        return {name: self.card.thresholds[name] for name in (ON_TOPIC, *LABELS)}

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Scores of the texts (made by ``model_text``), in the order given."""
        if not texts:
            return []
        with torch.inference_mode():
            binary, kind = self.model.heads(self.encoder.encode(texts))
        return self.interpret(binary.numpy().astype(np.float64), kind.numpy())

    def interpret(self, binary: npt.NDArray[np.float64], kind: npt.NDArray[np.float32]) -> list[Reading]:
        """Logits as readings: calibrated, thresholds applied."""
        probabilities = 1.0 / (1.0 + np.exp(-(binary * self._slope + self._offset)))
        over = probabilities >= self._thresholds
        kinds = kind.argmax(axis=1)
        return [self._reading(p, o, KINDS[k]) for p, o, k in zip(probabilities, over, kinds, strict=True)]

    def _reading(self, probability: npt.NDArray[np.float64], over: npt.NDArray[np.bool_], kind: str) -> Reading:
        score = dict(zip(self._names, probability.tolist(), strict=True))
        given = {name for name, yes in zip(self._names, over.tolist(), strict=True) if yes}
        on_topic = ON_TOPIC in given
        labels = tuple(Label(name) for name in LABELS if on_topic and name in given)
        subs = tuple(
            name.split(":", 1)[1]
            for name in self._names
            if ":" in name and name in given and Label(name.split(":", 1)[0]) in labels
        )
        return Reading(
            on_topic=score[ON_TOPIC],
            scores={Label(name): score[name] for name in LABELS},
            labels=labels,
            sub_labels=subs,
            kind=_settle_kind(Kind(kind), labels),
            referral=tuple(Referral(name) for name in REFERRALS if name in given and on_topic),
            is_on_topic=on_topic,
        )


def _settle_kind(kind: Kind, labels: Sequence[Label]) -> Kind:
    """Label and kind must not contradict each other: an offer is of kind offer, and nothing else is.

    A protected kind is left as it is even beside the label: whoever may need help is not made a lead.
    """
    if Label.SMUGGLING_OFFER in labels and kind not in {Kind.DEMAND, Kind.FAMILY_SEARCH, Kind.AID_RESCUE_LEGAL}:
        return Kind.OFFER
    if Label.SMUGGLING_OFFER not in labels and kind is Kind.OFFER:
        return Kind.OTHER
    return kind
