"""CSV files as people make them: stray quotes, other encodings, odd headers. Nothing is lost uncounted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers import ImportMapping, ImportRefused, import_file
from crawlers.importers import csv_rows
from crawlers.importers.csv_rows import read_csv
from crawlers.importers.problems import NotRowsError, Row
from ledger import Ledger
from tests.crawlers.conftest import make_source, posts, rows

FILE = make_source("", id="file", kind="import")


def read(folder: Path, text: str | bytes, name: str = "a.csv", encoding: str | None = None) -> list[Row]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_csv(path, encoding))


def test_one_stray_quote_costs_one_row_and_not_the_file(tmp_path: Path, ledger: Ledger) -> None:
    body = "".join(f'{n},"unbalanced quote\n' if n in (2, 500) else f"{n},text {n}\n" for n in range(1, 1001))
    path = tmp_path / "a.csv"
    path.write_text("id,text\n" + body)
    report = import_file(ledger, path, FILE)
    assert (report.rows, report.landed.new) == (1000, 998)
    assert (report.problems["not_csv"].count, report.problems["not_csv"].first_line) == (2, 3)
    assert posts(ledger)["file:3"]["text"] == "text 3"
    assert [row["body"] for row in rows(ledger, "rejected")] == [b'2,"unbalanced quote', b'500,"unbalanced quote']


def test_a_record_without_end_is_given_up_after_its_most_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "MOST_LINES", 5)
    found = read(tmp_path, 'id,text\n1,"' + "no\n" * 6 + '2,"four\nlines\nare\nwell"\n')
    assert [row.fault for row in found] == ["not_csv", *["wrong_columns"] * 5, None]
    assert [row.line for row in found] == [2, 3, 4, 5, 6, 7, 8]
    assert found[-1].values == {"id": "2", "text": "four\nlines\nare\nwell"}


def test_a_line_that_is_too_long_is_one_bad_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "MAX_LINE", 100)
    found = read(tmp_path, f'id,text\n1,{"x" * 300}\n2,"open\n3,{"y" * 300}\n4,good\n')
    assert [(row.line, row.fault) for row in found] == [
        (2, "line_too_long"),
        (3, "not_csv"),
        (4, "line_too_long"),
        (5, None),
    ]


def test_between_tabs_a_stray_quote_is_only_a_quote(tmp_path: Path) -> None:
    found = read(tmp_path, 'id\ttext\n1\t"hello" he said\n2\t"never closed\n3\t"two\nlines"\n4\t"a\tb\n', "a.tsv")
    assert [row.values and row.values["text"] for row in found] == [
        '"hello" he said',
        '"never closed',
        "two\nlines",
        None,
    ]
    assert found[-1].fault == "not_csv"


def test_rows_that_a_quote_may_have_swallowed_are_said(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,text\n2,"unbalanced\n3,and\n4,measured in 5"\n5,"A letter,\nof two lines"\n')
    report = import_file(ledger, path, FILE)
    assert (report.rows, report.remarks["rows_in_a_cell"].count) == (2, 1)
    assert report.remarks["rows_in_a_cell"].first_line == 2
    assert "1 rows rows_in_a_cell, first in line 2" in report.message
    assert rows(ledger, "poll")[0]["counts"]["rows_in_a_cell"] == 1


def test_repaired_texts_are_counted(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,text\n1,a\x00b\n2,fine\n")
    report = import_file(ledger, path, FILE)
    assert (report.landed.new, report.remarks["repaired_nul"].count) == (2, 1)
    assert rows(ledger, "poll")[0]["counts"]["repaired_nul"] == 1


ARABIC = "القارب يغادر غدا من ازمير"


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("cp1256", "cp1256"), ("utf-8-sig", "cp1256")],
)
def test_an_encoding_is_found_by_its_mark_or_stated(
    tmp_path: Path, ledger: Ledger, encoding: str, stated: str | None
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"id,text\n1,{ARABIC}\n".encode(encoding))
    import_file(ledger, path, FILE, ImportMapping(encoding=stated))
    assert posts(ledger)["file:1"]["text"] == ARABIC


def test_what_is_not_utf_8_is_refused_before_a_row_lands(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,text\n1,good\n2," + ARABIC.encode("cp1256") + b"\n")
    with pytest.raises(ImportRefused, match=r"a\.csv, line 3, is not utf-8: .*`encoding: cp1256`"):
        import_file(ledger, path, FILE)
    assert posts(ledger) == {}
    assert rows(ledger, "poll")[0]["outcome"] == "failed"
    with pytest.raises(ImportRefused, match="state another encoding"):
        import_file(ledger, path, FILE, ImportMapping(encoding="ascii"))


@pytest.mark.parametrize("name", ["klingon", "hex", ""])
def test_an_encoding_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no encoding"):
        ImportMapping(encoding=name)


def test_headers(tmp_path: Path) -> None:
    assert read(tmp_path, "\n\nid, text ,\n1,a,x\n")[0].values == {"id": "1", "text": "a"}
    assert read(tmp_path, 'id|"te,xt"\n1|a\n')[0].values == {"id": "1", "te,xt": "a"}
    with pytest.raises(NotRowsError, match="two columns named 'text'"):
        read(tmp_path, "id,text,text\n1,a,b\n")
    for text in ("", "\n\n", 'id,"text\n1,a\n'):
        with pytest.raises(NotRowsError, match="header line"):
            read(tmp_path, text)


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), st.sampled_from(",;\t|"))
@settings(max_examples=200, deadline=None)
def test_what_a_csv_writer_wrote_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, str]], delimiter: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(("a", "b", "c"))
    writer.writerows(cells)
    found = read(tmp_path_factory.getbasetemp(), text.getvalue(), "written.csv")
    assert [row.fault for row in found] == [None] * len(found)
    assert [tuple(row.values.values()) for row in found if row.values] == [row for row in cells if any(row)]


@given(st.text(st.sampled_from('ab",;\n\r'), max_size=60))
@settings(max_examples=300, deadline=None)
def test_every_line_of_any_file_is_in_a_row_or_empty(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    found = read(tmp_path_factory.getbasetemp(), "x,y\n" + body, "any.csv")
    letters = "".join(char for char in body if char in "ab")
    assert "".join(char for row in found for char in row.raw.decode() if char in "ab") == letters
