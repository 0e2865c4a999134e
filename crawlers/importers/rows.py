"""Rows of a file, one at a time: a bad row does not end it, and memory grows with a workbook alone."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path

from crawlers.importers.csv_rows import read_csv
from crawlers.importers.ndjson_rows import read_ndjson
from crawlers.importers.problems import NotRowsError, Row
from crawlers.importers.xlsx_rows import read_xlsx

_START = 64 * 1024
"""Bytes in which the first character is looked for; blank lines may stand before it."""
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class FileKind(Enum):
    """How the rows of a file are written."""

    CSV = auto()
    JSON = auto()
    XLSX = auto()


_ENDINGS = {
    ".csv": FileKind.CSV,
    ".tsv": FileKind.CSV,
    ".ndjson": FileKind.JSON,
    ".jsonl": FileKind.JSON,
    ".json": FileKind.JSON,
    ".xlsx": FileKind.XLSX,
    ".xlsm": FileKind.XLSX,
}


def read_rows(path: Path, encoding: str | None = None, sheet: str | None = None) -> Iterator[Row]:
    """The rows of a file, by its ending or, without a known one, by its first bytes.

    ``encoding`` is that of a CSV file without a byte order mark; None means UTF-8. ``sheet`` names one of a workbook.
    Raises NotRowsError, OSError.
    """
    kind = kind_of(path)
    if kind is FileKind.XLSX:
        return read_xlsx(path, sheet)
    return read_csv(path, encoding) if kind is FileKind.CSV else read_ndjson(path)


def kind_of(path: Path) -> FileKind:
    """The kind of a file. Raises NotRowsError for Excel's old form, OSError."""
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith(_OLD_EXCEL):
        raise NotRowsError(
            f"{path.name} is an old or a locked Excel file: save it as .xlsx without password, or as CSV"
        )
    if path.suffix.lower() in _ENDINGS:
        return _ENDINGS[path.suffix.lower()]
    if start.startswith(_ZIP):
        return FileKind.XLSX
    return FileKind.JSON if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")) else FileKind.CSV
