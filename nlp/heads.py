"""The classification heads: linear layers on the encoder's vector, with their names, calibration and thresholds.

A trained model is a folder: `heads.safetensors`, `adapter.safetensors`, perhaps `table.safetensors` (nlp/table.py) and
`ngrams.safetensors` (nlp/ngrams.py), and `model.json`, which holds everything that is not a weight, the SHA-256 of each file
included.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from nlp.card import KINDS, ModelCard, file_sha256, read_card
from nlp.errors import ModelError
from nlp.ngrams import NGrams, load_ngrams

ADAPTER, HEADS, TABLE, NGRAMS = (f"{name}.safetensors" for name in ("adapter", "heads", "table", "ngrams"))


class Heads(nn.Module):
    """All outputs at once: binary logits and kind logits, from vectors of shape (n, width)."""

    def __init__(self, width: int, binary: int) -> None:
        super().__init__()
        self.binary = nn.Linear(width, binary)
        self.kind = nn.Linear(width, len(KINDS))
        self._scale = width**0.5

    def forward(self, vectors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, len(binary)) and (n, 11) logits. Vectors are brought to equal length first: long posts are not louder."""
        unit = self.unit(vectors)
        return self.binary(unit), self.kind(unit)

    def unit(self, vectors: torch.Tensor) -> torch.Tensor:
        """The vectors at one length, the square root of the width, so that each number is of the order of one."""
        unit: torch.Tensor = nn.functional.normalize(vectors, dim=-1) * self._scale
        return unit


class TrainedModel:
    """A model folder, opened and checked."""

    def __init__(self, folder: Path, card: ModelCard, heads: Heads, ngrams: NGrams | None = None) -> None:
        self.folder = folder
        self.card = card
        self.heads = heads
        self.ngrams = ngrams

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Opens a model folder. Raises ModelError when a file is missing or does not carry its checksum."""
        card = read_card(folder)
        for name, expected in card.sha256.items():
            found = file_sha256(folder / name)
            if found != expected:
                raise ModelError(
                    f"{folder / name} is damaged: its SHA-256 is {found[:12]}…, the card says {expected[:12]}…"
                )
        heads = Heads(card.width, len(card.binary))
        try:
            heads.load_state_dict(load_file(folder / HEADS))
        except (RuntimeError, SafetensorError) as exc:
            raise ModelError(f"{folder / 'heads.safetensors'} does not fit its card: train the model anew") from exc
        ngrams = load_ngrams(folder / NGRAMS) if NGRAMS in card.sha256 else None
        return cls(folder, card, heads.eval().requires_grad_(False), ngrams)

    @property
    def adapter(self) -> Path | None:
        """The adapter's file, where the card names one."""
        return self._file(ADAPTER)

    @property
    def table(self) -> Path | None:
        """The file of token rows for other languages, where the card names one."""
        return self._file(TABLE)

    def _file(self, name: str) -> Path | None:
        return self.folder / name if name in self.card.sha256 else None
