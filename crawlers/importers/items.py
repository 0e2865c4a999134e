"""Items of a known export, one at a time; a file of another shape is refused before anything of it lands.

The first items decide: if none of them is what the format has, the file is another one, and the message says what was
expected. Later items of another shape are bad rows like others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crawlers.importers.formats import FORMATS, Format
from crawlers.importers.json_rows import read_json
from crawlers.importers.mapping import ImportMapping
from crawlers.importers.problems import NotRowsError, Row
from crawlers.importers.rows import FileKind, kind_of, read_rows

LOOKED_AT = 20
"""Items looked at before a file is refused. They are held in memory, and one may have 16 MiB."""


def read_items(path: Path, known: Format, rules: ImportMapping) -> Iterator[Row]:
    """The items of a file of a known format. Raises NotRowsError, OSError."""
    in_json = kind_of(path) is FileKind.JSON
    rows = read_json(path, known.unpack) if in_json else read_rows(path, rules.encoding, rules.sheet)
    return _expect(rows, known, path.name)


def _expect(rows: Iterator[Row], known: Format, file: str) -> Iterator[Row]:
    waiting: list[Row] = []
    for row in rows:
        waiting.append(row)
        if row.values is not None and known.fits(row.values):
            break
        if len(waiting) >= LOOKED_AT:
            raise NotRowsError(_refusal(waiting, known, file))
    else:
        if waiting:
            raise NotRowsError(_refusal(waiting, known, file))
    yield from waiting
    yield from rows


def _refusal(rows: list[Row], known: Format, file: str) -> str:
    items = [row.values for row in rows if row.values is not None]
    start = f"{file} is no {known.title}: "
    if not items:
        faults = ", ".join(dict.fromkeys(row.fault or "unreadable" for row in rows))
        return f"{start}none of its first {len(rows)} rows can be read ({faults})"
    others = [name for name, other in FORMATS.items() if any(other.fits(item) for item in items)]
    hint = f"; it looks like {' or '.join(others)}: give --format {others[0]}" if others else ""
    return f"{start}{known.expected(items[0])}{hint}"
