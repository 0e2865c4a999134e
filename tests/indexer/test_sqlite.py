"""What is particular to the file: bytes after erasure, processes side by side, layouts, broken files, plans of queries."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from indexer import (
    EVERYTHING,
    Entry,
    IndexUnavailable,
    Outcome,
    SearchQuery,
    SqliteIndex,
    TrendQuery,
    parse_query,
)
from indexer.queries import TrendSlice
from indexer.sqlite import counting, writing
from records import Document
from tests.indexer.documents import NOON, make, make_corpus, make_offer, post_id, put

SECRET = ("qvzxwkjy", "jhgfdsapo", "żółwiową", "مخفيات", "wqx88213377")


def secret_document(number: int, version: int = 3) -> Document:
    """A document full of words that no other has; each begins with letters that the index's compression cannot share."""
    text = " ".join(f"{word}{number}" for word in SECRET)
    return make_offer(
        number, text=text, title=f"title{SECRET[0]}{number}", media_text=f"media{SECRET[1]}{number}",
        hashtags=(f"tag{SECRET[2]}{number}",), contact=(f"contact{SECRET[4]}",), author=f"author{SECRET[0]}",
        url=f"https://{SECRET[1]}{number}.example/", doc_version=version, source="herald",
    )  # fmt: skip


def all_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(path.name + "*")))


def traces(path: Path) -> list[str]:
    held = all_bytes(path)
    needles = [*SECRET, "zolwiowa", "contact" + SECRET[4]]
    return [needle for needle in needles if needle.encode() in held]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


@pytest.fixture
def filled(path: Path) -> Iterator[SqliteIndex]:
    index = SqliteIndex(path)
    put(index, *make_corpus())
    yield index
    index.close()


def check_words(path: Path) -> None:
    """FTS5's own check: its index agrees with the content it was made of."""
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_after_an_expunge_no_byte_of_an_erased_document_is_left(filled: SqliteIndex, path: Path) -> None:
    put(filled, *(secret_document(number) for number in range(1000, 1060)))
    assert len(traces(path)) == len(SECRET) + 2
    list(filled.erase(Entry(post_id(number), "2026.11", 4) for number in range(1000, 1060)))
    filled.expunge()
    assert traces(path) == []
    assert filled.count() == len(make_corpus())
    check_words(path)


def test_after_an_expunge_no_byte_of_a_replaced_wording_is_left(filled: SqliteIndex, path: Path) -> None:
    put(filled, secret_document(1000))
    filled.expunge()
    assert traces(path)
    put(filled, make(1000, text="stripped", doc_version=4))
    filled.expunge()
    assert traces(path) == []
    check_words(path)


def test_an_expunge_says_so_when_a_reader_keeps_the_log(filled: SqliteIndex, path: Path) -> None:
    put(filled, secret_document(1000))
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM document").fetchone()
    list(filled.erase([Entry(post_id(1000), "2026.11", 4)]))
    filled._connections._open().execute("PRAGMA busy_timeout=200")
    with pytest.raises(IndexUnavailable):
        filled.expunge()
    reader.close()
    filled.expunge()
    assert traces(path) == []


def test_the_words_stay_in_step_through_writes_replacements_and_erasures(filled: SqliteIndex, path: Path) -> None:
    corpus = make_corpus()
    put(
        filled,
        *(
            document.model_copy(update={"text": f"other {place}", "doc_version": 4})
            for place, document in enumerate(corpus[::3])
        ),
    )
    list(filled.erase(Entry(document.post_id, document.month, 5) for document in corpus[::5]))
    check_words(path)
    with sqlite3.connect(path) as connection:
        for table in ("content", "term"):
            assert connection.execute(
                f"SELECT count(*) FROM {table} WHERE id NOT IN (SELECT id FROM document)"
            ).fetchone() == (0,)


def test_a_late_write_cannot_bring_back_what_was_expunged(filled: SqliteIndex) -> None:
    list(filled.erase([Entry(post_id(1), "2026.11", 5)]))
    filled.expunge()
    (ack,) = filled.write([make(1, doc_version=4)])
    assert ack.outcome is Outcome.NEWER_EXISTS


def test_an_erasure_is_forgotten_after_an_hour(
    filled: SqliteIndex, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(filled.erase([Entry("ee" * 16, "2026.11", 4)]))
    filled.expunge()
    assert b"ee" * 16 in all_bytes(path)
    monkeypatch.setattr(writing, "REMEMBER_SECONDS", -1.0)
    filled.expunge()
    assert b"ee" * 16 not in all_bytes(path)


WRITER = """
import sys
from pathlib import Path
from indexer import SqliteIndex
from tests.indexer.documents import make
index = SqliteIndex(Path(sys.argv[1]))
for version in range(1, 10_000):
    acks = list(index.write([make(number, doc_version=version) for number in range(40)]))
    print(min(ack.doc_version for ack in acks), flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_acknowledged(path: Path) -> None:
    for _ in range(2):
        path.unlink(missing_ok=True)
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout
        acknowledged = max(int(process.stdout.readline()) for _ in range(4))
        process.kill()
        acknowledged = max([acknowledged, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
        process.wait()
        index = SqliteIndex(path)
        versions = {entry.doc_version for entry in index.scan_ids()}
        assert len(versions) == 1
        assert min(versions) >= acknowledged
        index.close()
        check_words(path)


def test_readers_do_not_wait_for_a_writer(filled: SqliteIndex, path: Path) -> None:
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM document")
    assert filled.search(SearchQuery(parse_query("boat"))).total > 0
    writer.execute("ROLLBACK")
    writer.close()


def test_a_locked_file_is_unavailable_and_no_documents_fault(filled: SqliteIndex, path: Path) -> None:
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    filled._connections._open().execute("PRAGMA busy_timeout=50")
    (ack,) = filled.write([make(1)])
    assert ack.outcome is Outcome.UNAVAILABLE
    (ack,) = filled.erase([Entry(post_id(1), "2026.11", 9)])
    assert ack.outcome is Outcome.UNAVAILABLE
    writer.close()
    (ack,) = filled.write([make(1, doc_version=9)])
    assert ack.outcome is Outcome.DONE


def test_text_that_no_file_can_hold_is_rejected_alone(filled: SqliteIndex) -> None:
    broken = make(1000).model_copy(update={"text": "a \ud800 surrogate"})
    acks = {ack.post_id: ack.outcome for ack in filled.write([make(1001), broken, make(1002)])}
    assert acks == {post_id(1001): Outcome.DONE, post_id(1000): Outcome.REJECTED, post_id(1002): Outcome.DONE}


@pytest.mark.parametrize("text", ["", "lang:ar source:herald", "-platform:web label:risk_narrative"])
def test_a_trend_reads_the_covering_index_alone(filled: SqliteIndex, text: str) -> None:
    """Of every statement that a trend by label really runs over the posts; without it a trend takes seconds."""
    asked = TrendQuery(query=parse_query(text) if text else EVERYTHING)
    statements: list[str] = []
    with filled._connections.read() as connection:
        connection.set_trace_callback(statements.append)
        counting.trend(connection, TrendSlice.of(asked, NOON - timedelta(days=30), NOON + timedelta(days=10)))
        connection.set_trace_callback(None)
        counted = [statement for statement in statements if "count(*)" in statement and "document d" in statement]
        assert len(counted) == 2
        plans = {one: [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {one}")] for one in counted}
    for statement, steps in plans.items():
        assert any("COVERING INDEX document_trend" in step for step in steps), (statement, steps)
        assert not any("TEMP B-TREE" in step for step in steps), (statement, steps)
