"""`python -m nlp.training.table --pairs FOLDER --out FOLDER`: learns the token rows; run again, it goes on where it was."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from nlp.encoder import Encoder, load_encoder
from nlp.table import append_rows, embedding_rows, extend_tokenizer, load_table, save_table
from nlp.training.examples import CORPUS, as_read, read_lines
from nlp.training.split import deal, read_pinned
from nlp.training.table.learn import Rows, learn
from nlp.training.table.lesson import Lesson
from nlp.training.table.measure import english_cosine, retrieval
from nlp.training.table.pairs import Pair, is_held_out, read_devtest, read_pairs
from nlp.training.table.pieces import learn_pieces
from nlp.training.table.recipe import TableRecipe
from nlp.training.table.start import start_rows
from nlp.training.table.teacher import teach

OWN = 3
"""Times that our own corpus is repeated where pieces are learned: it alone has the words of the subject."""
ENGLISH_MEASURED = 2_000
PAIRS_FOR_START = 40_000
"""Pairs of a language that company is counted in: a bound on memory for the languages that have most."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="folder with SOURCE/LANG.tsv.gz files")
    parser.add_argument("--out", type=Path, required=True, help="where the table and what is needed to go on are kept")
    parser.add_argument("--draws", type=int, default=TableRecipe.draws)
    parser.add_argument("--rows", type=int, default=TableRecipe.rows)
    options = parser.parse_args()
    recipe = replace(TableRecipe(), draws=options.draws, rows=options.rows)
    torch.manual_seed(recipe.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True)

    run(options.pairs, options.out, recipe, tell)


def run(folder: Path, out: Path, recipe: TableRecipe, tell: Callable[[str], None]) -> None:
    """All steps; those whose result is in ``out`` are not repeated."""
    pairs = read_pairs(folder)
    sentences = sorted({pair.english for pair in pairs})
    teacher = load_encoder()
    vectors = teach(teacher, sentences, out / "teacher")
    taught = [pair for pair in pairs if not is_held_out(pair.english)]
    tell(f"{len(taught)} pairs to learn from, {len(pairs) - len(taught)} held out, {len(sentences)} English sentences")
    start = out / "start.safetensors"
    if not start.is_file():
        pieces = learn_pieces(_texts(taught), teacher.tokenizer, recipe)
        rows = _start(teacher, taught, pieces, recipe)
        save_table(start, pieces, rows)
    pieces, rows = load_table(start)
    tell(f"{len(pieces)} new pieces")
    student = _student(pieces, rows, recipe)
    tests = read_devtest(folder)
    if not (out / "progress.pt").is_file():
        _report(student, teacher, tests, taught, tell)
    table = Rows(embedding_rows(teacher.model), rows.clone())
    student.model.set_input_embeddings(table)
    lesson = Lesson(taught, {english: at for at, english in enumerate(sentences)}, student.tokenizer, recipe)
    learn(student, table, lesson, vectors, recipe, out, tell)
    save_table(out / "table.safetensors", pieces, table.new.detach())
    _report(_student(*load_table(out / "table.safetensors"), recipe), teacher, tests, taught, tell)


def _texts(pairs: Sequence[Pair]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for pair in pairs:
        texts.setdefault(pair.lang, []).append(pair.foreign)
    lines = read_lines() + read_lines(CORPUS / "next")
    sides = deal(lines, read_pinned())
    for line in lines:
        if not sides[line.author] and line.lang in texts:
            texts[line.lang] += [as_read(line.text, line.lang)] * OWN
    return texts


def _start(teacher: Encoder, pairs: Sequence[Pair], pieces: Sequence[str], recipe: TableRecipe) -> torch.Tensor:
    by_lang: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_lang.setdefault(pair.lang, []).append(pair)
    draw = random.Random(recipe.seed)
    chosen = [p for rows in by_lang.values() for p in draw.sample(rows, min(len(rows), PAIRS_FOR_START))]
    extended = extend_tokenizer(teacher.tokenizer, pieces)
    foreign = [item.ids for item in extended.encode_batch([pair.foreign for pair in chosen])]
    english = [item.ids for item in teacher.tokenizer.encode_batch([pair.english for pair in chosen])]
    return start_rows(foreign, english, embedding_rows(teacher.model), len(pieces))


def _student(pieces: Sequence[str], rows: torch.Tensor, recipe: TableRecipe) -> Encoder:
    encoder = load_encoder()
    append_rows(encoder.model, rows)
    tokenizer: Tokenizer = extend_tokenizer(encoder.tokenizer, pieces)
    tokenizer.enable_truncation(recipe.longest)
    return replace(encoder, tokenizer=tokenizer)


def _report(
    student: Encoder,
    teacher: Encoder,
    tests: Mapping[str, Sequence[Pair]],
    taught: Sequence[Pair],
    tell: Callable[[str], None],
) -> None:
    sample = random.Random(1).sample(sorted({pair.english for pair in taught}), ENGLISH_MEASURED)
    tell(f"English: cosine {english_cosine(student, teacher, sample):.4f} to what it was")
    for lang, share in retrieval(student, teacher, tests).items():
        tell(f"retrieval {lang}: {share:.3f}")


if __name__ == "__main__":
    main()
