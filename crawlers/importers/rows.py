"""Rows of NDJSON and CSV files, one at a time: memory does not grow with the file, and a bad row does not end it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from crawlers.importers.problems import Row

MAX_LINE = 16 * 1024 * 1024
"""Bytes of one line. A post with all its metadata has kilobytes; a longer line is another kind of file."""
KEPT_RAW = 65_536
"""Bytes kept of a line that is too long, to show what it was."""
_SNIFFED = 64 * 1024
_CSV_ENDINGS = frozenset({".csv", ".tsv"})
_JSON_ENDINGS = frozenset({".ndjson", ".jsonl", ".json"})


class NotRowsError(Exception):
    """The file is of another kind; the message says what to do."""


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, by its ending or, without a known one, by its first character. Raises NotRowsError."""
    return read_csv(path) if is_csv(path) else read_ndjson(path)


def is_csv(path: Path) -> bool:
    """Whether the file is to be read as CSV."""
    ending = path.suffix.lower()
    if ending in _CSV_ENDINGS | _JSON_ENDINGS:
        return ending in _CSV_ENDINGS
    with path.open("rb") as file:
        return not file.read(_SNIFFED).lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def read_ndjson(path: Path) -> Iterator[Row]:
    """One JSON object a line. Raises NotRowsError for a file that is one JSON list."""
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), start=1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip() == b"[" or line.lstrip().startswith(b"[{"):
                    raise NotRowsError(
                        f"{path.name} is one JSON list; write one object a line: jq -c '.[]' {path.name}"
                    )
            if not line.strip():
                continue
            if len(line) > MAX_LINE:
                yield Row(number, line[:KEPT_RAW], fault="line_too_long")
            else:
                yield _json_row(number, line)


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


def read_csv(path: Path) -> Iterator[Row]:
    """Rows under a header line; delimiter and quoting are found from the start of the file. Raises NotRowsError."""
    csv.field_size_limit(MAX_LINE)
    # Bytes that are not UTF-8 become lone surrogates here; a post with them lands repaired, and says so.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, _dialect(file))
        try:
            header = next(reader)
        except (StopIteration, csv.Error) as exc:
            raise NotRowsError(f"{path.name} has no header line with the names of its columns") from exc
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as exc:
                yield Row(line, str(exc).encode(), fault="line_too_long" if "limit" in str(exc) else "not_csv")
                continue
            if any(cells):
                yield _csv_row(line, header, cells)


def _dialect(file: IO[str]) -> type[csv.Dialect] | csv.Dialect:
    sample = file.read(_SNIFFED)
    file.seek(0)
    try:
        found = csv.Sniffer().sniff(sample.split("\n", 1)[0], ",;\t|")
    except csv.Error:
        return csv.excel
    # Only the delimiter is taken from the sample: quoting is as RFC 4180 has it, which guesses would break.
    return type("Found", (csv.excel,), {"delimiter": found.delimiter})


def _csv_row(line: int, header: list[str], cells: list[str]) -> Row:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    raw = text.getvalue().encode("utf-8", "surrogateescape")
    if len(cells) != len(header):
        return Row(line, raw, fault="wrong_columns")
    return Row(line, raw, dict(zip(header, cells, strict=True)))
