"""Parallel sentences: English and a translation, from a folder of `SOURCE/LANG.tsv.gz` files."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nlp.errors import ModelError
from nlp.normalise import normalise

MEASURE_ONLY = "flores200-devtest"
"""The set that retrieval is measured on; no row of it is learned from."""
MERGED = {"prs": "fa", "arz": "ar", "ary": "ar"}
"""Dari is written Persian, Egyptian and Moroccan share letters and most words with written Arabic: one language each."""
HELD_OUT = 0.01
"""Of the English sentences, with all their translations: three thousand are enough for two digits."""


@dataclass(frozen=True)
class Pair:
    """One sentence and its translation, both normalised as the product reads text. ``lang``: ISO 639 code."""

    english: str
    foreign: str
    lang: str


def read_pairs(folder: Path) -> list[Pair]:
    """All pairs to learn from, in the order of files. Raises ModelError where the folder holds none."""
    pairs = [
        pair for path in sorted(folder.glob("*/*.tsv.gz")) if path.parent.name != MEASURE_ONLY for pair in _read(path)
    ]
    if not pairs:
        raise ModelError(
            f"no parallel sentences in {folder}: expected SOURCE/LANG.tsv.gz files, English<TAB>translation"
        )
    return pairs


def read_devtest(folder: Path) -> dict[str, list[Pair]]:
    """The sentences that retrieval is measured on, by the language as the file names it; empty where they are absent."""
    return {path.name.split(".")[0]: list(_read(path)) for path in sorted((folder / MEASURE_ONLY).glob("*.tsv.gz"))}


def is_held_out(english: str) -> bool:
    """Whether a sentence is kept from learning, in every language alike."""
    return int.from_bytes(hashlib.sha256(english.encode()).digest()[:4], "big") / 2**32 < HELD_OUT


def _read(path: Path) -> Iterator[Pair]:
    name = path.name.split(".")[0]
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for number, row in enumerate(file, 1):
            parts = row.rstrip("\r\n").split("\t")
            if len(parts) != 2:
                raise ModelError(f"{path}, line {number}: {len(parts)} columns instead of English<TAB>translation")
            english, foreign = normalise(parts[0]), normalise(parts[1])
            if english and foreign:
                yield Pair(english, foreign, MERGED.get(name, name))
