"""Excel: the rows of one sheet under its header row.

A workbook unfolds in memory, so its size is looked at before it is opened: a few kilobytes can claim a sheet of 17
thousand million cells. The number of a row is the one that Excel shows.
"""

from __future__ import annotations

import errno
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

from crawlers.importers.problems import NotRowsError, Row

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MOST_BYTES = 2 * 1024**3
"""Of a workbook unfolded; the largest sheet, a million rows of short posts, has about half of it."""
MOST_CELLS = 30_000_000
"""Of a sheet, empty ones between others included; each costs 32 bytes: 1 GB."""
FULL_CELL = 32_767
"""Characters that Excel keeps of a cell; a text of exactly that length was most likely longer."""
FULL = "text_cut_by_excel"
_EXACT = 10**15
_CHUNK = 1024 * 1024
_OVERLAP = 64
_REFERENCE = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")

_Cell = int | float | str | bool | time | date | datetime | timedelta


def read_xlsx(path: Path, sheet: str | None = None) -> Iterator[Row]:
    """The rows of a sheet; without ``sheet`` the only one that has any.

    Whole numbers that Excel keeps exactly are int; dates are datetime without a zone. ``raw`` is the row as JSON. Raises
    NotRowsError for what is no workbook, needs a password, is too large, or has its rows on several sheets.
    """
    # A native library that every crawl would load and workbooks alone need.
    from python_calamine import CalamineError, CalamineWorkbook

    _check_size(path)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            found = _choose(path, workbook, sheet)
            yield from _rows(path, found) if found is not None else ()
    except CalamineError as exc:
        raise NotRowsError(f"{path.name} cannot be read as an Excel workbook (.xlsx, no password): {exc}") from exc


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise NotRowsError(f"{path.name} is too large for a workbook here: save it as CSV (UTF-8)")
            for name in archive.namelist():
                if name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml"):
                    with archive.open(name) as member:
                        _check_cells(path, member)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as exc:
        # A place outside the file, in a directory of its parts that is wrong.
        if isinstance(exc, OSError) and exc.errno != errno.EINVAL:
            raise
        raise NotRowsError(
            f"{path.name} is no Excel workbook (.xlsx) without password: save it as .xlsx or as CSV (UTF-8)"
        ) from exc


def _check_cells(path: Path, member: IO[bytes]) -> None:
    rest, rows, columns = b"", 0, 0
    while chunk := member.read(_CHUNK):
        text = rest + chunk
        for found in _REFERENCE.finditer(text):
            rows = max(rows, int(found[2]))
            columns = max(columns, _column(found[1]))
        # A reference may lie across two chunks; one that is seen twice does no harm.
        rest = text[-_OVERLAP:]
        if rows * columns > MOST_CELLS:
            raise NotRowsError(
                f"{path.name} has a sheet of {rows:,} rows by {columns:,} columns: delete stray cells, or save it as CSV"
            )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _choose(path: Path, workbook: CalamineWorkbook, wanted: str | None) -> CalamineSheet | None:
    names = workbook.sheet_names
    if wanted is not None:
        if wanted not in names:
            raise NotRowsError(f"{path.name} has no sheet {wanted!r}; it has {', '.join(names)}")
        return workbook.get_sheet_by_name(wanted)
    sheets = [sheet for sheet in map(workbook.get_sheet_by_name, names) if sheet.height]
    if len(sheets) > 1:
        raise NotRowsError(
            f"{path.name} has rows on the sheets {', '.join(sheet.name for sheet in sheets)}: "
            "name one in a mapping file, as `sheet: NAME`"
        )
    return sheets[0] if sheets else None


def _rows(path: Path, sheet: CalamineSheet) -> Iterator[Row]:
    if sheet.start is None:
        return
    header: list[str] | None = None
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if all(cell == "" for cell in cells):
            continue
        if header is None:
            header = _header(path, cells)
        else:
            yield _row(number, header, cells)


def _header(path: Path, cells: list[_Cell]) -> list[str]:
    names = [str(cell).strip() for cell in cells]
    for name in names:
        if name and names.count(name) > 1:
            raise NotRowsError(f"{path.name} has two columns named {name!r}: rename one")
    return names


def _row(number: int, header: list[str], cells: list[_Cell]) -> Row:
    found = [_value(cell) for cell in cells]
    values = {name: value for name, value in zip(header, found, strict=True) if name}
    raw = json.dumps(values, ensure_ascii=False, default=str).encode("utf-8", "replace")
    if any(value != "" and not name for name, value in zip(header, found, strict=True)):
        return Row(number, raw, fault="cell_without_column")
    full = any(isinstance(value, str) and len(value) == FULL_CELL for value in values.values())
    return Row(number, raw, values, remark=FULL if full else None)


def _value(cell: _Cell) -> object:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return int(cell)
    if isinstance(cell, date) and not isinstance(cell, datetime):
        # A date and time at midnight is read as a date.
        return datetime.combine(cell, time())
    return cell
