"""NDJSON: one JSON object a line, in UTF-8 as the standard has it."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from crawlers.importers.problems import KEPT_RAW, MAX_LINE, NotRowsError, Row

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_ndjson(path: Path) -> Iterator[Row]:
    """The rows of a file. Raises NotRowsError for one that is a JSON list or UTF-16."""
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), start=1):
            if number == 1:
                line = _first_line(path, line)
            if not line.strip():
                continue
            if len(line) > MAX_LINE:
                yield Row(number, line[:KEPT_RAW], fault="line_too_long")
            else:
                yield _json_row(number, line)


def _first_line(path: Path, line: bytes) -> bytes:
    if line.startswith(_UTF_16):
        raise NotRowsError(f"{path.name} is UTF-16, NDJSON is UTF-8: iconv -f UTF-16 -t UTF-8 {path.name}")
    line = line.removeprefix(codecs.BOM_UTF8)
    if line.strip() == b"[" or line.lstrip().startswith(b"[{"):
        raise NotRowsError(f"{path.name} is one JSON list; write one object a line: jq -c '.[]' {path.name}")
    return line


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines of a file; of one that is too long only the first MAX_LINE + 1 bytes."""
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
        yield line


def _json_row(number: int, line: bytes) -> Row:
    raw = line.rstrip(b"\r\n")
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError):
        return Row(number, raw, fault="not_json")
    if not isinstance(values, dict):
        return Row(number, raw, fault="not_an_object")
    return Row(number, raw, values)
