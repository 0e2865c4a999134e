"""run --once: each step is done whatever became of those before it, and the first fault is what the command ends with."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from cli import working
from cli.app import app
from config import load_key
from indexer import IndexUnavailable
from ledger import mark_removed, open_ledger, read_post
from tests.daymark_process import Installation
from tests.tiny_model import make_tiny_model

WORDS = "Unmistakable words"


@pytest.fixture
def filled(tmp_path: Path) -> Installation:
    """An installation that has sent a digest and indexed a post, which was removed at its source the day before yesterday."""
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    digest = {"id": "a", "title": "Unit", "channel": "file", "recipients": ["a"], "every": "weekly"}
    register = {"subscriptions": [{**digest, "only_when_news": False}]}
    (house.data / "subscriptions.yaml").write_text(json.dumps(register), "utf-8")
    (tmp_path / "x.ndjson").write_text(json.dumps({"id": "1", "text": WORDS}) + "\n", "utf-8")
    house.must("import", str(tmp_path / "x.ndjson"), "--source", "s", "--purpose", "p", "--legal-basis", "l")
    house.must("tag")
    house.must("index")
    assert house.json("digest")["sent"] == 1
    with open_ledger(f"sqlite:///{house.data / 'ledger.sqlite'}", load_key(tmp_path / "key")) as ledger:
        assert mark_removed(ledger, post_of(house), datetime.now(UTC) - timedelta(days=2))
    return house


def post_of(house: Installation) -> str:
    with closing(sqlite3.connect(house.data / "ledger.sqlite")) as conn:
        ((post_id,),) = conn.execute("SELECT post_id FROM post").fetchall()
    return str(post_id)


def change_deliveries(house: Installation, what: str) -> None:
    with closing(sqlite3.connect(house.data / "ledger.sqlite")) as conn, conn:
        conn.execute(f"UPDATE outbox SET {what} WHERE recipient != ''")


def is_stripped(house: Installation) -> bool:
    with open_ledger(f"sqlite:///{house.data / 'ledger.sqlite'}", load_key(house.folder / "key")) as ledger:
        post = read_post(ledger, post_of(house))
        assert post is not None
        return post.stripped


def test_an_index_that_is_away_holds_up_neither_digests_nor_retention(
    filled: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_deliveries(filled, "state = 'due', sent_at = NULL")
    filled.environment["DAYMARK_INDEX_URL"] = "http://127.0.0.1:1"
    for name, value in filled.full_environment().items():
        monkeypatch.setenv(name, value)
    # Within this process, since nobody wants to wait in vain for as long as people do.
    monkeypatch.setattr(working, "PATIENCE", 0.1)
    monkeypatch.setattr(working, "AGAIN", 0.1)
    try:
        result = CliRunner().invoke(app, ["run", "--once"])
    finally:
        structlog.reset_defaults()
    assert isinstance(result.exception, IndexUnavailable)
    assert "0 tagged, 0 indexed, 1 digests sent" in result.output
    assert is_stripped(filled)


def test_what_is_stripped_leaves_the_index_in_the_same_pass_though_a_digest_cannot_be_recalled(
    filled: Installation,
) -> None:
    change_deliveries(filled, """message = '{"shown": 3}'""")
    done = filled.run("run", "--once")
    assert done.returncode == 1
    assert "TypeError" in done.stderr.decode()
    assert is_stripped(filled)
    assert WORDS.encode() not in b"".join(path.read_bytes() for path in filled.data.glob("index*"))
