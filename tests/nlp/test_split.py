"""Who is held out stays held out: whatever lines are added, and whatever links the public sets hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlp import ModelError
from nlp.training.examples import Line, public_examples, read_lines
from nlp.training.joining import join
from nlp.training.split import deal, is_held_out, read_pinned


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return read_lines()


def test_every_author_is_dealt_and_pairs_stay_on_one_side(lines: list[Line]) -> None:
    sides = deal(lines, read_pinned())
    pairs: dict[str, set[bool]] = {}
    for line in lines:
        if line.pair:
            pairs.setdefault(line.pair, set()).add(sides[line.author])
    assert all(len(found) == 1 for found in pairs.values())
    assert 0.2 < sum(sides[line.author] for line in lines) / len(lines) < 0.4


def test_the_file_knows_every_author_of_the_corpus(lines: list[Line]) -> None:
    """Else the next line could move one: `python -m nlp.training.split` deals those that are new."""
    assert read_pinned().keys() == {line.author for line in lines}


def test_one_more_line_by_a_new_author_moves_nobody(lines: list[Line]) -> None:
    pinned = read_pinned()
    before = deal(lines, pinned)
    for pair in sorted({line.pair for line in lines if line.pair}):
        like = next(line for line in lines if line.pair == pair)
        added = like.model_copy(update={"author": "aa-new", "id": "aa-1"})
        after = deal([*lines, added], pinned)
        assert after.pop("aa-new") == before[like.author]
        assert after == before


def test_a_pair_across_the_split_is_refused(lines: list[Line]) -> None:
    pinned = read_pinned()
    held = next(line for line in lines if pinned[line.author])
    taught = next(line for line in lines if not pinned[line.author])
    both = [held.model_copy(update={"pair": "x"}), taught.model_copy(update={"pair": "x"})]
    with pytest.raises(ModelError, match="share a pair"):
        deal(both, pinned)


def test_joining_follows_links_in_any_order() -> None:
    assert join([("c", "d"), ("a", "b"), ("e", "e"), ("b", "c")]) == {**dict.fromkeys("abcd", "a"), "e": "e"}


def test_a_damaged_split_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    for text in ("", "{}", "[]", '{"taught": 1, "held_out": 2}'):
        path.write_text(text)
        with pytest.raises(ModelError, match="restore it"):
            read_pinned(path)


def test_twins_of_the_public_sets_are_on_one_side(datasets: Path) -> None:
    groups = {example.id: example.group for example in public_examples(datasets)}
    apart = 0
    for path in sorted(datasets.glob("*/data.ndjson")):
        for row in map(json.loads, path.open(encoding="utf-8")):
            for key in ("contrastive_id", "matched_id"):
                twin = row["labels"].get(key)
                if twin in groups and row["id"] in groups:
                    apart += is_held_out(groups[twin], 0.2) != is_held_out(groups[row["id"]], 0.2)
    assert apart == 0


def test_a_set_that_nobody_described_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="known are"):
        public_examples(tmp_path)
    (tmp_path / "newset").mkdir()
    (tmp_path / "newset" / "data.ndjson").write_text("{}\n")
    with pytest.raises(ModelError, match="newset"):
        public_examples(tmp_path)
