"""`status` and `sources` show what has befallen a source, since when, and what to do; and which time is missing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.daymark_process import Installation
from tests.indexer.shapes import assert_shape

ENTRY = "  - {{id: {id}, kind: feeds, url: 'https://{id}.example/feed', purpose: tests, legal_basis: invented posts{more}}}\n"
EVENT = (
    "INSERT INTO source_event (source, kind, since, noted_at, detail, ended_at) VALUES "
    "(?, ?, '2026-11-21 09:00:00.000000', '2026-11-21 10:00:00.000000', '3 polls in a row went wrong', ?)"
)
GAP = (
    "INSERT INTO gap (source, gap_from, gap_to, why, detail, found_at) VALUES "
    "(?, '2026-11-19 22:00:00.000000', '2026-11-20 18:30:00.000000', 'beyond_reach', 'no poll in it', "
    "'2026-11-20 21:00:00.000000')"
)


def test_open_events_and_gaps_of_running_sources_are_told(tmp_path: Path) -> None:
    house = Installation(tmp_path).init()
    rows = [ENTRY.format(id="paper", more=""), ENTRY.format(id="idle", more=", enabled: false")]
    (house.data / "sources.yaml").write_text("sources:\n" + "".join(rows), "utf-8")
    with sqlite3.connect(house.data / "ledger.sqlite") as conn:
        for source in ("paper", "idle", "taken-out"):
            conn.execute(EVENT, (source, "failing", None))
            conn.execute(GAP, (source,))
        conn.execute(EVENT, ("paper", "silent", "2026-11-21 12:00:00.000000"))
    conn.close()
    status = house.json("status")
    assert_shape("status", status)
    (event,) = status["events"]
    assert (event["source"], event["kind"], event["since"]) == ("paper", "failing", "2026-11-21T09:00:00+00:00")
    assert "daymark sources check paper" in event["advice"]
    (gap,) = status["gaps"]
    assert (gap["source"], gap["from"], gap["to"], gap["why"]) == (
        "paper",
        "2026-11-19T22:00:00+00:00",
        "2026-11-20T18:30:00+00:00",
        "beyond_reach",
    )
    told = house.must("status")
    assert "paper\tfailing\t2026-11-21T09:00:00+00:00\t3 polls in a row went wrong" in told
    assert "the source no longer showed it; no poll in it" in told
    listed = house.json("sources")
    assert_shape("sources", listed)
    assert {row["id"]: (row["events"], row["gaps"]) for row in listed} == {"paper": ("failing", 1), "idle": ("", 0)}


def test_where_all_is_well_nothing_is_said(tmp_path: Path) -> None:
    house = Installation(tmp_path).init()
    status = house.json("status")
    assert (status["events"], status["gaps"]) == ([], [])
    assert "gaps" not in house.must("status")
