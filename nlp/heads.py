"""The classification heads: linear layers on the encoder's vector, with their names, calibration and thresholds.

A trained model is a folder: `heads.safetensors`, `adapter.safetensors`, and `model.json`, which holds everything that is
not a weight, the SHA-256 of both files included.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Self

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from nlp.errors import ModelError
from records import Kind, Label, Referral

SHIPPED = Path(__file__).parent / "model"

ON_TOPIC = "on_topic"
LABELS = tuple(label.value for label in Label)
KINDS = tuple(kind.value for kind in Kind)
REFERRALS = tuple(referral.value for referral in Referral)


class Calibration(BaseModel):
    """Platt scaling (Platt 1999): probability = sigmoid(slope * logit + offset)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = 1.0
    offset: float = 0.0


class ModelCard(BaseModel):
    """model.json: what the weights mean and how good they were on authors they had not seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    encoder: str = Field(description="The base the heads were trained on: package, or a hub id.")
    width: int
    binary: tuple[str, ...] = Field(
        description="Outputs of the binary head, in order: on_topic, labels, referral, sub-labels."
    )
    calibration: dict[str, Calibration]
    thresholds: dict[str, float] = Field(description="On the calibrated probability, for each binary output.")
    covered: dict[str, dict[str, float]] = Field(description="Languages with held-out evidence, with the figures.")
    not_covered: dict[str, dict[str, float]] = Field(default_factory=dict, description="Measured and found too weak.")
    figures: dict[str, object] = Field(default_factory=dict, description="Held-out figures, printed by `model info`.")
    sha256: dict[str, str] = Field(description="Of the weight files.")


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

    def __init__(self, folder: Path, card: ModelCard, heads: Heads) -> None:
        self.folder = folder
        self.card = card
        self.heads = heads

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Opens a model folder. Raises ModelError when a file is missing or does not carry its checksum."""
        try:
            card = ModelCard.model_validate(json.loads((folder / "model.json").read_text("utf-8")))
        except FileNotFoundError as exc:
            raise ModelError(
                f"no model in {folder}: set DAYMARK_MODEL to `package` or to a folder made by model train"
            ) from exc
        except (ValidationError, ValueError) as exc:
            raise ModelError(f"{folder / 'model.json'} is not a model card of this version") from exc
        for name, expected in card.sha256.items():
            found = file_sha256(folder / name)
            if found != expected:
                raise ModelError(
                    f"{folder / name} is damaged: its SHA-256 is {found[:12]}…, the card says {expected[:12]}…"
                )
        heads = Heads(card.width, len(card.binary))
        try:
            heads.load_state_dict(load_file(folder / "heads.safetensors"))
        except (RuntimeError, SafetensorError) as exc:
            raise ModelError(f"{folder / 'heads.safetensors'} does not fit its card: train the model anew") from exc
        return cls(folder, card, heads.eval().requires_grad_(False))

    @property
    def adapter(self) -> Path | None:
        """The adapter's file, where the model has one."""
        path = self.folder / "adapter.safetensors"
        return path if path.is_file() else None


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises ModelError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise ModelError(f"{path} cannot be read: {exc.strerror}") from exc


def model_folder(setting: str) -> Path:
    """The folder that the setting DAYMARK_MODEL names: `package` is the shipped model."""
    if setting != "package":
        return Path(setting).expanduser()
    current = SHIPPED / "CURRENT"
    try:
        return SHIPPED / current.read_text("ascii").strip()
    except OSError as exc:
        raise ModelError(f"{current} is missing: this checkout ships no model; run `daymark model train`") from exc
