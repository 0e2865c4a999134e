"""classify: a line in, a line out, in order, whatever the line is."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import cast

import jsonschema
import pytest

from cli.classify import classify_stream
from nlp import ModelError, Tagger, TextInput
from records import Tags
from tests.daymark_process import Installation
from tests.ledger.world import make_tags

SCHEMA = json.loads((Path(__file__).parent.parent / "contract" / "classify.schema.json").read_text("utf-8"))
OFFER = (
    "SAFE TRIP turkey to italy by yacht, every week, 5500 euro per person, kids half price, pay on arrival. "
    "serious people only whatsapp +90 555 000 00 77"
)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """No data folder, no key: classify needs neither."""
    return Installation(tmp_path_factory.mktemp("bare"))


def answers(house: Installation, *lines: bytes) -> list[dict[str, object]]:
    out = house.must("classify", stdin=b"\n".join(lines) + b"\n")
    return [json.loads(line) for line in out.splitlines()]


def test_the_shape_of_the_contract(bare: Installation) -> None:
    rows = answers(
        bare,
        json.dumps({"id": "a", "text": OFFER}).encode(),
        json.dumps({"id": "b", "text": "we had a barbecue with the neighbours on saturday", "lang": "en"}).encode(),
        json.dumps({"id": 7, "text": ""}).encode(),
    )
    assert [row["id"] for row in rows] == ["a", "b", 7]
    for row in rows:
        jsonschema.validate(row, SCHEMA)
    offer = rows[0]["offer"]
    assert isinstance(offer, dict)
    # Without a key a contact's hash links within this run only, and says so.
    assert offer["contacts"][0]["hash"].startswith("ephemeral:")
    assert "555" not in json.dumps(rows[0])


FAULTS = [
    (b"not json", "not JSON"),
    (b"[1, 2]", "not a JSON object"),
    (b'{"text": "no id"}', "no id"),
    (b'{"id": "x"}', "no text"),
    (b'{"id": "x", "text": 5}', "text is not a string"),
    (b'{"id": "x", "text": "a", "lang": 5}', "lang is not a string"),
    (b'{"id": "\xff\xfe", "text": "a"}', "not UTF-8"),
    (b"[" * 100_000, "not JSON"),
]


def test_a_line_that_is_no_post_gives_an_error_and_the_run_goes_on(bare: Installation) -> None:
    good = json.dumps({"id": "good", "text": "refugees are welcome here"}).encode()
    rows = answers(bare, good, *(line for fault, _ in FAULTS for line in (fault, good)))
    assert [row["id"] for row in rows[::2]] == ["good"] * (len(FAULTS) + 1)
    for row, (_, error) in zip(rows[1::2], FAULTS, strict=True):
        assert error in str(row["error"])
        jsonschema.validate(row, SCHEMA)


def test_strange_texts_are_answered(bare: Installation) -> None:
    texts = ["\x00\x00", "\ud800 lone", "a" * 1_000_000, "🚤" * 5000, "\u202e\u200f reversed", "\n\n\t"]
    rows = answers(bare, *(json.dumps({"id": str(i), "text": text}).encode() for i, text in enumerate(texts)))
    assert [row["id"] for row in rows] == [str(i) for i in range(len(texts))]
    assert not any("error" in row for row in rows)


def test_an_empty_input_is_an_empty_output(bare: Installation) -> None:
    assert bare.must("classify", stdin=b"\n\n") == ""


class _Faulty:
    """A tagger that fails on some texts, or on all."""

    def __init__(self, *, dead: bool) -> None:
        self.dead = dead

    def tag(self, inputs: list[TextInput]) -> list[Tags]:
        if self.dead or any("poison" in item.text for item in inputs):
            raise RuntimeError("no")
        return [make_tags() for _ in inputs]


def test_a_text_the_model_cannot_read_costs_its_own_line() -> None:
    lines = b'{"id": "1", "text": "good"}\n{"id": "2", "text": "poison"}\n{"id": "3", "text": "good"}\n'
    stream = classify_stream(cast(Tagger, _Faulty(dead=False)), BytesIO(lines))
    assert ["error" in answer for batch in stream for answer in batch] == [False, True, False]


def test_a_model_that_reads_nothing_ends_the_run_instead_of_blaming_texts() -> None:
    with pytest.raises(ModelError, match="reads nothing"):
        list(classify_stream(cast(Tagger, _Faulty(dead=True)), BytesIO(b'{"id": "1", "text": "good"}\n')))
