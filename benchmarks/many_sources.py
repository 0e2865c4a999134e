"""The service with 1,000 sources that are each due every 15 minutes, while it tags and indexes what they bring.

Run: .venv/bin/python -m benchmarks.many_sources [--sources 1000] [--minutes 5]

1. site      feeds on 250 loopback addresses, so that a server has four of them, as a large outlet's sections do; an answer
             takes 0.2 s, and every poll finds one post more
2. first     the service reads all of them once; its time is printed
3. then      due times are spread over 15 minutes, as they are in a service that has run for long, and it runs for MINUTES

Printed: sources read of those due (asked: 99 %, in the first reading, too), how late their polls began (asked: at most 20 s for
95 % of them; one that was not polled is late up to the end), processor time of the whole process tree as a share of two cores
(asked: at most 60 %), processes and memory (shared pages counted once).
"""

from __future__ import annotations

import argparse
import asyncio
import math
import multiprocessing
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from statistics import median

import psutil
import yaml

from benchmarks.bars import Bars

PORT = 18_467
"""Fixed: every address must have the same."""
ADDRESSES = 250
LATENCY = 0.2
"""Seconds before an answer: what a server across a continent takes."""
PERIOD = 15 * 60
SHARE = 0.6
POLLED = 0.99
"""Of the sources that were due: a service that falls behind misses more with every minute; one slow answer is none."""
LATE = 20
"""Seconds. A service that does a tenth less than is due is later than this before five minutes are over."""
Poll = tuple[str, datetime, str]
"""Source, start, outcome."""
STATEMENT = "Forty people were brought to the harbour at night, and the town asked where they shall sleep. "


def feed(number: int, polls: int) -> str:
    """Ten entries; one is new at each poll."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{number}-{n}</guid><title>Report {number}-{n}</title>"
        f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate><description>{number}-{n} {STATEMENT * 3}</description></item>"
        for n in range(polls, polls + 10)
    )
    return f"<rss version='2.0'><channel><title>Paper {number}</title><link>http://x.example/</link>{items}</channel></rss>"


def serve() -> None:
    """The site; a process of its own."""
    asked: dict[int, int] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                while (await reader.readline()).strip():
                    pass
                await asyncio.sleep(LATENCY)
                path = line.split()[1].decode("ascii", "replace")
                body, status = b"", "404 Not Found"
                if path.startswith("/feed/"):
                    number = int(path.removeprefix("/feed/"))
                    asked[number] = asked.get(number, 0) + 1
                    body, status = feed(number, asked[number]).encode(), "200 OK"
                head = f"HTTP/1.1 {status}\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, [f"127.0.1.{n}" for n in range(1, ADDRESSES + 1)], PORT)
        await server.serve_forever()

    asyncio.run(run())


def register(count: int) -> str:
    """sources.yaml."""
    common = {
        "kind": "feeds",
        "purpose": "measuring",
        "legal_basis": "invented",
        "allow_private": True,
        "articles": False,
    }
    entries = [
        {
            "id": f"paper-{n}",
            "url": f"http://127.0.1.{n % ADDRESSES + 1}:{PORT}/feed/{n}",
            "interval_max": "15m",
            **common,
        }
        for n in range(count)
    ]
    return yaml.safe_dump({"sources": entries})


def polls_since(ledger: Path, moment: datetime) -> list[Poll]:
    """Source, start and outcome of the polls that began since, and have ended."""
    with sqlite3.connect(ledger, timeout=60) as place:
        rows = place.execute("SELECT source, started, outcome FROM poll WHERE finished IS NOT NULL").fetchall()
    found = [
        (source, datetime.fromisoformat(str(started)).replace(tzinfo=UTC), outcome) for source, started, outcome in rows
    ]
    return [row for row in found if row[1] >= moment]


def spread(ledger: Path) -> dict[str, datetime]:
    """Spreads the due times over a quarter of an hour from now on; returns them by source."""
    now = datetime.now(UTC)
    with sqlite3.connect(ledger, timeout=60) as place:
        names = sorted(name for (name,) in place.execute("SELECT source FROM source_state"))
        due = {name: now + timedelta(seconds=PERIOD * at / len(names)) for at, name in enumerate(names)}
        place.executemany(
            "UPDATE source_state SET next_due = ? WHERE source = ?",
            [(moment.replace(tzinfo=None).isoformat(" "), name) for name, moment in due.items()],
        )
    return due


def lateness(due: dict[str, datetime], done: list[Poll], end: datetime) -> list[tuple[float, bool]]:
    """Seconds by which the first poll of a source began late, and whether it was read, least first.

    Of those that were due early enough to be polled in time before the end.
    """
    polls: dict[str, tuple[datetime, str]] = {}
    for source, started, outcome in done:
        polls[source] = min((started, outcome), polls.get(source, (started, outcome)))
    found = []
    for source, moment in due.items():
        if moment <= end - timedelta(seconds=LATE):
            started, outcome = polls.get(source, (end, "none"))
            found.append(((started - moment).total_seconds(), outcome == "ok"))
    return sorted(found)


def hold(rows: list[tuple[float, bool]], bars: Bars) -> None:
    """Prints what was polled of what was due, and how late, each beside its bar. Nothing due is nothing shown: missed."""
    late = [seconds for seconds, _ in rows] or [float("inf")]
    read = sum(ok for _, ok in rows)
    polled = read / len(rows) if rows else 0.0
    most = late[math.ceil(0.95 * len(late)) - 1]
    print(f"{read} of {len(rows)} sources that were due were read ({bars.least('polled', polled, POLLED, '.0%')})")
    print(f"begun late by {median(late):.1f} s (median), {late[-1]:.1f} s at most,", end=" ")
    print(f"{most:.1f} s (95th percentile; {bars.most('late', most, LATE)} s)")


class Service:
    """`daymark run` and what it uses."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._began = time.monotonic()
        self._log = log.open("ab")
        command = Path(sys.executable).with_name("daymark")
        self._process = subprocess.Popen([command, "run"], env=environment, stdout=self._log, stderr=self._log)
        self.most_processes = 0
        self.most_memory = 0

    def look(self) -> None:
        """Notes processes and memory as they are now."""
        tree = [psutil.Process(self._process.pid)]
        tree += tree[0].children(recursive=True)
        memory = 0
        for process in tree:
            try:
                memory += process.memory_full_info().pss
            except psutil.Error:
                continue
        self.most_processes = max(self.most_processes, len(tree))
        self.most_memory = max(self.most_memory, memory)

    def end(self) -> tuple[float, float]:
        """Stops it; seconds it ran, and seconds of processor time of it and all that it started."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)
        self._log.close()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = used.ru_utime + used.ru_stime - self._spent.ru_utime - self._spent.ru_stime
        return time.monotonic() - self._began, processor


def measure(folder: Path, count: int, minutes: float) -> None:
    """Runs both parts and prints the figures. Raises SystemExit with status 1 where a bar is missed."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "DAYMARK_DATA": str(folder / "data"),
        "DAYMARK_KEY_DIR": str(folder / "key"),
    }
    answers = (
        "--controller",
        "Bench",
        "--purpose",
        "measuring",
        "--legal-basis",
        "invented",
        "--contact",
        "x@example.org",
    )
    daymark = Path(sys.executable).with_name("daymark")
    subprocess.run([daymark, "init", *answers], env=environment, check=True, stdout=subprocess.DEVNULL)
    (folder / "data" / "sources.yaml").write_text(register(count), "utf-8")
    ledger, began = folder / "data" / "ledger.sqlite", datetime.now(UTC)

    first = Service(environment, folder / "log")
    while len(done := polls_since(ledger, began)) < count and time.monotonic() - first._began < PERIOD:
        first.look()
        time.sleep(1)
    seconds, processor = first.end()
    ok = sum(outcome == "ok" for _, _, outcome in done)
    bars = Bars()
    told = bars.least("first reading", ok / count, POLLED, ".0%")
    print(f"first reading: {ok} of {count} sources ({told}) in {seconds:.0f} s,", end=" ")
    print(f"{processor:.0f} s of processor time, tagging included")

    due, began = spread(ledger), datetime.now(UTC)
    service = Service(environment, folder / "log")
    until = began + timedelta(minutes=minutes)
    while datetime.now(UTC) < until:
        service.look()
        time.sleep(1)
    seconds, processor = service.end()
    done = polls_since(ledger, began)
    good = sum(outcome == "ok" for *_, outcome in done)
    print(
        f"then, {minutes:g} minutes: {len(done)} polls, {good} ok; what was due in the last {LATE} s is not asked for"
    )
    hold(lateness(due, done, until), bars)
    share = processor / seconds / 2
    print(f"processor: {share:.0%} of two cores, start included ({bars.most('processor', share, SHARE, '.0%')})")
    print(f"at most {service.most_processes} processes, {service.most_memory / 1e6:.0f} MB")
    bars.end()


def main() -> None:
    """Prints the figures of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=5)
    options = parser.parse_args()
    site = multiprocessing.get_context("spawn").Process(target=serve, daemon=True)
    site.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), options.sources, options.minutes)
    finally:
        site.kill()


if __name__ == "__main__":
    main()
