"""What is drawn to learn from: languages by size, some sentences altered, batches of like length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from nlp.encoder import batches_by_length
from nlp.training.table.alter import alter
from nlp.training.table.pairs import Pair
from nlp.training.table.recipe import SERVED, TableRecipe

ENGLISH = "en"


@dataclass(frozen=True)
class Batch:
    """Piece numbers of translations, and the number of the English sentence each belongs to."""

    ids: list[list[int]]
    sentences: list[int]


class Lesson:
    """Draws rounds of batches; round ``n`` is the same whenever it is drawn."""

    def __init__(
        self, pairs: Sequence[Pair], sentences: Mapping[str, int], tokenizer: Tokenizer, recipe: TableRecipe
    ) -> None:
        self._sentences = sentences
        self._tokenizer = tokenizer
        self._recipe = recipe
        self._by_lang: dict[str, list[Pair]] = {}
        for pair in pairs:
            self._by_lang.setdefault(pair.lang, []).append(pair)
        self._english = list(sentences)
        self.weights = self._shares()

    def _shares(self) -> dict[str, float]:
        weights = {
            lang: len(pairs) ** self._recipe.balance * (1.0 if lang in SERVED else self._recipe.unserved)
            for lang, pairs in self._by_lang.items()
        }
        total = sum(weights.values()) / (1 - self._recipe.english)
        return {**{lang: weight / total for lang, weight in weights.items()}, ENGLISH: self._recipe.english}

    def round(self, number: int) -> Iterator[Batch]:
        """The batches of one round, in random order."""
        draw = random.Random(f"{self._recipe.seed} {number}")
        langs = draw.choices(list(self.weights), list(self.weights.values()), k=self._recipe.round)
        texts, sentences = [], []
        for lang in langs:
            if lang == ENGLISH:
                english = foreign = draw.choice(self._english)
            else:
                pair = draw.choice(self._by_lang[lang])
                english, foreign = pair.english, pair.foreign
            texts.append(alter(foreign, lang, draw) if draw.random() < self._recipe.altered else foreign)
            sentences.append(self._sentences[english])
        ids = [item.ids for item in self._tokenizer.encode_batch(texts)]
        batches = batches_by_length([len(item) for item in ids], self._recipe.batch_tokens)
        draw.shuffle(batches)
        for batch in batches:
            yield Batch([ids[at] for at in batch], [sentences[at] for at in batch])
