"""Measures an import into a SQLite ledger: posts per second by the clock and of processor time, NDJSON and CSV.

Run: .venv/bin/python -m benchmarks.import_speed [--posts 20000]

The clock is what is held to its bar, disk and all, so the machine has to be idle otherwise; processor time stands beside it.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bars import Bars
from config import Source, SourceKind, make_key
from crawlers import import_file
from ledger import open_ledger

TEXT = "They left Izmir at night, forty people in a boat made for ten, and paid 4500 euros each. " * 3
AUTHORS = 500
SPEED = 2000
"""Asked, posts per second by the clock: an export of a million posts in less than ten minutes."""


def make_rows(number: int) -> Iterator[dict[str, str]]:
    """Posts of some 270 characters by 500 authors, one an hour of a month."""
    for place in range(number):
        hour = place % 720
        date = f"2026-03-{hour // 24 + 1:02}T{hour % 24:02}:00:00Z"
        yield {"id": str(place), "text": f"{place} {TEXT}", "author": f"a{place % AUTHORS}", "published_at": date}


def write_files(folder: Path, number: int) -> list[Path]:
    """The same posts as NDJSON and as CSV."""
    ndjson, table = folder / "posts.ndjson", folder / "posts.csv"
    rows = list(make_rows(number))
    ndjson.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return [ndjson, table]


def measure(folder: Path, file: Path, bars: Bars) -> None:
    """Imports one file into a ledger of its own and prints the figures."""
    source = Source(id="bench", kind=SourceKind.IMPORT, purpose="measuring", legal_basis="invented posts")
    with open_ledger(f"sqlite:///{folder / file.name}.sqlite", make_key(folder / f"key-{file.suffix}")) as ledger:
        processor, wall = time.process_time(), time.perf_counter()
        report = import_file(ledger, file, source)
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
    speed, kind = report.landed.new / wall, file.suffix[1:]
    print(f"{kind:7}{speed:8.0f} posts/s by the clock ({bars.least(kind, speed, SPEED)})", end=", ")
    print(f"{report.landed.new / processor:.0f} posts/s of processor time")


def main() -> None:
    """Prints the figures of docs/benchmarks.md. Raises SystemExit with status 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    number = parser.parse_args().posts
    with tempfile.TemporaryDirectory() as folder:
        bars = Bars()
        for file in write_files(Path(folder), number):
            measure(Path(folder), file, bars)
    bars.end()


if __name__ == "__main__":
    main()
