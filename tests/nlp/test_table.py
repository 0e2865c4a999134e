"""Token rows for other languages: what is appended, what stays as it was, and files that are not what they should be."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from nlp import ModelError
from nlp.encoder import Encoder, load_encoder
from nlp.table import append_rows, embedding_rows, extend_tokenizer, load_table, save_table
from tests.tiny_model import WIDTH, make_tiny_model

PIECES = ["قارب", "##ون", "lodka"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    torch.manual_seed(5)
    path = tmp_path / "table.safetensors"
    save_table(path, PIECES, torch.randn(len(PIECES), WIDTH))
    return path


@pytest.fixture
def base(tmp_path: Path) -> str:
    return str(make_tiny_model(tmp_path).encoder)


def vectors(encoder: Encoder, *texts: str) -> torch.Tensor:
    return encoder.encode(encoder.tokenise(texts))


def test_new_words_have_pieces_and_the_numbers_of_the_old_ones_stay(base: str, table: Path) -> None:
    plain, more = load_encoder(base), load_encoder(base, table=table)
    size = plain.tokenizer.get_vocab_size()
    assert more.tokenizer.get_vocab_size() == size + len(PIECES)
    assert more.tokenise(["safe"]) == plain.tokenise(["safe"])
    assert more.tokenise(["قاربون lodka"])[0][1:-1] == [size, size + 1, size + 2]


def test_texts_of_old_pieces_keep_their_vectors_and_others_get_their_rows(base: str, table: Path) -> None:
    plain, more = load_encoder(base), load_encoder(base, table=table)
    assert torch.equal(vectors(plain, "safe trip 100"), vectors(more, "safe trip 100"))
    assert not torch.allclose(vectors(plain, "lodka"), vectors(more, "lodka"))
    assert more.fingerprint == plain.fingerprint, "heads belong to the base"


def test_rows_come_back_from_their_file_as_good_as_they_went(tmp_path: Path) -> None:
    torch.manual_seed(5)
    rows = torch.randn(300, 384) * torch.rand(300, 1)
    pieces = [f"##p{number}" for number in range(300)]
    save_table(tmp_path / "table.safetensors", pieces, rows)
    found, back = load_table(tmp_path / "table.safetensors")
    assert found == pieces
    assert float(torch.nn.functional.cosine_similarity(rows, back).min()) > 0.9999
    assert (tmp_path / "table.safetensors").stat().st_size < 300 * 384 * 1.1


@pytest.mark.parametrize("content", [b"", b"not a file of tensors", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"table\.safetensors"):
        load_table(path)


def test_a_table_with_a_piece_too_few_is_refused(tmp_path: Path) -> None:
    text = torch.frombuffer(bytearray(b"one"), dtype=torch.uint8)
    rows = {"rows": torch.zeros(2, 4, dtype=torch.int8), "scale": torch.ones(2), "pieces": text.clone()}
    save_file(rows, tmp_path / "table.safetensors")
    with pytest.raises(ModelError, match="1 pieces and 2 rows"):
        load_table(tmp_path / "table.safetensors")


def test_a_table_for_another_width_is_refused(base: str) -> None:
    with pytest.raises(ModelError, match="width 8"):
        append_rows(load_encoder(base).model, torch.zeros(1, 8))


def test_the_longest_piece_wins_and_unknown_letters_stay_unknown(base: str) -> None:
    tokenizer = extend_tokenizer(load_encoder(base).tokenizer, ["lod", "lodka"])
    assert tokenizer.encode("lodka").tokens[1:-1] == ["lodka"]
    assert tokenizer.encode("lodki").tokens[1:-1] == ["lod", "##k", "##i"]
    assert tokenizer.encode("語").tokens[1:-1] == ["[UNK]"]
    assert len(embedding_rows(load_encoder(base).model)) == tokenizer.get_vocab_size() - 2
