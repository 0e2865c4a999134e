"""index, index check, reindex and erase as commands: what is told when ledger and index do not agree."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from indexer import SqliteIndex
from tests.daymark_process import Installation
from tests.indexer.documents import make, put
from tests.indexer.test_sqlite import all_bytes
from tests.tiny_model import make_tiny_model

WORD = "qvzxwkjyhapax"


@pytest.fixture
def filled(tmp_path: Path) -> Installation:
    """Three indexed posts."""
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    posts = tmp_path / "posts.ndjson"
    rows = ({"id": n, "text": f"Refugees are welcome, {WORD} {n}", "published_at": "2026-05-01"} for n in range(3))
    posts.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    house.must("import", str(posts), "--source", "s", "--purpose", "tests", "--legal-basis", "invented posts")
    house.must("tag")
    house.must("index")
    return house


def index_file(house: Installation) -> Path:
    (found,) = (path for path in house.data.glob("index*") if path.suffix in (".sqlite", ".db"))
    return found


def change_ledger(house: Installation, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(house.data / "ledger.sqlite")) as conn, conn:
        conn.execute(statement, values)


def test_answers_know_a_family_by_the_id_that_it_had(filled: Installation) -> None:
    """An id of last month's notes, merged into another meanwhile."""
    today = {hit["family"]: hit["post_id"] for hit in filled.json("search", "welcome")["hits"]}
    family, old = min(today), "0123456789abcdef"
    change_ledger(filled, "INSERT INTO family (family, merged_into) VALUES (?, ?)", old, family)
    found = filled.json("search", f"family:{family}")
    assert found["total"] > 0
    assert filled.json("search", f"family:{old}") == found
    span = ("--from", "2026-05-01", "--to", "2026-05-02", "--where")
    assert filled.json("trends", *span, f"family:{old}") == filled.json("trends", *span, f"family:{family}")


def test_status_says_how_many_posts_another_model_or_other_rules_have_read(filled: Installation) -> None:
    line = "were read by another model or other rules: daymark tag --retag"
    assert filled.json("status")["model"]["read_otherwise"] == 0
    assert line not in filled.must("status")
    change_ledger(filled, "UPDATE post SET model_version = ? WHERE seq < 3", "earlier")
    assert filled.json("status")["model"]["read_otherwise"] == 2
    assert f"2 posts {line}" in filled.must("status")
    assert "2 posts to tag anew" in filled.must("tag", "--retag")
    assert line not in filled.must("status")


def test_an_answer_of_part_of_the_posts_is_told_on_stderr(filled: Installation) -> None:
    for path in filled.data.glob("index*"):
        path.unlink()
    for words in (("search", "welcome"), ("trends", "--from", "2026-05-01"), ("market",)):
        done = filled.run(*words, "--json")
        assert done.returncode == 0
        assert json.loads(done.stdout)
        assert "has lost documents: this is of 0 of 3" in done.stderr.decode()
    assert "daymark index check" in filled.run("search", "welcome").stderr.decode()
    filled.must("index", "check")
    assert filled.run("search", "welcome").stderr == b""


def test_a_damaged_index_says_what_helps_and_that_helps(filled: Installation) -> None:
    file = index_file(filled)
    file.write_bytes(b"\x00damaged" * 2000)
    done = filled.run("search", "welcome")
    assert done.returncode == 1
    assert "damaged or no index" in done.stderr.decode()
    assert "run `daymark reindex`" in done.stderr.decode()
    assert "damaged" in filled.json("status")["index"]["error"]
    assert "3 indexed" in filled.must("reindex")
    assert filled.json("index", "check")["found"] == 3
    assert filled.json("search", "welcome")["total"] == 3


def test_another_installations_index_is_refused(filled: Installation, tmp_path: Path) -> None:
    trial = Installation(tmp_path / "trial", dict(filled.environment)).init()
    trial.environment["DAYMARK_INDEX_URL"] = f"sqlite:///{index_file(filled)}"
    for words in (("index", "check"), ("reindex",), ("search", "welcome")):
        done = trial.run(*words)
        assert (done.returncode, done.stdout) == (1, b"")
        assert "belongs to another ledger" in done.stderr.decode()
    status = trial.json("status")["index"]
    assert status["documents"] is None
    assert "belongs to another ledger" in status["error"]
    assert filled.json("index", "check")["found"] == 3


def test_many_orphans_are_erased_only_with_a_yes(filled: Installation) -> None:
    index = SqliteIndex(index_file(filled))
    put(index, *(make(number) for number in range(120)))
    index.close()
    done = filled.run("index", "check")
    assert done.returncode == 1
    assert "120 of 123 documents belong to no post" in done.stderr.decode()
    filled.must("index", "check", "--yes")
    assert filled.json("index", "check")["found"] == 3


def test_after_erase_no_word_of_the_post_is_in_the_index_file(filled: Installation) -> None:
    file = index_file(filled)
    hits = filled.json("search", "welcome")["hits"]
    assert WORD.encode() in all_bytes(file)
    for hit in hits:
        filled.must("erase", "--post", hit["post_id"], "--reason", "asked for")
    assert WORD.encode() not in all_bytes(file)
