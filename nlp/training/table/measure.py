"""How good a table is: retrieval of the English original, and whether English stayed what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from nlp.encoder import Encoder
from nlp.training.table.pairs import Pair


def retrieval(
    student: Encoder, teacher: Encoder, tests: Mapping[str, Sequence[Pair]], limit: int = 1_000
) -> dict[str, float]:
    """Share of translations whose nearest English sentence, of ``limit``, is their original, by language."""
    found = {}
    originals: dict[tuple[str, ...], torch.Tensor] = {}
    for lang, pairs in sorted(tests.items()):
        chosen = pairs[:limit]
        english = tuple(pair.english for pair in chosen)
        if english not in originals:
            originals[english] = _unit(teacher, english)
        nearest = (_unit(student, [pair.foreign for pair in chosen]) @ originals[english].T).argmax(1)
        found[lang] = float((nearest == torch.arange(len(chosen))).float().mean())
    return found


def english_cosine(student: Encoder, teacher: Encoder, sentences: Sequence[str]) -> float:
    """Mean cosine between the vectors that both give the same English sentences."""
    return float((_unit(student, sentences) * _unit(teacher, sentences)).sum(-1).mean())


def _unit(encoder: Encoder, texts: Sequence[str]) -> torch.Tensor:
    return torch.nn.functional.normalize(encoder.encode(encoder.tokenise(texts)), dim=-1)
