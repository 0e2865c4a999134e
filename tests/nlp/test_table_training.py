"""Learning token rows from translations: what is read, drawn and altered; a broken-off training ends as another one does."""

from __future__ import annotations

import gzip
import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from nlp import ModelError
from nlp.encoder import Encoder, load_encoder
from nlp.table import embedding_rows, extend_tokenizer
from nlp.training.table.alter import IN_LATIN, alter
from nlp.training.table.learn import Rows, learn
from nlp.training.table.lesson import ENGLISH, Lesson
from nlp.training.table.measure import english_cosine, retrieval
from nlp.training.table.pairs import HELD_OUT, Pair, is_held_out, read_devtest, read_pairs
from nlp.training.table.pieces import learn_pieces
from nlp.training.table.recipe import TableRecipe
from nlp.training.table.start import start_rows
from nlp.training.table.teacher import teach
from tests.tiny_model import make_tiny_model

ENGLISH_WORDS = ("boat", "sea", "night", "brother", "road", "camp", "price", "guard", "letter", "house")
FOREIGN = ("قارب", "بحر", "ليل", "اخ", "طريق", "مخيم", "سعر", "حارس", "رسالة", "بيت")
SMALL = replace(TableRecipe(), rows=400, draws=9_000, round=3_000, batch_tokens=3_000, warm_up=3)


def make_pairs(number: int = 400) -> list[Pair]:
    draw, pairs = random.Random(1), []
    for _ in range(number):
        words = [draw.randrange(len(FOREIGN)) for _ in range(draw.randint(2, 5))]
        pairs.append(Pair(" ".join(ENGLISH_WORDS[w] for w in words), " ".join(FOREIGN[w] for w in words), "ar"))
    return pairs


def write(folder: Path, name: str, *rows: str) -> None:
    path = folder / f"{name}.tsv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(rows).encode() + b"\n"))


def test_pairs_are_read_as_the_product_reads_and_dialects_join_their_language(tmp_path: Path) -> None:
    write(tmp_path, "seed/ary", "We go.\tكـــنمشيو")
    write(tmp_path, "seed/prs", "A house\tیک خانه", "\tempty")
    write(tmp_path, "flores200-devtest/ar", "Not learned\tلا")
    assert read_pairs(tmp_path) == [Pair("We go.", "كنمشيو", "ar"), Pair("A house", "يك خانه".replace("ک", "ك"), "fa")]
    assert list(read_devtest(tmp_path)) == ["ar"]


def test_a_row_without_two_columns_is_named(tmp_path: Path) -> None:
    write(tmp_path, "seed/fr", "One\tUn", "Two")
    with pytest.raises(ModelError, match=r"fr\.tsv\.gz, line 2: 1 columns"):
        read_pairs(tmp_path)
    with pytest.raises(ModelError, match="no parallel sentences"):
        read_pairs(tmp_path / "seed")


def test_a_sentence_is_held_out_in_every_language_or_in_none() -> None:
    share = sum(is_held_out(f"sentence {number}") for number in range(20_000)) / 20_000
    assert share == pytest.approx(HELD_OUT, abs=0.003)
    assert is_held_out("sentence 7") == is_held_out("sentence 7")


@pytest.fixture
def encoder(tmp_path: Path) -> Encoder:
    return load_encoder(str(make_tiny_model(tmp_path).encoder))


def test_words_of_the_language_become_pieces_and_english_ones_are_not_learned_twice(encoder: Encoder) -> None:
    pieces = learn_pieces({"ar": [pair.foreign for pair in make_pairs()]}, encoder.tokenizer, SMALL)
    assert set(FOREIGN) - {"رسالة"} <= {"".join(word) for word in pieces} | {"رسالة"}
    assert not set(pieces) & set(encoder.tokenizer.get_vocab())
    assert (
        0
        < len(learn_pieces({"ar": [pair.foreign for pair in make_pairs()]}, encoder.tokenizer, replace(SMALL, rows=80)))
        <= 80
    )


def test_a_row_begins_where_its_company_stands() -> None:
    rows = torch.eye(6)
    foreign = [[6, 7], [6], [7], [7, 8]] * 10
    english = [[1, 2, 5], [1, 5], [2, 5], [2, 5]] * 10
    found = start_rows(foreign, english, rows, 4)
    assert found[0].argmax() == 1, "6 stands where 1 stands"
    assert found[2, 2] > found[2, 1] == 0, "8 stands with 2 and never with 1"
    assert torch.allclose(found[3], rows.mean(0)), "never seen: the mean of all"


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_altered_sentences_stay_near_what_they_were(lang: str) -> None:
    draw = random.Random(3)
    text = "نحن نذهب الى البحر ليلا" if lang in IN_LATIN else "nous partons vers la mer cette nuit"
    forms = {alter(text, lang, draw) for _ in range(200)}
    assert len(forms) > 10
    assert all(form.strip() for form in forms)
    assert any("#" in form for form in forms)
    assert any(form.isascii() for form in forms) or lang not in IN_LATIN
    again = random.Random(3)
    assert forms == {alter(text, lang, again) for _ in range(200)}, "the same draw, the same forms"


def world(
    encoder: Encoder, folder: Path
) -> tuple[Encoder, Rows, Lesson, np.ndarray[tuple[int, ...], np.dtype[np.float16]]]:
    """A student whose new rows know nothing, and its lesson."""
    torch.manual_seed(1)
    pairs = make_pairs()
    sentences = sorted({pair.english for pair in pairs})
    # Given, not learned: which of two pieces that are as good comes first is chance.
    pieces = FOREIGN
    student = replace(load_encoder(encoder.name), tokenizer=extend_tokenizer(encoder.tokenizer, pieces))
    rows = Rows(embedding_rows(student.model).clone(), torch.randn(len(pieces), encoder.width) * 0.02)
    student.model.set_input_embeddings(rows)
    lesson = Lesson(pairs, {english: at for at, english in enumerate(sentences)}, student.tokenizer, SMALL)
    return student, rows, lesson, teach(encoder, sentences, folder / "teacher")


def quiet(line: str) -> None:
    assert "nan" not in line


def likeness(student: Encoder, teacher: Encoder, pairs: Sequence[Pair]) -> float:
    def unit(encoder: Encoder, texts: list[str]) -> torch.Tensor:
        return torch.nn.functional.normalize(encoder.encode(encoder.tokenise(texts)), dim=-1)

    return float((unit(student, [p.foreign for p in pairs]) * unit(teacher, [p.english for p in pairs])).sum(1).mean())


def test_a_round_is_the_same_whenever_it_is_drawn_and_shares_follow_the_recipe(
    encoder: Encoder, tmp_path: Path
) -> None:
    _, _, lesson, _ = world(encoder, tmp_path)
    first, again, other = list(lesson.round(4)), list(lesson.round(4)), list(lesson.round(5))
    assert first == again != other
    assert lesson.weights[ENGLISH] == SMALL.english
    assert sum(lesson.weights.values()) == pytest.approx(1.0)
    assert all(len(batch.ids) == len(batch.sentences) for batch in first)


def test_translations_come_to_have_the_vectors_of_their_originals_and_english_stays(
    encoder: Encoder, tmp_path: Path
) -> None:
    student, rows, lesson, vectors = world(encoder, tmp_path)
    english, before = rows.english.clone(), likeness(student, encoder, make_pairs(50))
    learn(student, rows, lesson, vectors, SMALL, tmp_path, quiet)
    assert 1 - likeness(student, encoder, make_pairs(50)) < (1 - before) / 2
    assert torch.equal(rows.english, english)
    assert english_cosine(student, encoder, list(ENGLISH_WORDS)) == pytest.approx(1.0, abs=1e-4)


def test_retrieval_is_the_share_that_finds_its_original(encoder: Encoder) -> None:
    words = [Pair(word, word, "en") for word in ENGLISH_WORDS]
    wrong = [Pair(word, other, "en") for word, other in itertools.pairwise(ENGLISH_WORDS)]
    found = retrieval(encoder, encoder, {"right": words, "wrong": wrong, "half": words[:4] + wrong[4:8]})
    assert (found["right"], found["wrong"]) == (1.0, 0.0)
    assert 0.4 < found["half"] < 0.7


def test_a_training_that_was_broken_off_ends_as_one_that_was_not(encoder: Encoder, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    student, rows, lesson, vectors = world(encoder, tmp_path)
    learn(student, rows, lesson, vectors, SMALL, whole, quiet)

    class Killed(Exception):
        pass

    def kill(_line: str) -> None:
        raise Killed

    student, other, lesson, vectors = world(encoder, tmp_path)
    with pytest.raises(Killed):
        learn(student, other, lesson, vectors, SMALL, broken, kill)
    student, other, lesson, vectors = world(encoder, tmp_path)
    learn(student, other, lesson, vectors, SMALL, broken, quiet)
    assert torch.allclose(rows.new, other.new, atol=1e-5)
