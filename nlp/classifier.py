"""The classifier: working copies in, calibrated scores out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import torch

from nlp.card import KINDS, LABELS, ON_TOPIC, REFERRALS, ModelCard, model_folder
from nlp.encoder import Encoder, Windows, best_precision, load_encoder
from nlp.errors import ModelError
from nlp.heads import TrainedModel
from nlp.normalise import normalise
from records import TOKEN, Kind, Label, Referral

ROUNDING = 0.1
"""Logits that bfloat16 may be off by: 0.017 in the mean and 0.096 at most over 640 lines of the corpus. Closer to a threshold, a
text is read again in float32 (4 % of them), so that a label does not depend on the processor."""
Floats = npt.NDArray[np.float64]
_PLAIN = {"phone": "phone number", "email": "e-mail address", "handle": "@user"}


def model_text(title: str, text: str, media_text: str = "") -> str:
    """What the encoder reads of a working copy: contacts as plain words (a hash says nothing), letters in one form."""
    whole = "\n".join(part for part in (title, text, media_text) if part)
    return normalise(TOKEN.sub(lambda match: _PLAIN[match[1]], whole))


@dataclass(frozen=True)
class Reading:
    """Scores of one text, calibrated. ``sub_labels``: the surest first. ``windows``: how many the text fills, read or not."""

    on_topic: float
    scores: dict[Label, float]
    labels: tuple[Label, ...]
    sub_labels: tuple[str, ...]
    kind: Kind
    referral: tuple[Referral, ...]
    is_on_topic: bool
    windows: int = 1


class Classifier:
    """An encoder with its heads. Thread-safe for reading; load once per process."""

    def __init__(self, encoder: Encoder, model: TrainedModel, precision: torch.dtype = torch.float32) -> None:
        self.encoder = encoder
        self.model = model
        self._fast = encoder if precision == torch.float32 else encoder.rounded(precision)
        card = model.card
        self._names = card.binary
        self._slope = np.array([card.calibration[name].slope for name in card.binary])
        self._ngrams = np.array([card.calibration[name].ngrams for name in card.binary])
        self._offset = np.array([card.calibration[name].offset for name in card.binary])
        self._thresholds = np.array([card.thresholds[name] for name in card.binary])

    @classmethod
    def load(cls, setting: str = "package", base: str = "package", precision: torch.dtype | None = None) -> Self:
        """Opens model and encoder by the settings DAYMARK_MODEL and DAYMARK_ENCODER. Raises ModelError.

        ``precision``: None takes what this processor is fastest in.
        """
        model = TrainedModel.open(Path(model_folder(setting)))
        encoder = load_encoder(model.card.encoder if base == "package" else base, model.adapter, model.table)
        if encoder.fingerprint != model.card.encoder_sha256:
            raise ModelError(
                f"the model {model.card.version} was trained on another encoder than {encoder.name!r} "
                f"({encoder.fingerprint[:12]}… instead of {model.card.encoder_sha256[:12]}…): unset DAYMARK_ENCODER, or "
                f"train a model for it with `daymark model train --base`"
            )
        return cls(encoder, model, precision or best_precision())

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
        windows = self.encoder.windows(texts)
        spelled, spelled_kind = self._spelled(texts)
        binary, kind = self._outputs(self._fast, windows)
        if self._fast is not self.encoder:
            again = np.flatnonzero(self._is_close(binary, spelled))
            if again.size:
                binary[again], kind[again] = self._outputs(self.encoder, windows.subset(again.tolist()))
        readings = self.interpret(binary, kind + self.card.kind_ngrams * spelled_kind, spelled)
        return [replace(reading, windows=number) for reading, number in zip(readings, windows.counts, strict=True)]

    def _outputs(self, encoder: Encoder, windows: Windows) -> tuple[Floats, Floats]:
        with torch.inference_mode():
            binary, kind = self.model.heads(encoder.encode(windows.ids))
        return pool_windows(binary.numpy().astype(np.float64), kind.numpy().astype(np.float64), windows)

    def _spelled(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """What the n-grams say, shapes (n, outputs) and (n, 11); zero where the model has none, or none for an output."""
        binary, kind = np.zeros((len(texts), len(self._names))), np.zeros((len(texts), len(KINDS)))
        if self.model.ngrams is not None:
            found = self.model.ngrams.logits(texts)
            outputs = found.shape[1] - len(KINDS)
            binary[:, :outputs], kind[:] = found[:, :outputs], found[:, outputs:]
        return binary, kind

    def _is_close(self, binary: Floats, spelled: Floats) -> npt.NDArray[np.bool_]:
        """Texts of which a rounded reading could decide a label, on_topic or a referral otherwise than an exact one."""
        probability = np.clip(self._thresholds, 1e-6, 1 - 1e-6)
        cuts = (np.log(probability / (1 - probability)) - self._offset - spelled * self._ngrams) / self._slope
        decided = [at for at, name in enumerate(self._names) if ":" not in name]
        return np.asarray((np.abs(binary - cuts)[:, decided] < ROUNDING).any(axis=1))

    def interpret(self, binary: Floats, kind: Floats, spelled: Floats | None = None) -> list[Reading]:
        """Logits of the encoder, and of the n-grams, as readings: calibrated, thresholds applied."""
        more = 0.0 if spelled is None else spelled * self._ngrams
        probabilities = 1.0 / (1.0 + np.exp(-(binary * self._slope + more + self._offset)))
        over = probabilities >= self._thresholds
        kinds = kind.argmax(axis=1)
        return [self._reading(p, o, KINDS[k]) for p, o, k in zip(probabilities, over, kinds, strict=True)]

    def _reading(self, probability: Floats, over: npt.NDArray[np.bool_], kind: str) -> Reading:
        score = dict(zip(self._names, probability.tolist(), strict=True))
        above = sorted(zip(probability - self._thresholds, self._names, over.tolist(), strict=True), reverse=True)
        given = dict.fromkeys(name for _, name, yes in above if yes)
        on_topic = ON_TOPIC in given
        labels = tuple(Label(name) for name in LABELS if on_topic and name in given)
        subs = tuple(name.split(":", 1)[1] for name in given if ":" in name and Label(name.split(":", 1)[0]) in labels)
        return Reading(
            on_topic=score[ON_TOPIC],
            scores={Label(name): score[name] for name in LABELS},
            labels=labels,
            sub_labels=subs,
            kind=settle_kind(Kind(kind), labels),
            referral=tuple(Referral(name) for name in REFERRALS if name in given and on_topic),
            is_on_topic=on_topic,
        )


def pool_windows(binary: Floats, kind: Floats, windows: Windows) -> tuple[Floats, Floats]:
    """Logits of windows as logits of texts: of each output the strongest window, kind from the one most on topic.

    An advert at the end of a long post is an advert; a mean over windows would drown it.
    """
    if len(windows.starts) == len(binary):
        return binary, kind
    ends = [*windows.starts[1:], len(binary)]
    best = [start + int(binary[start:end, 0].argmax()) for start, end in zip(windows.starts, ends, strict=True)]
    return np.maximum.reduceat(binary, windows.starts, axis=0), kind[best]


def settle_kind(kind: Kind, labels: Sequence[Label]) -> Kind:
    """Label and kind must not contradict each other: an offer is of kind offer, and nothing else is.

    A protected kind is left as it is even beside the label: whoever may need help is not made a lead.
    """
    if Label.SMUGGLING_OFFER in labels and kind not in {Kind.DEMAND, Kind.FAMILY_SEARCH, Kind.AID_RESCUE_LEGAL}:
        return Kind.OFFER
    if Label.SMUGGLING_OFFER not in labels and kind is Kind.OFFER:
        return Kind.OTHER
    return kind
