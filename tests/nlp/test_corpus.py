"""The corpus keeps its own rules, shares nothing with the demo, and its contacts are fictional."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from nlp.signatures import make_signature
from nlp.training.examples import Line, corpus_examples, read_lines
from nlp.training.split import deal, read_pinned
from records import Label

DEMO = Path(__file__).parent.parent.parent / "demo" / "world" / "posts.ndjson"
NEAR = 0.5
"""MinHash similarity from which two texts count as near-copies; different adverts of one kind stay under 0.3."""


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return read_lines()


def test_it_is_large_enough_and_in_six_languages(lines: list[Line]) -> None:
    assert len(lines) >= 800
    languages = Counter(line.lang for line in lines)
    assert len(languages) >= 6
    assert min(languages.values()) >= 150
    for lang in languages:
        labels = Counter(label for line in lines if line.lang == lang for label in line.labels)
        assert all(labels[label] >= 25 for label in Label), (lang, labels)


def test_ids_are_unique_and_labels_consistent(lines: list[Line]) -> None:
    assert len({line.id for line in lines}) == len(lines)
    for line in lines:
        assert (line.offer is not None) == (Label.SMUGGLING_OFFER in line.labels), line.id
        assert line.on_topic or not line.labels, line.id
        assert line.author.startswith(line.lang), line.id


def test_every_language_has_every_hard_negative(lines: list[Line]) -> None:
    kinds = {"demand", "family_search", "aid_rescue_legal", "lawful_service", "official_warning", "news", "parody"}
    for lang in {line.lang for line in lines}:
        present = Counter(line.kind.value for line in lines if line.lang == lang)
        assert all(present[kind] >= 5 for kind in kinds), (lang, present)


def test_the_demo_shares_no_near_copy_with_the_corpus(lines: list[Line]) -> None:
    demo = [json.loads(row) for row in DEMO.read_text("utf-8").splitlines()]
    own = [(line.id, signature) for line in lines if (signature := make_signature(line.text))]
    table = np.array([signature for _, signature in own])
    near = []
    for row in demo:
        signature = make_signature(row["text"])
        if signature:
            alike = (table == np.array(signature)).mean(axis=1)
            near += [(row["id"], own[i][0], float(alike[i])) for i in np.flatnonzero(alike >= NEAR)]
    assert not near


def test_held_out_lines_are_no_near_copies_of_training_lines(lines: list[Line]) -> None:
    examples, sides = corpus_examples(lines, ()), deal(lines, read_pinned())
    parts: dict[bool, list[tuple[str, tuple[int, ...]]]] = {True: [], False: []}
    for example in examples:
        if signature := make_signature(example.text):
            parts[sides[example.group]].append((example.id, signature))
    table = np.array([signature for _, signature in parts[False]])
    near = [
        (name, parts[False][int(i)][0])
        for name, signature in parts[True]
        for i in np.flatnonzero((table == np.array(signature)).mean(axis=1) >= NEAR)
    ]
    assert not near


def test_contacts_are_fictional(lines: list[Line]) -> None:
    for line in lines:
        for address in re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", line.text):
            assert address.rsplit(".", 1)[-1].lower() in {"example", "org", "test", "invalid"}, (line.id, address)
            assert "example" in address, (line.id, address)
