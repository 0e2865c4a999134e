"""Every byte that an installation on SQLite keeps."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing

from tests.daymark_process import Installation


def every_byte(house: Installation) -> bytes:
    """All files below the installation's folder; compressed raw items and responses are opened too."""
    pieces = [path.read_bytes() for path in house.folder.rglob("*") if path.is_file()]
    with closing(sqlite3.connect(house.data / "ledger.sqlite")) as conn:
        for table in ("raw", "capture"):
            bodies = conn.execute(f"SELECT body FROM {table} WHERE body IS NOT NULL")
            pieces += [zlib.decompress(body) for (body,) in bodies]
    return b"\n".join(pieces)
