"""CSV: rows under a header line.

1. a record is read as RFC 4180 has it, strictly; it may run over several lines
2. where that fails (a stray quote, a record without end) its first line alone is `not_csv`, and reading goes on at the
   line after it: one stray quote costs one row, not the file
3. between tabs, where quotes are seldom more than quotes, such a line is taken literally if its columns fit
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from crawlers.importers.encodings import find_encoding
from crawlers.importers.problems import KEPT_RAW, MAX_LINE, NotRowsError, Row

MOST_LINES = 1000
"""Lines of one record. The longest articles have some hundred paragraphs; a record without end shows itself here."""
ROWS_IN_A_CELL = "rows_in_a_cell"
_DELIMITERS = ",;\t|"
_BREAKS = ("\n", "\r")

_Line = tuple[int, str]


def read_csv(path: Path, encoding: str | None = None) -> Iterator[Row]:
    """The rows of a file; the delimiter is the most frequent one of the header line.

    ``encoding`` is that of a file without a byte order mark, UTF-8 if None. ``raw`` of a row is in UTF-8. Raises
    NotRowsError for a file of another encoding, without header, or with two columns of one name.
    """
    csv.field_size_limit(MAX_LINE)
    with path.open(encoding=find_encoding(path, encoding), newline="") as file:
        lines = _Lines(file)
        header_line = next((line for line in lines if line[1].strip()), None)
        if header_line is None or len(header_line[1]) > MAX_LINE:
            raise NotRowsError(f"{path.name} has no header line with the names of its columns")
        dialect = _dialect(header_line[1])
        yield from _Records(lines, _header(path, header_line[1], dialect), dialect)


def _dialect(header: str) -> type[csv.Dialect]:
    # Quoting is as RFC 4180 has it, which guesses would break. Where no delimiter is found it is the comma.
    unquoted = re.sub(r'"[^"]*"', "", header)
    return type("Found", (csv.excel,), {"delimiter": max(_DELIMITERS, key=unquoted.count), "strict": True})


def _header(path: Path, line: str, dialect: type[csv.Dialect]) -> list[str]:
    try:
        names = [name.strip() for name in next(csv.reader([line], dialect))]
    except csv.Error as exc:
        raise NotRowsError(f"{path.name} has no header line with the names of its columns: {exc}") from exc
    for name in names:
        if name and names.count(name) > 1:
            raise NotRowsError(f"{path.name} has two columns named {name!r}: rename one")
    return names


class _Lines:
    """Physical lines with their numbers, some of which can be put back."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._number = 0
        self._back: deque[_Line] = deque()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> _Line:
        if self._back:
            return self._back.popleft()
        line = self._file.readline(MAX_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > MAX_LINE and not line.endswith(_BREAKS):
            while (rest := self._file.readline(MAX_LINE)) and not rest.endswith(_BREAKS):
                pass
        self._number += 1
        return self._number, line

    def put_back(self, lines: list[_Line]) -> None:
        self._back.extendleft(reversed(lines))


class _NoEndError(Exception):
    """A record that runs over too many lines, or into a line that is too long."""


class _Records:
    """Rows made of lines."""

    def __init__(self, lines: _Lines, header: list[str], dialect: type[csv.Dialect]) -> None:
        self._lines = lines
        self._header = header
        self._dialect = dialect
        self._taken: list[_Line] = []

    def __iter__(self) -> Iterator[Row]:
        reader = csv.reader(self._take(), self._dialect)
        while True:
            self._taken = []
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _NoEndError):
                yield self._first_line()
                # The reader is in the middle of a record, and a generator that raised is at its end.
                reader = csv.reader(self._take(), self._dialect)
                continue
            if any(cells):
                yield self._row(cells)

    def _take(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            if len(line[1]) > MAX_LINE or len(self._taken) > MOST_LINES:
                raise _NoEndError
            yield line[1]

    def _first_line(self) -> Row:
        (number, text), *rest = self._taken
        self._lines.put_back(rest)
        if len(text) > MAX_LINE:
            return Row(number, text[:KEPT_RAW].encode(), fault="line_too_long")
        raw = text.rstrip("\r\n").encode()
        if self._dialect.delimiter == "\t":
            cells = text.rstrip("\r\n").split("\t")
            if len(cells) == len(self._header):
                return Row(number, raw, self._values(cells))
        return Row(number, raw, fault="not_csv")

    def _row(self, cells: list[str]) -> Row:
        number = self._taken[0][0]
        raw = "".join(text for _, text in self._taken).rstrip("\r\n").encode()
        if len(cells) != len(self._header):
            return Row(number, raw, fault="wrong_columns")
        return Row(number, raw, self._values(cells), remark=ROWS_IN_A_CELL if self._holds_rows(cells) else None)

    def _values(self, cells: list[str]) -> dict[str, object]:
        return {name: cell for name, cell in zip(self._header, cells, strict=True) if name}

    def _holds_rows(self, cells: list[str]) -> bool:
        """Whether a quote that closed by chance may have swallowed rows: each line of the cell could be one of its own."""
        lines = self._taken[1:]
        if not lines:
            return False
        delimiter = self._dialect.delimiter
        starts = [text.split(delimiter) for _, text in lines]
        return all(len(start) == len(cells) and _shape(start[0]) == _shape(cells[0]) for start in starts)


def _shape(text: str) -> str:
    """What kind of value a first cell is: `tg-12/345` and `tg-9/1` have one shape."""
    return re.sub(r"\d+", "0", re.sub(r"[^\W\d_]+", "a", text.strip().strip('"')))
