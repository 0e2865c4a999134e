"""The runner: what is due, when it polls again, and that sources do not delay each other."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from config import ConfigError, Project, Settings
from crawlers import collect
from crawlers.outcome import Outcome
from crawlers.task import Task, TaskResult, user_agent
from crawlers.timing import SPREAD, next_due
from ledger import (
    Ledger,
    PollResult,
    Worker,
    claim_source,
    coverage_windows,
    finish_poll,
    make_worker,
    start_poll,
)
from tests.crawlers.conftest import Poll, Stub, make_source, rows
from tests.crawlers.site import Site, item, rss

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_slow_source_does_not_delay_another(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    names = ("slow", "a", "b", "c")
    sources = [make_source(f"http://{name}.example/", id=name, limits={"seconds": 6}) for name in names]
    collect(ledger, worker, sources, project, settings, processes=stub("hang-one"), parallel=2)
    ends = {row["source"]: row["finished"] for row in rows(ledger, "poll")}
    started = {row["source"]: row["started"] for row in rows(ledger, "poll")}
    assert max(started["a"], started["b"], started["c"]) < ends["slow"]
    assert ends["slow"] - started["slow"] > timedelta(seconds=6)


def test_only_what_is_due_is_polled_and_what_is_off_is_reported(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    on = make_source("http://127.0.0.1/", id="on")
    off = make_source("http://127.0.0.1/", id="off", legal_basis=" ")
    file = make_source("", id="file", kind="import")
    processes = stub("print")

    def polled(now: datetime | None = None, only: str | None = None) -> dict[str, str]:
        sources = [on, off, file]
        found = collect(ledger, worker, sources, project, settings, only=only, now=now, processes=processes)
        return {summary.source: summary.outcome or summary.message for summary in found}

    assert polled() == {
        "on": "ok",
        "off": "no legal_basis stated in sources.yaml",
        "file": "an import: use `daymark import`",
    }
    assert "on" not in polled()
    assert polled(datetime.now(UTC) + timedelta(minutes=16))["on"] == "ok"
    assert polled(only="on") == {"on": "ok"}
    with pytest.raises(ConfigError, match="there is no source 'other'"):
        polled(only="other")
    with make_worker(ledger) as another:
        claim_source(ledger, another, "on", "other.example", datetime.now(UTC), force=True)
        assert polled(only="on") == {"on": "another process is reading it now"}
    assert coverage_windows(ledger)["on"].until is None
    ended = project.model_copy(update={"ends": date(2026, 1, 1)})
    found = collect(ledger, worker, [on], ended, settings, processes=processes)
    assert found[0].message == "collection ended on 2026-01-01 (project.yaml)"
    assert coverage_windows(ledger)["on"].until is not None


def test_failures_double_the_wait_up_to_a_day() -> None:
    source = make_source("http://127.0.0.1/", interval="15m")

    def wait(outcome: Outcome, failures: int = 0, not_before: datetime | None = None) -> timedelta:
        result = TaskResult(outcome=outcome, finished=START, not_before=not_before)
        return next_due(source, result, failures, START) - START

    for good in (wait(Outcome.OK), wait(Outcome.NOT_MODIFIED, 5), wait(Outcome.EMPTY, 5)):
        assert timedelta(minutes=15) <= good <= timedelta(minutes=15) * (1 + SPREAD)
    for failures, minutes in ((0, 30), (1, 60), (3, 240)):
        assert timedelta(minutes=minutes * 0.8) <= wait(Outcome.FAILED, failures) <= timedelta(minutes=minutes)
    assert timedelta(hours=19) <= wait(Outcome.KILLED, 10_000) <= timedelta(days=1)
    assert wait(Outcome.RATE_LIMITED, 0, START + timedelta(hours=5)) == timedelta(hours=5)
    slow = make_source("http://127.0.0.1/", interval="7d")
    result = TaskResult(outcome=Outcome.FAILED, finished=START)
    assert next_due(slow, result, 3, START) - START == timedelta(days=7)


def test_a_task_survives_the_way_to_the_process() -> None:
    source = make_source("http://127.0.0.1/", interval="15m", overlap="6h", languages=["tr"], limits={"pages": 3})
    task = Task(source=source, mode="poll", url=source.url, user_agent="x", version="0", started=START)
    assert Task.model_validate_json(task.model_dump_json()) == task


def test_the_user_agent_names_a_contact(project: Project, settings: Settings) -> None:
    assert user_agent(project, settings).endswith("(+mailto:post@example.org)")
    other = Settings(data=settings.data, key_dir=settings.key_dir, user_agent_contact="https://example.org/bot\r\nX: y")
    assert user_agent(project, other).endswith("(+https://example.org/bot%0D%0AX: y)")
    abroad = Settings(data=settings.data, key_dir=settings.key_dir, user_agent_contact="büro (1)@münchen.example")
    assert user_agent(project, abroad).endswith("(+mailto:b%C3%BCro %281%29@m%C3%BCnchen.example)")


def test_a_cursor_of_another_shape_is_read_anew(site: Site, poll: Poll, ledger: Ledger, worker: Worker) -> None:
    source = make_source(site.serve_versioned("/feed", rss(item(1)), '"v"'))
    poll(source)
    for cursor in ({"entries": [1, 2], "covered_to": 7}, {"covered_to": "noon"}):
        claim_source(ledger, worker, "test", "other.example", datetime.now(UTC), force=True)
        number = start_poll(ledger, worker, "test", datetime.now(UTC))
        finish_poll(ledger, number, PollResult("ok", datetime.now(UTC), cursor=cursor), None)
        summary = poll(source)
        assert (summary.outcome, summary.counts["unchanged"]) == ("ok", 1)


def test_the_runner_does_not_import_scrapy() -> None:
    code = "import sys, crawlers; sys.exit('scrapy' in sys.modules or 'twisted' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
