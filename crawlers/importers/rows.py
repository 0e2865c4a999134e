"""Rows of a file, one at a time: memory does not grow with the file, and a bad row does not end it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crawlers.importers.csv_rows import read_csv
from crawlers.importers.ndjson_rows import read_ndjson
from crawlers.importers.problems import Row

_START = 64 * 1024
"""Bytes in which the first character is looked for; blank lines may stand before it."""
_CSV_ENDINGS = frozenset({".csv", ".tsv"})
_JSON_ENDINGS = frozenset({".ndjson", ".jsonl", ".json"})


def read_rows(path: Path, encoding: str | None = None) -> Iterator[Row]:
    """The rows of a file, by its ending or, without a known one, by its first character.

    ``encoding`` is that of a CSV file without a byte order mark; None means UTF-8. Raises NotRowsError, OSError.
    """
    return read_csv(path, encoding) if is_csv(path) else read_ndjson(path)


def is_csv(path: Path) -> bool:
    """Whether the file is to be read as CSV."""
    ending = path.suffix.lower()
    if ending in _CSV_ENDINGS | _JSON_ENDINGS:
        return ending in _CSV_ENDINGS
    with path.open("rb") as file:
        return not file.read(_START).lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
