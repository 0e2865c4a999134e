"""A tiny random encoder and model: the shape of the real ones at a thousandth of the cost.

For tests of what happens around the model (kills, batches, loading). Its labels mean nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from nlp.card import LABELS, ON_TOPIC, REFERRALS, Calibration, ModelCard, file_sha256
from nlp.encoder import load_encoder
from nlp.heads import Heads

WIDTH = 32


@dataclass(frozen=True)
class TinyModel:
    """Folders to put into DAYMARK_ENCODER and DAYMARK_MODEL."""

    encoder: Path
    model: Path

    @property
    def environment(self) -> dict[str, str]:
        # One thread: several processes with two each, on two cores, spin against each other.
        return {"OMP_NUM_THREADS": "1", "DAYMARK_ENCODER": str(self.encoder), "DAYMARK_MODEL": str(self.model)}


def make_tiny_model(folder: Path, version: str = "tiny-1", seed: int = 3) -> TinyModel:
    """Writes both folders; the same seed gives the same weights."""
    torch.manual_seed(seed)
    encoder, model = folder / "encoder", folder / version
    _write_encoder(encoder)
    model.mkdir(parents=True)
    names = (ON_TOPIC, *LABELS, *REFERRALS)
    heads = Heads(WIDTH, len(names))
    save_file(dict(heads.state_dict()), model / "heads.safetensors")
    languages = ("ar", "de", "en", "es", "fr", "it", "tr")
    card = ModelCard(
        name="tiny",
        version=version,
        encoder=str(encoder),
        encoder_sha256=load_encoder(str(encoder)).fingerprint,
        width=WIDTH,
        binary=names,
        calibration={name: Calibration() for name in names},
        thresholds=dict.fromkeys(names, 0.5),
        covered={lang: {} for lang in languages},
        sha256={"heads.safetensors": file_sha256(model / "heads.safetensors")},
    )
    (model / "model.json").write_text(json.dumps(card.model_dump()), "utf-8")
    return TinyModel(encoder, model)


def _write_encoder(folder: Path) -> None:
    letters = [chr(code) for code in range(0x21, 0x7F)] + [chr(code) for code in range(0x621, 0x64B)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )
    model = BertModel(config)
    model.eval()
    model.save_pretrained(folder)
