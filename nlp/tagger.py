"""From posts to Tags: redaction, language, classifier, offer reader and signature, in batches.

A text is covered when its language is one the model was evaluated on and good enough in, the language vote is sure, and
there are words to judge, all of which were read. What is not covered has no labels: not assessed, never "none".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from nlp.classifier import Classifier, Reading, model_text, settle_kind
from nlp.encoder import MAX_WINDOWS
from nlp.language import UNKNOWN, Guess, identify
from nlp.offers import OfferReader
from nlp.redaction import REGIONS_BY_LANGUAGE, Hasher, find_redactions
from nlp.rules import rules_fingerprint
from nlp.signatures import make_signature
from records import Label, ModelOrigin, Redaction, Tags, TextField, working_copy

MIN_CONFIDENCE = 0.6
"""Of the language vote; below, two identifiers contradict each other."""
MIN_LETTERS = 12
"""Two or three words: less was not among the texts the model was evaluated on."""


@dataclass(frozen=True)
class TextInput:
    """A post as the tagger needs it: originals, the platform's language hint, likely phone regions."""

    text: str
    title: str = ""
    media_text: str = ""
    lang_hint: str | None = None
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Prepared:
    guess: Guess
    redactions: tuple[Redaction, ...]
    copy: str
    plain: str


class Tagger:
    """Everything that turns a post into Tags. Load once per process; needs no database and no network."""

    def __init__(self, classifier: Classifier, hasher: Hasher) -> None:
        self._classifier = classifier
        self._offers = OfferReader()
        self._hasher = hasher
        card = classifier.card
        self.origin = ModelOrigin(name=card.name, version=card.version)
        self.rules = rules_fingerprint()
        self._covered = frozenset(card.covered)
        self._windows = min(card.windows, MAX_WINDOWS)
        self._thresholds = classifier.thresholds()

    @classmethod
    def load(cls, hasher: Hasher, model: str = "package", encoder: str = "package") -> Self:
        """Loads the model that the settings name. Raises nlp.ModelError."""
        return cls(Classifier.load(model, encoder), hasher)

    def tag(self, inputs: Sequence[TextInput]) -> list[Tags]:
        """Tags of the inputs, in order. Raises whatever the model raises; the caller retries one by one."""
        prepared = [self._prepare(item) for item in inputs]
        readings = self._classifier.read([item.plain for item in prepared])
        return [self._tags(item, reading) for item, reading in zip(prepared, readings, strict=True)]

    def _prepare(self, item: TextInput) -> _Prepared:
        # Text in pictures too: an advert is often nothing but its picture.
        guess = identify("\n".join(part for part in (item.title, item.text, item.media_text) if part), item.lang_hint)
        regions = (*item.regions, *REGIONS_BY_LANGUAGE.get(guess.lang, ()))
        fields = ((TextField.TITLE, item.title), (TextField.TEXT, item.text), (TextField.MEDIA_TEXT, item.media_text))
        redactions = find_redactions(fields, self._hasher, regions)
        copies = [working_copy(text, redactions, field) for field, text in fields]
        return _Prepared(guess, redactions, "\n".join(part for part in copies if part), model_text(*copies))

    def _is_covered(self, item: _Prepared, reading: Reading) -> bool:
        letters = sum(char.isalpha() for char in item.plain)
        known = item.guess.lang != UNKNOWN and item.guess.lang in self._covered
        return (
            known
            and reading.windows <= self._windows
            and item.guess.confidence >= MIN_CONFIDENCE
            and letters >= MIN_LETTERS
        )

    def _tags(self, item: _Prepared, reading: Reading) -> Tags:
        covered = self._is_covered(item, reading)
        labels = reading.labels if covered else ()
        subs = reading.sub_labels if covered else ()
        offer = None
        if Label.SMUGGLING_OFFER in labels:
            offer = self._offers.read(item.copy, item.guess.lang, subs, item.redactions)
        return Tags(
            lang=item.guess.lang,
            lang_confidence=round(item.guess.confidence, 4),
            covered=covered,
            on_topic=round(reading.on_topic, 4),
            is_on_topic=reading.is_on_topic,
            labels=labels,
            scores={label: round(score, 4) for label, score in reading.scores.items()},
            thresholds=self._thresholds,
            sub_labels=subs,
            kind=settle_kind(reading.kind, labels),
            # Not assessed is not assessed: what stands in no list of leads need not be kept out of one.
            referral=reading.referral if covered else (),
            offer=offer,
            redactions=item.redactions,
            signature=make_signature(item.copy),
            model=self.origin,
            rules=self.rules,
        )
