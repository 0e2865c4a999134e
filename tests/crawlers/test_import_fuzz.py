"""No file and no item makes an import crash: whatever stands in it is a post, a counted bad row, or a refused file."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.importers.convert import Converter
from crawlers.importers.counts import is_given
from crawlers.importers.drafts import FormatConverter, read_moment
from crawlers.importers.formats import FORMATS
from crawlers.importers.formats.crowdtangle import facebook_id
from crawlers.importers.json_rows import read_json
from crawlers.importers.mapping import ImportMapping
from crawlers.importers.problems import NotRowsError, RowFault
from crawlers.importers.rows import read_rows
from records import AuthorKind
from tests.crawlers.import_examples import NOW, example_items
from tests.crawlers.test_xlsx_rows import workbook
from tests.fuzz.mutations import places, put

LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["7" * 19, "1e9", "a,b"]),
)
ANYTHING = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
SAMPLES = example_items()


@given(st.data())
@settings(max_examples=600, deadline=None)
def test_an_item_with_anything_anywhere_is_a_post_or_one_fault(data: st.DataObject) -> None:
    name, item = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 3))):
        item = put(item, data.draw(st.sampled_from(places(item)[1:])), data.draw(ANYTHING))
    converter = FormatConverter(FORMATS[name], "fuzz", AuthorKind.PERSON, NOW, UTC)
    try:
        post = converter.convert(item).post
    except RowFault:
        return
    assert post.native_id
    assert post.text.strip() or post.media_text.strip()


CELL = LEAF | st.sampled_from(["²", "①", "9" * 5000, "1,234", "1.5K", "12.0", "٣²", "-", 10**400, 2**63])
ROW = {
    "id": "17",
    "text": "a",
    "channel": "chan",
    "parent": 3,
    "likes": 4,
    "views": "5",
    "tags": "a",
    "names": ["b"],
    "when": "1",
}


@given(st.fixed_dictionaries({name: st.just(value) | CELL | ANYTHING for name, value in ROW.items()}))
@settings(max_examples=600, deadline=None)
def test_a_row_with_anything_in_any_cell_is_a_post_or_one_fault(row: dict[str, object]) -> None:
    fields = {
        "id": "{channel}/{id}",
        "reply_to": "{channel}/{parent}",
        "thread": "parent",
        "quotes": "parent",
        "hashtags": "tags",
    }
    rules = ImportMapping.model_validate(
        {
            "platform": "telegram",
            "fields": {**fields, "mentions": "names", "author": "channel", "url": "channel", "published_at": "when"},
            "engagement": {"likes": "likes", "views": "views"},
            "dates": ["iso", "unix", "unix_ms", "%d.%m.%Y"],
            "spread_dates": {"days": 9, "until": "2026-11-01", "seed_field": "thread"},
        }
    )
    try:
        made = Converter(rules, "fuzz", AuthorKind.PERSON, NOW).convert(row)
    except RowFault:
        return
    assert made.post.native_id.count("/") == 1
    unread = {name for name in ("likes", "views") if is_given(row[name])} - set(made.post.engagement)
    assert made.remarks.count("unreadable_count") == len(unread)


@given(ANYTHING)
@settings(max_examples=300, deadline=None)
def test_any_date_is_a_moment_none_or_unreadable(value: object) -> None:
    try:
        moment = read_moment(value, UTC)
    except (ValueError, OverflowError, OSError):
        return
    assert moment is None or moment.tzinfo is UTC


@given(st.text(max_size=60), ANYTHING)
@settings(max_examples=300, deadline=None)
def test_any_address_has_an_id_or_a_fault(path: str, owner: object) -> None:
    try:
        found = facebook_id(f"https://www.facebook.com/{path}", owner)
    except RowFault:
        return
    assert found.startswith("https://") or found.replace("_", "").isdecimal()


@given(st.binary(max_size=200) | st.builds(lambda value: json.dumps(value).encode(), ANYTHING))
@settings(max_examples=300, deadline=None)
def test_any_json_file_gives_rows_or_is_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.json"
    path.write_bytes(content)
    for known in FORMATS.values():
        try:
            found = list(read_json(path, known.unpack))
        except NotRowsError:
            continue
        assert all((row.values is None) != (row.fault is None) for row in found)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A workbook; made once, since the time of its making stands in it."""
    table: list[list[Any]] = [["id", "text"], [1, "a"], [2, datetime(2026, 3, 5, 10)], ["x", True]]
    return workbook(tmp_path_factory.mktemp("whole") / "whole.xlsx", table).read_bytes()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_damage_to_a_workbook_is_rows_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.xlsx"
    content = whole
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(content) - 1))
        content = content[:place] + data.draw(st.binary(max_size=8)) + content[place + data.draw(st.integers(0, 8)) :]
    else:
        content = _other_xml(content, data)
    path.write_bytes(content)
    try:
        found = list(read_rows(path))
    except NotRowsError:
        return
    assert all((row.values is None) != (row.fault is None) for row in found)


def _other_xml(content: bytes, data: st.DataObject) -> bytes:
    """The workbook with damage inside one of its parts, where no checksum finds it."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(part for part in parts if part.startswith("xl/"))))
    body = parts[name]
    place = data.draw(st.integers(0, len(body)))
    new = data.draw(
        st.sampled_from([b"", b"<", b'"', b"99999999", b"A1", b"<row r='0'>", b"\xff", b"</sheetData>", b"-1"])
    )
    parts[name] = body[:place] + new + body[place + data.draw(st.integers(0, 20)) :]
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return written.getvalue()
