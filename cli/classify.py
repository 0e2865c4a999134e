"""classify: NDJSON posts on stdin, NDJSON tags on stdout, same order, nothing stored."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

import typer

from cli.output import progress
from cli.rooms import key_or_ephemeral, load_tagger
from config import load_settings
from records import MAX_TEXT, Offer, Tags, repair_text

if TYPE_CHECKING:
    from nlp import Tagger, TextInput

BATCH = 512
"""Lines read ahead: enough to sort by length, little enough that output flows."""
MAX_LINE = 16 * 1024 * 1024
"""Bytes of one line; a longer one is not a post, and reading it whole could exhaust memory."""


def classify() -> None:
    """Tags NDJSON posts ({"id", "text", "lang"?} a line) from stdin; a line that is no post gives a line with "error"."""
    settings = load_settings()
    tagger = load_tagger(settings, key_or_ephemeral(settings))
    with progress("classifying") as tell:
        for answers in classify_stream(tagger, sys.stdin.buffer):
            sys.stdout.write("".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers))
            sys.stdout.flush()
            tell(len(answers))


def classify_stream(tagger: Tagger, stream: BinaryIO) -> Iterator[list[dict[str, Any]]]:
    """Batches of answers, in the order of the lines."""
    from nlp import TextInput

    lines = _lines(stream)
    while batch := list(islice(lines, BATCH)):
        parsed = [_parse(line) for line in batch]
        posts = [item for item in parsed if "error" not in item]
        inputs = [TextInput(text=item["text"], title=item["title"], lang_hint=item["lang"]) for item in posts]
        tags = iter(_tag(tagger, inputs))
        yield [item if "error" in item else _answer(item["id"], next(tags)) for item in parsed]


def _tag(tagger: Tagger, inputs: list[TextInput]) -> list[Tags | str]:
    """Tags in order; a word of fault for a text that the model alone cannot read. Raises ModelError when it reads nothing."""
    from nlp import ModelError
    from tagging import is_alive

    try:
        return list(tagger.tag(inputs))
    except (MemoryError, OSError):
        raise
    except Exception as exc:
        if len(inputs) == 1:
            if not is_alive(tagger):
                raise ModelError(
                    f"the classifier reads nothing any more ({type(exc).__name__}): see `daymark model info`"
                ) from exc
            return ["the classifier failed on this text"]
        return [answer for item in inputs for answer in _tag(tagger, [item])]


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Non-empty lines; of one over the limit only so much that it is seen to be over."""
    while line := stream.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            while rest := stream.readline(MAX_LINE):
                if rest.endswith(b"\n"):
                    break
        if line.strip():
            yield line


def _parse(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        return {"id": None, "error": f"line longer than {MAX_LINE} bytes"}
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return {"id": None, "error": "not UTF-8"}
    except (ValueError, RecursionError):
        return {"id": None, "error": "not JSON"}
    if not isinstance(value, dict):
        return {"id": None, "error": "not a JSON object"}
    number = value.get("id")
    if isinstance(number, bool) or not isinstance(number, (str, int)):
        return {"id": None, "error": "no id: a string or a number is needed"}
    identity = number if isinstance(number, int) else repair_text(number)[0]
    for name in ("text", "title", "lang"):
        if not isinstance(value.get(name, ""), str | type(None)):
            return {"id": identity, "error": f"{name} is not a string"}
    if not isinstance(value.get("text"), str):
        return {"id": identity, "error": "no text"}
    text, title = (repair_text((value.get(name) or "")[:MAX_TEXT])[0] for name in ("text", "title"))
    return {"id": identity, "text": text, "title": title, "lang": value.get("lang")}


def _answer(identity: object, tags: Tags | str) -> dict[str, Any]:
    return {"id": identity, "error": tags} if isinstance(tags, str) else {"id": identity, **tags_json(tags)}


def tags_json(tags: Tags) -> dict[str, Any]:
    """Tags in the contract's shape (tests/contract/classify.schema.json)."""
    return {
        "lang": tags.lang,
        "covered": tags.covered,
        "on_topic": tags.on_topic,
        "labels": [label.value for label in tags.labels],
        "scores": {label.value: score for label, score in tags.scores.items()},
        "thresholds": tags.thresholds,
        "sub_labels": list(tags.sub_labels),
        "kind": tags.kind.value,
        "referral": [word.value for word in tags.referral],
        "model": tags.model.model_dump(),
        "offer": _offer_json(tags.offer) if tags.offer else None,
    }


def _offer_json(offer: Offer) -> dict[str, Any]:
    return offer.model_dump(mode="json")


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(classify)
