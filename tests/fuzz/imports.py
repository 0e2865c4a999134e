# ruff: noqa: E501  the list of parsers is a table
"""Files that an operator has from elsewhere, and their rows."""

from __future__ import annotations

import contextlib
import functools
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawlers.importers.convert import Converter
from crawlers.importers.drafts import FormatConverter, read_moment
from crawlers.importers.formats import FORMATS
from crawlers.importers.items import read_items
from crawlers.importers.mapping import ImportMapping
from crawlers.importers.problems import NotRowsError, RowFault
from crawlers.importers.rows import read_rows
from records import AuthorKind
from tests.crawlers.import_examples import EXAMPLES, example_items
from tests.fuzz.mutations import documents, raw_documents, values
from tests.fuzz.parsers import NOW, Parser
from tests.fuzz.words import DATES

IMPORTERS = "crawlers.importers"

MAPPED = {"id": "id", "text": ["text", "title"], "published_at": "published_at", "author": "author", "lang": "lang", "url": "url",
          "title": {"value": "x"}, "hashtags": "tags", "media_text": "media", "mentions": "names", "reply_to": "parent.id",
          "thread": "thread", "quotes": "{author}/{id}"}  # fmt: skip
MAPPINGS = tuple(
    ImportMapping.model_validate(rules)
    for rules in (
        {},
        {
            "fields": MAPPED, "engagement": {"likes": "likes", "views": "stats.views", "odd": "text"},
            "dates": ["iso", "unix", "unix_ms", "%d.%m.%Y %H:%M"], "timezone": "Europe/Istanbul",
            "spread_dates": {"days": 300, "until": "2026-11-01", "seed_field": "thread"},
        },
        {"platform": "telegram", "fields": {**MAPPED, "id": "{author}/{id}"}, "engagement": {"likes": "likes"}},
        {"platform": "web", "fields": {"id": "url", "thread": "url"}},
    )
)  # fmt: skip
"""The plain one, one with all that a mapping can have, and ids that are looked at."""


def run_file(suffix: str, known: str | None = None) -> Callable[[bytes], None]:
    """A file of rows as the importer reads it, and each row as it converts it."""
    converters: tuple[Converter | FormatConverter, ...] = (
        (FormatConverter(FORMATS[known], "fuzz", AuthorKind.PERSON, NOW, UTC),)
        if known is not None
        else tuple(Converter(rules, "fuzz", AuthorKind.PERSON, NOW) for rules in MAPPINGS)
    )

    def run(body: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=suffix) as file:
            file.write(body)
            file.flush()
            path = Path(file.name)
            rows = read_rows(path) if known is None else read_items(path, FORMATS[known], ImportMapping())
            for row in rows:
                assert (row.values is None) != (row.fault is None)
                for converter in converters if row.values is not None else ():
                    with contextlib.suppress(RowFault):
                        converter.convert(row.values or {})

    return run


def run_row(row: Any) -> None:
    """Cells of any kind in a row of any file, by each mapping."""
    if not isinstance(row, dict):
        return
    for rules in MAPPINGS:
        try:
            post = Converter(rules, "fuzz", AuthorKind.PERSON, NOW).convert(row).post
        except RowFault:
            continue
        assert rules.platform != "telegram" or "/" in post.native_id
        assert all(abs(count) < 2**63 for count in post.engagement.values())


def run_item(pair: Sequence[Any]) -> None:
    """An item of a known export, given as [format, item]."""
    name, found = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
    if not isinstance(name, str) or name not in FORMATS or not isinstance(found, dict):
        return
    try:
        post = FormatConverter(FORMATS[name], "fuzz", AuthorKind.PERSON, NOW, UTC).convert(found).post
    except RowFault:
        return
    assert post.native_id
    assert post.text.strip() or post.media_text.strip()


def export_files(suffix: str) -> Iterator[Parser]:
    for name in FORMATS:
        seeds = [path.read_bytes() for path in sorted(EXAMPLES.glob(f"{name}*{suffix}"))]
        if seeds:
            covers = (
                f"{IMPORTERS}.items.read_items",
                *([f"{IMPORTERS}.json_rows.read_json"] if suffix == ".json" else []),
            )
            yield Parser(f"import-{name}", "bytes", documents(seeds), run_file(suffix, name), (NotRowsError,), covers)


@functools.cache
def workbook() -> bytes:
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet("posts")
        for number, row in enumerate([["id", "text", "published_at"], [1, "a", datetime(2026, 3, 5, 10)], ["x", True]]):
            sheet.write_row(number, 0, row)
    return made.getvalue()


TABLE = (
    'id;text;lang;published_at;author;likes;tags;stats.views\n1;"Die Grenze, ""zu""";de;2026-03-05 10:00;ana;1,234;#a #b;1.5K\n'
    "2;العربية;ar;;;²;;٣٤\n"
)
ROW = {"id": "17", "text": "At the border", "published_at": "2026-03-05T10:00:00Z", "author": "ana_example", "likes": "1,234",
       "stats": {"views": "1.5K"}, "tags": ["sea", 7], "names": "@ana, bo", "parent": {"id": 9}, "thread": "t", "media": "a boat",
       "url": "https://news.example/1", "lang": "tr", "title": "A"}  # fmt: skip
LINES = b'{"id": "1", "text": "At the border", "published_at": "2026-03-05T10:00:00Z"}\n{"id": 2, "text": "b", "lang": "tr"}\n'


def run_moment(value: object) -> None:
    found = read_moment(value, UTC)
    assert found is None or found.tzinfo is UTC


IMPORTS: tuple[Parser, ...] = (
    Parser("import-csv", "bytes", documents([TABLE.encode(), TABLE.replace(";", "\t").encode("utf-16")]), run_file(".csv"),
           (NotRowsError,), (f"{IMPORTERS}.csv_rows.read_csv", f"{IMPORTERS}.rows.read_rows")),
    Parser("import-ndjson", "bytes", documents([LINES]), run_file(".ndjson"), (NotRowsError,), (f"{IMPORTERS}.ndjson_rows.read_ndjson",)),
    Parser("import-xlsx", "bytes", raw_documents([workbook()]), run_file(".xlsx"), (NotRowsError,), (f"{IMPORTERS}.xlsx_rows.read_xlsx",)),
    *export_files(".csv"), *export_files(".json"), *export_files(".ndjson"),
    Parser("import-item", "value", values([[name, found] for name, found in example_items()]), run_item),
    Parser("import-row", "value", values([ROW, {**ROW, "likes": "²", "thread": 7}]), run_row, (),
           ("crawlers.counts.read_count",)),
    Parser("import-moment", "value", values([*DATES, 1772704800, 1772704800.5, 1772704800000]), run_moment,
           (ValueError, OverflowError, OSError), (f"{IMPORTERS}.drafts.read_moment",)),
)  # fmt: skip
