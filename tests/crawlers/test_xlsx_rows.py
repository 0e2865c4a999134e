"""Excel workbooks, written by XlsxWriter as people's programs write them: rows, dates, rounded numbers, odd workbooks."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from crawlers import ImportMapping, ImportRefused, import_file
from crawlers.importers import xlsx_rows
from crawlers.importers.problems import NotRowsError
from crawlers.importers.rows import read_rows
from ledger import Ledger
from tests.crawlers.conftest import make_source, posts, rows

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILE = make_source("", id="file", kind="import")
SHEET = "xl/worksheets/sheet1.xml"


def workbook(path: Path, *tables: list[list[Any]], first_row: int = 0) -> Path:
    """A file with one sheet a table; datetimes are cells in a date format."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd.mm.yyyy hh:mm", "strings_to_urls": False}) as book:
        for table in tables:
            sheet = book.add_worksheet()
            for place, cells in enumerate(table, start=first_row):
                sheet.write_row(place, 0, cells)
    return path


def with_part(path: Path, name: str, content: bytes) -> Path:
    """The same workbook with another content of one part."""
    with zipfile.ZipFile(path) as archive:
        parts = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, body in {**parts, name: content}.items():
            archive.writestr(member, body)
    return path


def test_a_workbook_is_imported_like_a_table(tmp_path: Path, ledger: Ledger) -> None:
    file = workbook(
        tmp_path / "posts.xlsx",
        [
            ["id", "text", "published_at", "author", "likes", "media_text"],
            [12, "Überfahrt, zwei\nZeilen", datetime(2026, 3, 5, 10, 30), "Ana", 7, ""],
            [],
            ["b-2", "قارب جديد", "2026-03-06T10:00:00+03:00", "", "", "EVERY WEEK"],
            [3, "midnight", datetime(2026, 3, 7), "", 1.5, ""],
            ["", "no id", "", "", "", ""],
        ],
        first_row=2,
    )
    rules = ImportMapping.model_validate(
        {"timezone": "Europe/Berlin", "dates": "%d.%m.%Y", "engagement": {"likes": "likes"}}
    )
    report = import_file(ledger, file, FILE, rules, now=NOW)
    assert (report.rows, report.landed.new) == (4, 3)
    assert report.problems["missing_id"].first_line == 8, "the number that Excel shows"
    stored = posts(ledger)
    assert stored["file:12"]["published_at"] == datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    assert (stored["file:12"]["text"], stored["file:12"]["engagement"]) == ("Überfahrt, zwei\nZeilen", {"likes": 7})
    assert stored["file:3"]["published_at"] == datetime(2026, 3, 6, 23, tzinfo=UTC)
    assert (stored["file:b-2"]["text"], stored["file:b-2"]["media_text"]) == ("قارب جديد", "EVERY WEEK")
    assert report.date_faults == {"unreadable_date": 1}, "a date in words follows `dates`"
    assert rows(ledger, "raw")[0]["media_type"] == "application/json"
    assert import_file(ledger, file, FILE, rules, now=NOW).landed.unchanged == 3


def test_numbers_too_long_for_excel_are_refused_and_short_ones_exact(tmp_path: Path, ledger: Ledger) -> None:
    file = workbook(
        tmp_path / "ids.xlsx",
        [["id", "text"], [7300000000000000101, "rounded"], [999999999999999, "exact"], ["7300000000000000101", "text"]],
    )
    report = import_file(ledger, file, FILE, now=NOW)
    assert report.problems["rounded_id"].first_line == 2
    assert sorted(posts(ledger)) == ["file:7300000000000000101", "file:999999999999999"]


def test_a_known_export_may_come_as_a_workbook(tmp_path: Path, ledger: Ledger) -> None:
    file = workbook(
        tmp_path / "ct.xlsx",
        [
            ["URL", "Facebook Id", "Post Created", "Message", "Likes"],
            ["https://www.facebook.com/openvillage/posts/300000000022", 300000000011, datetime(2024, 5, 3, 10), "a", 5],
        ],
    )
    report = import_file(
        ledger, file, FILE, ImportMapping(timezone="America/New_York"), format_name="crowdtangle", now=NOW
    )
    assert (report.landed.new, report.problems) == (1, {})
    post = posts(ledger)["300000000011_300000000022"]
    assert (post["published_at"], post["engagement"]) == (datetime(2024, 5, 3, 14, tzinfo=UTC), {"likes": 5})


def test_cells_outside_the_header_and_texts_that_excel_cut(tmp_path: Path, ledger: Ledger) -> None:
    file = workbook(
        tmp_path / "odd.xlsx", [["id", "text"], [1, "a", "stray"], [2, "x" * xlsx_rows.FULL_CELL], [3, "c"]]
    )
    report = import_file(ledger, file, FILE, now=NOW)
    assert report.problems["cell_without_column"].first_line == 2
    assert report.remarks["text_cut_by_excel"].first_line == 3
    assert report.landed.new == 2


def test_rows_on_several_sheets_need_a_name(tmp_path: Path, ledger: Ledger) -> None:
    file = workbook(tmp_path / "two.xlsx", [["id", "text"], [1, "a"]], [], [["id", "text"], [2, "b"]])
    with pytest.raises(ImportRefused, match="rows on the sheets Sheet1, Sheet3: name one"):
        import_file(ledger, file, FILE, now=NOW)
    with pytest.raises(ImportRefused, match="no sheet 'Posts'; it has Sheet1, Sheet2, Sheet3"):
        import_file(ledger, file, FILE, ImportMapping(sheet="Posts"), now=NOW)
    import_file(ledger, file, FILE, ImportMapping(sheet="Sheet3"), now=NOW)
    assert list(posts(ledger)) == ["file:2"]


def test_an_empty_workbook_is_empty_and_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    assert list(read_rows(workbook(tmp_path / "empty.xlsx", []))) == []
    assert list(read_rows(workbook(tmp_path / "header.xlsx", [["id", "text"]]))) == []
    with pytest.raises(NotRowsError, match="two columns named 'text'"):
        list(read_rows(workbook(tmp_path / "double.xlsx", [["id", "text", "text "], [1, "a", "b"]])))


def test_what_is_no_workbook_is_refused_with_a_way_out(tmp_path: Path, ledger: Ledger) -> None:
    good = workbook(tmp_path / "good.xlsx", [["id", "text"], [1, "a"]]).read_bytes()
    bad = {
        "text.xlsx": b"id,text\n1,a\n",
        "cut.xlsx": good[: len(good) // 2],
        "empty.xlsx": b"",
        "broken.xlsx": with_part(tmp_path / "good.xlsx", SHEET, b"<worksheet><sheetData><row").read_bytes(),
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ImportRefused, match=name) as caught:
            import_file(ledger, tmp_path / name, FILE, now=NOW)
        assert "Excel workbook (.xlsx" in str(caught.value)
    old = tmp_path / "old.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    with pytest.raises(ImportRefused, match=r"save it as \.xlsx without password"):
        import_file(ledger, old, FILE, now=NOW)
    assert posts(ledger) == {}


@pytest.mark.parametrize("cell", ['<c r="XFD1048576"><v>1</v></c>', "<x:c\n s='1' r = 'XFD1048576'><v>1</v></x:c>"])
def test_a_small_file_that_claims_a_huge_sheet_is_refused_unopened(tmp_path: Path, cell: str) -> None:
    file = workbook(tmp_path / "huge.xlsx", [["id", "text"], [1, "a"]])
    sheet = f'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c>{cell}</row></sheetData></worksheet>'
    with_part(file, SHEET, sheet.encode())
    with pytest.raises(NotRowsError, match="1,048,576 rows by 16,384 columns"):
        list(read_rows(file))


def test_a_reference_across_two_chunks_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_rows, "_CHUNK", 33)
    file = workbook(tmp_path / "huge.xlsx", [["id", "text"], [1, "a"]])
    for blanks in range(33):
        sheet = f"<worksheet>{' ' * blanks}<sheetData><row><c r='XFD1048576'><v>1</v></c></row></sheetData></worksheet>"
        with_part(file, SHEET, sheet.encode())
        with pytest.raises(NotRowsError, match="1,048,576 rows"):
            list(read_rows(file))


def test_a_workbook_that_unfolds_too_far_is_refused_unopened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_rows, "MOST_BYTES", 100_000)
    file = workbook(tmp_path / "bomb.xlsx", [["id", "text"], [1, "a"]])
    with_part(file, "xl/media/image1.png", bytes(200_000))
    with pytest.raises(NotRowsError, match="too large for a workbook"):
        list(read_rows(file))
