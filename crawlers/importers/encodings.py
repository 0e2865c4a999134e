"""The encoding of a file: a wrong one would land rubble that nobody notices, so it is found or refused before any row."""

from __future__ import annotations

import codecs
from pathlib import Path

from crawlers.importers.problems import NotRowsError

_CHUNK = 1024 * 1024
_MARKS = (
    # The longer marks first: UTF-32's begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(path: Path, stated: str | None) -> str:
    """The encoding that the whole file can be read in: its byte order mark's, else the one stated, else UTF-8.

    Raises NotRowsError, with the first line that is something else and what to do.
    """
    with path.open("rb") as file:
        start = file.read(4)
    encoding = next((name for mark, name in _MARKS if start.startswith(mark)), stated or "utf-8")
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                line += decoder.decode(chunk).count("\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as exc:
            line += exc.object[: exc.start].count(b"\n")
            way_out = "state another encoding" if stated else "give its encoding in the mapping, as `encoding: cp1256`"
            raise NotRowsError(
                f"{path.name}, line {line}, is not {encoding}: save the file as UTF-8, or {way_out}"
            ) from exc
    return encoding


def is_text_encoding(name: str) -> bool:
    """Whether a name is that of an encoding of text."""
    try:
        # Python's codecs also hold conversions from bytes to bytes, such as `hex`, and refuse text for these.
        " ".encode(name)
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError):
        return False
    return True
