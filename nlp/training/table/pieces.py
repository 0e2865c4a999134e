"""The new pieces: a WordPiece vocabulary of the other languages, appended to the English one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.trainers import WordPieceTrainer

from nlp.table import UNKNOWN
from nlp.training.table.recipe import SERVED, TableRecipe

ALPHABET = 1_200
"""Letters that get a piece of their own: room for all scripts served, and none for stray signs of others."""
THIN = 5
"""Times that a thin language is repeated at most."""
OVERLAP = 1.35
"""Pieces learned for each that is kept: some are English pieces already."""


def learn_pieces(texts: Mapping[str, Sequence[str]], english: Tokenizer, recipe: TableRecipe) -> list[str]:
    """New pieces, the most useful first, at most ``recipe.rows``.

    ``texts``: sentences by language, as the product reads them. Of pieces that are as good as each other chance takes one, so two
    runs differ in some; what was learned is kept with the training.
    """
    learner = Tokenizer(WordPiece(unk_token=UNKNOWN))
    learner.normalizer = english.normalizer
    learner.pre_tokenizer = english.pre_tokenizer
    trainer = WordPieceTrainer(
        vocab_size=int(recipe.rows * OVERLAP),
        special_tokens=[UNKNOWN],
        limit_alphabet=ALPHABET,
        min_frequency=3,
        show_progress=False,
    )
    learner.train_from_iterator(_balanced(texts, recipe), trainer)
    known = english.get_vocab()
    learned = sorted(learner.get_vocab().items(), key=lambda item: item[1])
    return [piece for piece, _ in learned if piece not in known][: recipe.rows]


def _balanced(texts: Mapping[str, Sequence[str]], recipe: TableRecipe) -> Iterator[str]:
    draw = random.Random(recipe.seed)
    for lang in sorted(texts):
        budget = recipe.piece_characters if lang in SERVED else int(recipe.piece_characters * recipe.unserved)
        for _ in range(THIN):
            for text in draw.sample(texts[lang], len(texts[lang])):
                if budget <= 0:
                    break
                budget -= len(text)
                yield text
