"""The vectors that translations learn to have: those of the unchanged English encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from nlp.encoder import Encoder

Half = npt.NDArray[np.float16]
CHUNK = 10_000
"""Sentences between two lines of progress; also what is lost when the machine goes down."""


def teach(encoder: Encoder, sentences: Sequence[str], folder: Path) -> Half:
    """Unit vectors of the sentences, shape (n, width), kept in ``folder`` in chunks: what is there is not computed again."""
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[Half] = []
    for start in range(0, len(sentences), CHUNK):
        path = folder / f"{start:08d}.npy"
        if not path.is_file():
            vectors = encoder.encode(encoder.tokenise(sentences[start : start + CHUNK]))
            found = torch.nn.functional.normalize(vectors, dim=-1).numpy().astype(np.float16)
            draft = path.with_suffix(".part.npy")
            np.save(draft, found)
            draft.rename(path)
        parts.append(np.load(path))
    return np.concatenate(parts)
