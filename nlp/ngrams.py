"""Character n-grams with hashed weights: what spelling says where the encoder has no good row for a word.

Slang, romanised speech and words of thin languages reach the encoder as crumbs; letters in a row are known in any spelling.
The hashing trick of Weinberger et al. 2009; features as in character tf-idf with sublinear counts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from nlp.errors import ModelError

BUCKETS = 2**16
LENGTHS = (2, 3, 4, 5)
LONGEST = 4_000
"""Characters that are read: as much as the encoder's windows hold of most texts, and a bound on what a text can cost."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """Sparse features of texts: buckets and values of all texts in a row, and where each text begins (one more than texts)."""

    buckets: npt.NDArray[np.int64]
    values: Floats
    starts: npt.NDArray[np.int64]


def fold(text: str) -> str:
    """Letters without case and accents, as the encoder's tokenizer has them."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def count(texts: Sequence[str]) -> Rows:
    """1 + log of how often each n-gram stands in each text; not yet weighed, nor brought to one length."""
    buckets, values, starts = [], [], [0]
    for text in texts:
        found, times = np.unique(_hashes(f" {fold(text)[:LONGEST]} "), return_counts=True)
        buckets.append(found)
        values.append(1 + np.log(times))
        starts.append(starts[-1] + len(found))
    empty = np.zeros(0)
    return Rows(
        np.concatenate([*buckets, empty]).astype(np.int64),
        np.concatenate([*values, empty]).astype(np.float32),
        np.array(starts, dtype=np.int64),
    )


def _hashes(text: str) -> npt.NDArray[np.int64]:
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    parts = []
    for length in LENGTHS:
        if len(letters) < length:
            continue
        value = np.full(len(letters) - length + 1, length, dtype=np.uint64)
        for offset in range(length):
            value = value * _FACTOR + letters[offset : offset + len(value)]
        value = (value ^ (value >> np.uint64(29))) * _MIX
        parts.append(((value ^ (value >> np.uint64(32))) & np.uint64(BUCKETS - 1)).astype(np.int64))
    return np.concatenate([*parts, np.zeros(0, dtype=np.int64)])


def weigh(rows: Rows, rarity: Floats) -> Rows:
    """The rows times how rare each n-gram is (shape (BUCKETS,)), each text at length one."""
    values = rows.values * rarity[rows.buckets]
    sizes = np.diff(rows.starts)
    squares = np.add.reduceat(np.append(values**2, 0.0), rows.starts[:-1]) * (sizes > 0)
    lengths = np.sqrt(np.maximum(squares, 1e-12))
    return Rows(rows.buckets, (values / np.repeat(lengths, sizes)).astype(np.float32), rows.starts)


@dataclass(frozen=True)
class NGrams:
    """A linear model over n-grams. ``weights``: (outputs, BUCKETS); ``offsets``: (outputs,); ``rarity``: (BUCKETS,)."""

    weights: Floats
    offsets: Floats
    rarity: Floats

    def logits(self, texts: Sequence[str]) -> Floats:
        """Shape (len(texts), outputs)."""
        rows = weigh(count(texts), self.rarity)
        found = np.empty((len(texts), len(self.weights)), dtype=np.float32)
        for text, (begin, end) in enumerate(zip(rows.starts[:-1], rows.starts[1:], strict=True)):
            found[text] = self.weights[:, rows.buckets[begin:end]] @ rows.values[begin:end]
        return found + self.offsets

    def save(self, path: Path) -> None:
        """Writes weights as bytes, an output's at one scale: they are sums of hundreds, the rounding averages out."""
        scale = np.maximum(np.abs(self.weights).max(axis=1), 1e-8) / 127
        save_file(
            {
                "weights": torch.from_numpy(np.round(self.weights / scale[:, None]).astype(np.int8)),
                "scale": torch.from_numpy(scale.astype(np.float32)),
                "offsets": torch.from_numpy(self.offsets.astype(np.float32)),
                "rarity": torch.from_numpy(self.rarity.astype(np.float16)),
            },
            path,
        )


def load_ngrams(path: Path) -> NGrams:
    """Opens what `NGrams.save` wrote. Raises ModelError for anything else."""
    try:
        found = load_file(path)
        weights = found["weights"].float() * found["scale"].unsqueeze(1)
        return NGrams(weights.numpy(), found["offsets"].numpy(), found["rarity"].float().numpy())
    except (OSError, KeyError, SafetensorError, RuntimeError) as exc:
        raise ModelError(f"{path} holds no weights of n-grams: restore the model's folder") from exc
