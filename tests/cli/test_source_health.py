"""`status` and `sources` say the same of a source."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.daymark_process import Installation
from tests.indexer.shapes import assert_shape

ENTRY = "  - {{id: {id}, kind: {kind}, url: '{url}', purpose: tests, legal_basis: invented posts}}\n"
FIRST_POLL = (
    "INSERT INTO source_state (source, cursor, health, message, retired, failures, rate, rate_hours, last_new) "
    "VALUES ('forum', '{}', 'ok', '', 0, 0, 1.0, 168.0, '2026-01-01 00:00:00.000000')"
)
SILENCE = (
    "INSERT INTO source_event (source, kind, since, noted_at, detail) VALUES ('forum', 'silent', "
    "'2026-01-01 00:00:00.000000', '2026-01-03 00:00:00.000000', 'nothing new since then; 24.0 posts a day were usual')"
)
LATE = (
    "INSERT INTO source_state (source, cursor, health, message, retired, failures, next_due) "
    "VALUES ('late', '{}', 'ok', '', 0, 0, '2026-01-01 00:00:00.000000')"
)


def test_both_commands_tell_what_is_off_what_is_silent_and_what_is_new(tmp_path: Path) -> None:
    house = Installation(tmp_path).init()
    rows = (
        ENTRY.format(id="channel", kind="telegram", url="https://t.me/examplechannel"),
        ENTRY.format(id="forum", kind="feeds", url="https://forum.example/feed"),
        ENTRY.format(id="paper", kind="feeds", url="https://paper.example/feed"),
    )
    (house.data / "sources.yaml").write_text("sources:\n" + "".join(rows), "utf-8")
    with sqlite3.connect(house.data / "ledger.sqlite") as conn:
        conn.execute(FIRST_POLL)
        conn.execute(SILENCE)
    conn.close()
    listed = {row["id"]: row for row in house.json("sources")}
    told = {row["id"]: row["state"] for row in house.json("status")["sources"]}
    assert told == {"channel": "off", "forum": "silent", "paper": "new"}
    assert {name: row["state"] for name, row in listed.items()} == told
    assert "telegram_basis" in listed["channel"]["message"]
    assert "were usual" in listed["forum"]["message"]

    project = house.data / "project.yaml"
    project.write_text(project.read_text("utf-8").replace("ends: null", "ends: 2026-01-31"), "utf-8")
    assert {row["state"] for row in house.json("sources")} == {"off"}
    assert {row["state"] for row in house.json("status")["sources"]} == {"off"}


def test_both_commands_say_how_many_are_overdue_by_more_than_their_interval(tmp_path: Path) -> None:
    house = Installation(tmp_path).init()
    rows = [
        ENTRY.format(id=name, kind="feeds", url=f"https://{name}.example/feed")
        for name in ("late", "in-time", "never-read", "idle")
    ]
    rows[3] = rows[3].replace("}", ", enabled: false}")
    rows.append(ENTRY.format(id="dump", kind="import", url=""))
    stream = ENTRY.format(id="stream", kind="jetstream", url="wss://jetstream.example")
    rows.append(stream.replace("}", ", words: [border]}"))
    (house.data / "sources.yaml").write_text("sources:\n" + "".join(rows), "utf-8")
    for command in ("status", "sources"):
        assert "overdue by more" not in house.must(command)
    with sqlite3.connect(house.data / "ledger.sqlite") as conn:
        conn.execute(LATE)
        conn.execute(LATE.replace("'late'", "'idle'"))
        conn.execute(LATE.replace("'late'", "'stream'"))
        conn.execute(LATE.replace("'late'", "'in-time'").replace("2026", "2999"))
    conn.close()
    status = house.json("status")
    assert_shape("status", status)
    assert (status["overdue"], status["polled"], status["never_read"]) == (1, 2, 1)
    for found in (status["sources"], house.json("sources")):
        late = {row["id"]: row["overdue_minutes"] for row in found}
        assert (late["late"] > 100_000, late["never-read"], late["idle"]) == (True, 0, 0)
    for command in ("status", "sources"):
        said = "1 of 2 sources are overdue by more than their interval (1 more were never read yet)"
        assert said in " ".join(house.must(command).split())
