"""digest and status as people use them: what is wrong is said, and nobody gets another's digest."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts import due_windows
from config import Subscription, load_subscriptions
from tests.daymark_process import COMMAND, Installation
from tests.indexer.shapes import assert_shape
from tests.tiny_model import make_tiny_model

BASIS = ("--purpose", "tests", "--legal-basis", "invented posts")


@pytest.fixture
def tiny(tmp_path: Path) -> Installation:
    return Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()


def subscribe(house: Installation, *entries: dict[str, Any]) -> Subscription:
    # JSON is YAML; a digest goes out even where there is nothing to tell.
    defaults = {"title": "Unit", "channel": "file", "every": "hourly", "only_when_news": False}
    text = json.dumps({"subscriptions": [{**defaults, "recipients": [entry["id"]], **entry} for entry in entries]})
    (house.data / "subscriptions.yaml").write_text(text, "utf-8")
    return load_subscriptions(house.data).subscriptions[0]


def test_html_is_of_one_preview_only(tiny: Installation, tmp_path: Path) -> None:
    subscribe(tiny, {"id": "a", "title": "First"}, {"id": "b", "title": "Second"})
    out = tmp_path / "out.html"
    assert tiny.run("digest", "--html", str(out)).returncode == 2
    assert tiny.run("digest", "--preview", "--html", str(out)).returncode == 2
    assert not out.exists()
    assert not (tiny.data / "a").exists(), "nothing was sent either"
    tiny.must("digest", "--preview", "--subscription", "b", "--html", str(out))
    assert "Second" in out.read_text("utf-8")
    assert [one["subject"].split(":")[0] for one in tiny.json("digest", "--preview")] == ["First", "Second"]


def test_only_the_one_that_was_named_is_sent(tiny: Installation) -> None:
    subscribe(tiny, {"id": "a"}, {"id": "b"})
    assert tiny.json("digest", "--subscription", "a")["sent"] == 1
    assert not (tiny.data / "b").exists()
    assert tiny.json("digest")["sent"] == 1
    assert list((tiny.data / "b").iterdir())


def test_mail_that_is_not_set_up_fails_at_once(tiny: Installation) -> None:
    subscribe(tiny, {"id": "a", "channel": "smtp", "recipients": ["unit@example.org"]})
    done = tiny.run("digest")
    assert done.returncode == 1
    assert "DAYMARK_SMTP_URL is not set" in done.stderr.decode()
    assert tiny.json("status")["outbox"]["due"] == 0, "the window is still to come"


def test_languages_that_the_model_does_not_assess_are_named(tiny: Installation, tmp_path: Path) -> None:
    subscribe(tiny, {"id": "a", "languages": ["en", "ka"], "only_when_news": True})
    for words in (("digest", "--preview"), ("digest",)):
        assert "subscription a: the model does not assess ka (it assesses" in tiny.run(*words).stderr.decode()
    with (tmp_path / "log").open("wb") as log:
        service = subprocess.Popen([COMMAND, "run"], env=tiny.full_environment(), stderr=log)
        try:
            while b"languages not assessed" not in (tmp_path / "log").read_bytes():
                assert service.poll() is None
                time.sleep(0.2)
        finally:
            service.kill()
            service.wait()


def test_made_digests_go_out_though_new_ones_wait(tiny: Installation) -> None:
    """The index is away: what was made yesterday goes out nevertheless, and the command says what waits."""
    subscribe(tiny, {"id": "a", "every": "daily"})
    assert tiny.json("digest")["prepared"] == 1
    with closing(sqlite3.connect(tiny.data / "ledger.sqlite")) as conn, conn:
        conn.execute("UPDATE outbox SET state = 'due', sent_at = NULL WHERE recipient != ''")
    subscribe(tiny, {"id": "a", "every": "daily"}, {"id": "b"})
    tiny.environment["DAYMARK_INDEX_URL"] = "http://127.0.0.1:1"
    done = tiny.run("digest")
    assert done.returncode == 1
    assert "0 prepared, 1 sent" in done.stdout.decode()
    assert "digests that cannot be made now wait: b: " in done.stderr.decode()
    status = tiny.json("status")
    assert_shape("status", status)
    assert list(status["outbox"]["waiting"]) == ["b"]
    assert f"b cannot be made now and waits: {status['outbox']['waiting']['b']}"[:60] in tiny.must("status")
    subscribe(tiny, {"id": "a", "every": "daily"}, {"id": "b", "enabled": False})
    assert tiny.json("status")["outbox"]["waiting"] == {}
    subscribe(tiny, {"id": "a", "every": "daily"}, {"id": "b"})
    del tiny.environment["DAYMARK_INDEX_URL"]
    assert tiny.json("digest")["sent"] == 1
    assert tiny.json("status")["outbox"]["waiting"] == {}, "it was made"


def test_a_digest_that_does_not_go_out_is_a_failure_and_status_shows_it(tiny: Installation) -> None:
    subscribe(tiny, {"id": "a", "channel": "smtp", "recipients": ["unit@example.org"]})
    tiny.environment["DAYMARK_SMTP_URL"] = "smtp://127.0.0.1:1"
    done = tiny.run("digest")
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stdout.decode()
    assert "no digest went out" in done.stderr.decode()
    assert "1 waiting" in tiny.must("status")


def test_status_says_what_is_wrong(tiny: Installation) -> None:
    tiny.environment |= {"DAYMARK_MODEL": "/nonexistent", "DAYMARK_INDEX_URL": "http://127.0.0.1:1"}
    text = tiny.must("status")
    assert "None" not in text
    assert "/nonexistent" in text
    assert "ConnectionError" in text


def test_erasing_reaches_digests_in_files(house: Installation, tmp_path: Path) -> None:
    offer = (
        "We take you from Turkey to Italy, yacht every week, 5500 euro per person, pay on arrival. Unmistakable words"
    )
    subscription = subscribe(house, {"id": "a", "every": "daily"})
    (window,) = due_windows(subscription, datetime.now(UTC), None)
    row = {"id": "1", "text": offer, "author": "voice", "published_at": (window.start + timedelta(hours=5)).isoformat()}
    (tmp_path / "x.ndjson").write_text(json.dumps(row) + "\n", "utf-8")
    house.must("import", str(tmp_path / "x.ndjson"), "--source", "s", *BASIS)
    house.must("tag")
    house.must("index")
    assert house.json("digest")["sent"] == 1
    files = list((house.data / "a").iterdir())
    assert ["Unmistakable" in file.read_text("utf-8") for file in files] == [True, True]
    house.must("erase", "--author", "voice", "--reason", "asked for")
    assert ["Unmistakable" in file.read_text("utf-8") for file in files] == [False, False]
    assert b"Unmistakable" not in b"".join(file.read_bytes() for file in house.data.rglob("*") if file.is_file())


def test_a_digest_that_cannot_be_recalled_holds_up_no_erasure_from_the_index(
    tiny: Installation, tmp_path: Path
) -> None:
    subscribe(tiny, {"id": "a"})
    (tmp_path / "x.ndjson").write_text('{"id": "1", "text": "Unmistakable words", "author": "voice"}\n', "utf-8")
    tiny.must("import", str(tmp_path / "x.ndjson"), "--source", "s", *BASIS)
    tiny.must("tag")
    tiny.must("index")
    assert tiny.json("digest")["sent"] == 1
    with closing(sqlite3.connect(tiny.data / "ledger.sqlite")) as conn, conn:
        conn.execute("""UPDATE outbox SET message = '{"shown": 3}' WHERE recipient != ''""")
    done = tiny.run("erase", "--author", "voice", "--reason", "asked for")
    assert done.returncode == 1
    assert "a digest file may still hold words of them (TypeError)" in done.stderr.decode()
    assert b"Unmistakable" not in b"".join(path.read_bytes() for path in tiny.data.rglob("*") if path.is_file())
