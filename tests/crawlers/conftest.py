"""Every test gets a ledger of its own in SQLite and polls through `collect`, i.e. through a real crawling process.

`poll` runs one source now and returns its summary; the servers are those of tests/peers, on loopback, so sources here
allow their own private address unless the test is about that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config import Project, Settings, Source, make_key
from crawlers import CrawlProcesses, PollSummary, collect, process
from ledger import Ledger, Worker, make_worker, open_ledger, schema
from tests.crawlers.jetstream_people import People
from tests.crawlers.jetstream_server import Jetstream, running
from tests.crawlers.site import Site, serve

Stub = Callable[[str], CrawlProcesses]
Poll = Callable[[Source], PollSummary]
PollAll = Callable[..., dict[str, PollSummary]]


@pytest.fixture
def project() -> Project:
    """A project file as `init` would write it."""
    return Project(controller="Test", purpose="tests", legal_basis="tests", contact="post@example.org")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with data folder and key of the test's own."""
    make_key(tmp_path / "key")
    return Settings(data=tmp_path / "data", key_dir=tmp_path / "key")


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """An empty ledger."""
    from config import load_key

    with open_ledger(settings.ledger, load_key(settings.key_dir)) as opened:
        yield opened


@pytest.fixture
def worker(ledger: Ledger) -> Iterator[Worker]:
    """The owner of leases."""
    with make_worker(ledger) as made:
        yield made


def make_source(url: str, **fields: Any) -> Source:
    """A source that may run, on a server of our own, without delay."""
    fields = {
        "id": "test",
        "kind": "feeds",
        "purpose": "tests",
        "legal_basis": "tests",
        "author_kind": "outlet",
        "allow_private": True,
        "delay": 0.0,
        "interval": timedelta(minutes=15),
        **fields,
    }
    return Source.model_validate({"url": url, **fields})


@pytest.fixture(scope="session")
def processes() -> Iterator[CrawlProcesses]:
    """One forker for all tests; every poll has a process of its own."""
    with CrawlProcesses() as crawling:
        yield crawling


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """Makes processes that do not crawl but behave as a mode of stub_forker.py says; half a second late is overdue.

    Processes, pipes and signals are real: only no spider can be told to hang, to crash or to end without a word.
    """
    opened: list[CrawlProcesses] = []

    def make(mode: str) -> CrawlProcesses:
        monkeypatch.setattr(process, "FORKER", (sys.executable, "-m", "tests.crawlers.stub_forker", mode))
        monkeypatch.setattr(process, "GRACE", 0.5)
        opened.append(CrawlProcesses())
        return opened[-1]

    yield make
    for processes in opened:
        processes.close()


@pytest.fixture
def poll(ledger: Ledger, worker: Worker, project: Project, settings: Settings, processes: CrawlProcesses) -> Poll:
    """Polls one source now; the clock of leases is left out."""

    def run(source: Source) -> PollSummary:
        return collect(ledger, worker, [source], project, settings, only=source.id, processes=processes)[0]

    return run


@pytest.fixture
def poll_all(
    ledger: Ledger, worker: Worker, project: Project, settings: Settings, processes: CrawlProcesses
) -> PollAll:
    """Polls several sources at once; those that wait for a server cost the others nothing."""

    def run(*sources: Source) -> dict[str, PollSummary]:
        found = collect(ledger, worker, sources, project, settings, parallel=4, processes=processes)
        return {summary.source: summary for summary in found}

    return run


def rows(ledger: Ledger, table: str) -> list[dict[str, Any]]:
    """All rows of a table of the ledger."""
    found = getattr(schema, table)
    with ledger.read() as conn:
        return [dict(row._mapping) for row in conn.execute(sa.select(found).order_by(*found.primary_key.columns))]


def posts(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """The posts of the ledger by native id."""
    return {row["native_id"]: row for row in rows(ledger, "post")}


@pytest.fixture
def site() -> Iterator[Site]:
    """A server of the test's own."""
    with serve() as running:
        yield running


def make_rechecks_due(ledger: Ledger) -> None:
    """Every post that awaits a recheck is to be asked for at the next poll."""
    with ledger.write() as conn:
        # Not by an hour: what is that late and finds no room in a poll waits for the next age.
        conn.execute(schema.recheck.update().values(due=datetime.now(UTC) - timedelta(minutes=1)))


@pytest.fixture
def stream() -> Iterator[Jetstream]:
    """A Jetstream instance of the test's own."""
    with running() as found:
        yield found


@pytest.fixture
def people(site: Site) -> People:
    """Accounts that the site's AppView shows."""
    return People().behind(site)
