"""The numbers of the table's training, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

SERVED = ("ar", "ckb", "de", "es", "fa", "fr", "it", "ku", "pl", "ru", "so", "sq", "tr", "ur", "vi")
"""Languages of the corpus. The others of the pairs learn along with a smaller share, so that a corpus can follow."""


@dataclass(frozen=True)
class TableRecipe:
    """What `python -m nlp.training.table` runs with."""

    rows: int = 50_000
    """19 MB at one byte a number, of the 25 that a release may weigh."""
    draws: int = 3_000_000
    """Pairs learned from, repetitions counted: three times as many as there are."""
    round: int = 20_000
    """Pairs drawn and sorted by length at a time; a training that was broken off goes on with the next round."""
    batch_tokens: int = 2_200
    longest: int = 40
    """Tokens of a sentence that are read; the pairs are single sentences."""
    rate: float = 2e-3
    warm_up: int = 60
    temperature: float = 0.05
    too_alike: float = 0.9
    """Cosine of two English sentences above which one is no negative of the other."""
    cosine_weight: float = 5.0
    contrast_weight: float = 0.5
    balance: float = 0.4
    """Languages are drawn by size to this power: of 1 a twentieth would be Persian's, Arabic's and Urdu's together."""
    unserved: float = 0.4
    """Share of a language without a corpus, against one that has one."""
    english: float = 0.06
    """Share of English sentences taught as they are: new pieces cut English words otherwise than before, and must not matter."""
    altered: float = 0.35
    """Share of translations that are learned with typing errors, hashtags, letters drawn out or in Latin script."""
    piece_characters: int = 2_500_000
    """Of each served language that pieces are learned from; thin languages are repeated, at most five times."""
    seed: int = 11
