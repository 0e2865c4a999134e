"""A ledger that does not answer for a moment: the sources in flight are read again, and results are not lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

import pytest

from config import Project, Settings
from crawlers import Polls, collect, polls
from ledger import (
    Ledger,
    LedgerUnavailable,
    ServerFacts,
    Worker,
    claim_server,
    read_source,
    release_server,
    schema,
)
from tests.crawlers.conftest import Stub, make_source, rows


@pytest.fixture
def failing_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a function that the polls call raise LedgerUnavailable the first time."""

    def arrange(name: str) -> None:
        real = getattr(polls, name)
        calls = 0

        def answer(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise LedgerUnavailable("the database restarts")
            return real(*args, **kwargs)

        monkeypatch.setattr(polls, name, answer)

    return arrange


@pytest.mark.parametrize("name", ["start_poll", "read_validators", "read_source", "closed_servers", "finish_poll"])
def test_a_hiccup_of_the_ledger_keeps_no_source(
    stub: Stub,
    ledger: Ledger,
    worker: Worker,
    project: Project,
    settings: Settings,
    failing_once: Callable[[str], None],
    name: str,
) -> None:
    source, processes = make_source("http://one.example/"), stub("print")
    failing_once(name)
    with pytest.raises(LedgerUnavailable):
        collect(ledger, worker, [source], project, settings, processes=processes)
    with ledger.read() as conn:
        assert conn.execute(schema.source_state.select()).one().worker is None
        assert conn.execute(schema.server.select()).one().worker is None
    (summary,) = collect(ledger, worker, [source], project, settings, processes=processes)
    assert summary.outcome == "ok"
    assert read_source(ledger, "test").failures == 0
    assert all(row["outcome"] in ("ok", "interrupted") for row in rows(ledger, "poll"))


def test_a_service_offers_a_result_again_that_the_ledger_did_not_take(
    stub: Stub,
    ledger: Ledger,
    worker: Worker,
    project: Project,
    settings: Settings,
    failing_once: Callable[[str], None],
) -> None:
    sources = [make_source(f"http://{name}.example/", id=name) for name in ("a", "b")]
    failing_once("finish_poll")
    with Polls(ledger, worker, settings, stub("print"), places=2) as running:
        with pytest.raises(LedgerUnavailable):
            running.turn(sources, project)
        found = running.turn(sources, project)
    assert sorted((summary.source, summary.outcome) for summary in found) == [("a", "ok"), ("b", "ok")]
    assert [row["outcome"] for row in rows(ledger, "poll")] == ["ok", "ok"], "nothing was read twice"


def test_a_turn_ends_in_time_and_its_polls_go_on(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    slow = make_source("http://slow.example/", id="slow", limits={"seconds": 10})
    other = make_source("http://other.example/", id="other")
    with Polls(ledger, worker, settings, stub("hang-one"), places=2) as running:
        assert running.turn([slow], project, seconds=0.2) == []
        # What came into the register meanwhile is read beside the slow one.
        assert [summary.source for summary in running.turn([slow, other], project, seconds=6)] == ["other"]
        assert [summary.outcome for summary in running.turn([slow, other], project)] == ["killed"]


def test_closing_notes_what_runs_as_interrupted(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    source = make_source("http://slow.example/", id="slow", limits={"seconds": 60})
    began = datetime.now(UTC)
    with Polls(ledger, worker, settings, stub("hang-one"), places=2) as running:
        running.turn([source], project, seconds=0.5)
    assert datetime.now(UTC) - began < timedelta(seconds=20)
    (row,) = rows(ledger, "poll")
    assert (row["outcome"], row["worker"]) == ("interrupted", None)
    assert read_source(ledger, "slow").failures == 0


def test_a_source_that_waits_for_a_place_costs_no_processor(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    now = datetime.now(UTC)
    claim_server(ledger, worker, "two.example", "before", now)
    release_server(ledger, worker, "before", {"two.example": ServerFacts(last_request=now)}, now)
    delayed = make_source("http://two.example/", id="delayed", delay=1.0)
    slow = make_source("http://one.example/", id="slow", limits={"seconds": 5})
    # The delayed one may be asked after a second, and the slow one has the only place for five.
    with Polls(ledger, worker, settings, stub("hang-one"), places=1) as running:
        before = process_time()
        found = running.turn([delayed, slow], project)
        assert process_time() - before < 1.5
    assert [summary.source for summary in found] == ["slow", "delayed"]
