"""A model's card: what its weights mean and how good they were. Needs no torch, so that `status` answers at once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nlp.errors import ModelError
from records import Kind, Label, Referral

SHIPPED = Path(__file__).parent / "model"

ON_TOPIC = "on_topic"
LABELS = tuple(label.value for label in Label)
KINDS = tuple(kind.value for kind in Kind)
REFERRALS = tuple(referral.value for referral in Referral)


class Calibration(BaseModel):
    """Platt scaling (Platt 1999) of two readers: probability = sigmoid(slope * logit + ngrams * n-gram logit + offset)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = 1.0
    ngrams: float = 0.0
    offset: float = 0.0


class ModelCard(BaseModel):
    """model.json: what the weights mean and how good they were on authors they had not seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    encoder: str = Field(description="The base the heads were trained on: package, or a hub id.")
    encoder_sha256: str = Field(description="Of that base's weights; the heads mean nothing on any other.")
    width: int
    binary: tuple[str, ...] = Field(
        description="Outputs of the binary head, in order: on_topic, labels, referral, sub-labels."
    )
    calibration: dict[str, Calibration]
    thresholds: dict[str, float] = Field(description="On the calibrated probability, for each binary output.")
    kind_ngrams: float = Field(default=0.0, description="Weight of the n-grams' logits of kind beside the encoder's.")
    covered: dict[str, dict[str, float]] = Field(description="Languages with held-out evidence, with the figures.")
    not_covered: dict[str, dict[str, float]] = Field(default_factory=dict, description="Measured and found too weak.")
    figures: dict[str, object] = Field(default_factory=dict, description="Held-out figures, printed by `model info`.")
    windows: int = Field(
        default=1,
        ge=1,
        description="Windows of 192 tokens up to which texts were evaluated; longer ones are not assessed.",
    )
    sha256: dict[str, str] = Field(description="Of the weight files.")

    @model_validator(mode="after")
    def _complete(self) -> ModelCard:
        for field, given in (("calibration", self.calibration), ("thresholds", self.thresholds)):
            missing = set(self.binary) - set(given)
            if missing:
                raise ValueError(f"{field} lacks {', '.join(sorted(missing))}")
        if "heads.safetensors" not in self.sha256:
            raise ValueError("sha256 lacks heads.safetensors")
        return self


def read_card(folder: Path) -> ModelCard:
    """The card in a model's folder. Raises ModelError when it is missing or of another version of Daymark."""
    try:
        return ModelCard.model_validate(json.loads((folder / "model.json").read_text("utf-8")))
    except FileNotFoundError as exc:
        raise ModelError(
            f"no model in {folder}: set DAYMARK_MODEL to `package` or to a folder made by model train"
        ) from exc
    except (ValidationError, ValueError) as exc:
        raise ModelError(f"{folder / 'model.json'} is not a model card of this version") from exc


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
