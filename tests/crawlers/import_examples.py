"""The example files of docs/import.md, files after them, and their import."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawlers import ImportMapping, ImportReport, import_file
from crawlers.importers.formats import FORMATS
from crawlers.importers.items import read_items
from ledger import Ledger
from tests.crawlers.conftest import make_source

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILE = make_source("", id="file", kind="import", author_kind="person")
OTHER = make_source("", id="other", kind="import", author_kind="person")


def load(ledger: Ledger, file: Path, name: str, rules: ImportMapping | None = None) -> ImportReport:
    return import_file(ledger, file, FILE, rules, format_name=name, now=NOW)


def example_items() -> list[tuple[str, dict[str, Any]]]:
    """The items of the examples, each beside the name of its format."""
    return [
        (name, row.values)
        for name, known in FORMATS.items()
        for path in sorted(EXAMPLES.glob(f"{name}*"))
        for row in read_items(path, known, ImportMapping())
        if row.values
    ]


def ndjson(path: Path, *items: object) -> Path:
    path.write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")
    return path


def table(path: Path, *items: dict[str, object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(items[0]))
        writer.writeheader()
        writer.writerows(items)
    return path


def captured(number: int) -> dict[str, Any]:
    lines = (EXAMPLES / "zeeschuimer.ndjson").read_text("utf-8").splitlines()
    found: dict[str, Any] = json.loads(lines[number])["data"]
    return found
