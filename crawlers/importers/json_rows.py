"""JSON as programs save it: one object a line, one list, or one answer that holds many items.

A whole document is read at once and so has to be small; one object a line may have any length.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from crawlers.importers.ndjson_rows import read_ndjson
from crawlers.importers.problems import Row, RowFault

MOST_BYTES = 64 * 1024 * 1024
"""Of a document that is read whole: some 50,000 posts with all their fields; it takes some ten times that in memory."""

Unpack = Callable[[dict[str, Any]], list[Any] | None]
"""The items in an answer; None for an object that is an item itself. Raises RowFault for an answer that is an error."""


def read_json(path: Path, unpack: Unpack) -> Iterator[Row]:
    """The items of a file. Their number is that of the line, in a document the place of the item.

    Raises NotRowsError, OSError.
    """
    document = _document(path)
    if document is None:
        for row in read_ndjson(path):
            if row.values is None:
                yield row
                continue
            for item, fault in _split(row.values, unpack):
                # What was a line of its own keeps its bytes.
                yield _row(row.line, item, fault, row.raw if item is row.values else _raw(item))
        return
    number = 0
    for value in document if isinstance(document, list) else [document]:
        for item, fault in _split(value, unpack):
            number += 1
            yield _row(number, item, fault, _raw(item))


def _document(path: Path) -> Any:
    """The file as one JSON value; None where it is none, or is to be read line by line."""
    if path.stat().st_size > MOST_BYTES:
        return None
    try:
        found = json.loads(path.read_bytes().removeprefix(codecs.BOM_UTF8).decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def _split(value: Any, unpack: Unpack) -> Iterator[tuple[Any, str | None]]:
    """The items in a value, each with what is wrong with it."""
    if not isinstance(value, dict):
        yield value, "not_an_object"
        return
    try:
        items = unpack(value)
    except RowFault as exc:
        yield value, exc.reason
        return
    for item in [value] if items is None else items:
        yield item, None if isinstance(item, dict) else "not_an_object"


def _row(number: int, item: Any, fault: str | None, raw: bytes) -> Row:
    return Row(number, raw, None if fault else item, fault=fault)


def _raw(item: Any) -> bytes:
    try:
        return json.dumps(item, ensure_ascii=False).encode("utf-8", "replace")
    except RecursionError:
        # Nested as deep as could just be read.
        return b""
