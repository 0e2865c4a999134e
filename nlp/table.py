"""Token rows for languages that the encoder's own vocabulary does not know, appended behind its own.

A file `table.safetensors`: `rows`, one signed byte a number, shape (pieces, width); `scale`, what a row's bytes are multiplied
by, shape (pieces,); `pieces`, the WordPiece pieces themselves, UTF-8, one a line, in the order of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from transformers import PreTrainedModel

from nlp.errors import ModelError

UNKNOWN = "[UNK]"
LONGEST_WORD = 100
"""Letters of a word that are cut into pieces; a longer one is unknown, as in the tokenizer of the encoder itself."""


def extend_tokenizer(tokenizer: Tokenizer, pieces: Sequence[str]) -> Tokenizer:
    """A copy of a WordPiece tokenizer with more pieces, numbered on from its last one."""
    extended = Tokenizer.from_str(tokenizer.to_str())
    vocabulary = extended.get_vocab()
    first = max(vocabulary.values()) + 1
    vocabulary |= {piece: first + number for number, piece in enumerate(pieces)}
    extended.model = WordPiece(vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=LONGEST_WORD)
    return extended


def save_table(path: Path, pieces: Sequence[str], rows: torch.Tensor) -> None:
    """Writes the rows, shape (len(pieces), width), rounded to a byte a number: cosine to the exact ones above 0.9999."""
    scale = rows.abs().amax(1).clamp(min=1e-8) / 127
    rounded = (rows / scale.unsqueeze(1)).round().to(torch.int8)
    text = torch.frombuffer(bytearray("\n".join(pieces).encode()), dtype=torch.uint8)
    save_file({"rows": rounded.contiguous(), "scale": scale.contiguous(), "pieces": text.clone()}, path)


def load_table(path: Path) -> tuple[list[str], torch.Tensor]:
    """Pieces and rows, float32. Raises ModelError where the file is not one that `save_table` wrote."""
    try:
        found = load_file(path)
        pieces = found["pieces"].numpy().tobytes().decode().split("\n")
        rows = found["rows"].float() * found["scale"].unsqueeze(1)
    except (OSError, KeyError, SafetensorError, UnicodeDecodeError, RuntimeError) as exc:
        raise ModelError(f"{path} is no table of token rows: restore the model's folder") from exc
    if len(pieces) != len(rows):
        raise ModelError(f"{path} has {len(pieces)} pieces and {len(rows)} rows: restore the model's folder")
    return pieces, rows


def embedding_rows(model: PreTrainedModel) -> torch.Tensor:
    """The rows of an encoder's pieces, shape (pieces, width). Raises ModelError for an encoder that keeps no such rows."""
    embeddings = model.get_input_embeddings()
    if not isinstance(embeddings, torch.nn.Embedding):
        raise ModelError("this encoder keeps no table of token rows, so none can be appended")
    return embeddings.weight.data


def append_rows(model: PreTrainedModel, rows: torch.Tensor) -> None:
    """Puts the rows behind the encoder's own. Raises ModelError where they have another width."""
    own = embedding_rows(model)
    if own.shape[1] != rows.shape[1]:
        raise ModelError(f"the table was made for an encoder of width {rows.shape[1]}, this one has {own.shape[1]}")
    # transformers' own resize starts new rows by sampling; they are known here.
    whole = torch.nn.Embedding.from_pretrained(torch.cat([own, rows]), freeze=True, padding_idx=0)
    model.set_input_embeddings(whole)
    model.config.vocab_size = len(whole.weight)
